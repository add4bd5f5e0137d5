private import Kernels

/// In which order training sees the images: every epoch all of them, each epoch in an order of its own.
///
/// Sample position p = step·batch + i belongs to epoch ⌊p/count⌋ and takes place p mod count of that
/// epoch's permutation, drawn from (seed, epoch). Batches wrap across epochs. Nothing is carried over
/// from step to step, so that training may start again at any of them.
package struct EpochOrder: Sendable {
  package let count: Int
  private let random: CounterRandom
  /// The two epochs asked for last: a batch touches at most two where count ≥ batch.
  private var recent: [(epoch: Int, order: [Int])] = []

  /// - Precondition: count > 0.
  package init(count: Int, seed: UInt64) {
    precondition(count > 0)
    self.count = count
    random = CounterRandom(seed: seed)
  }

  /// The image at a position of the whole training.
  package mutating func index(at position: Int) -> Int {
    let (epoch, place) = position.quotientAndRemainder(dividingBy: count)
    if let known = recent.first(where: { $0.epoch == epoch }) {
      return known.order[place]
    }
    let order = random.permutation(count: count, step: epoch, purpose: .shuffle)
    recent = recent.suffix(1) + [(epoch, order)]
    return order[place]
  }

  /// The images of one step's batch.
  package mutating func batch(step: Int, size: Int) -> [Int] {
    (0..<size).map { index(at: step * size + $0) }
  }

  /// Whether image `i` of a step's batch is to be mirrored: one bit of (seed, i, step), probability ½.
  package func isMirrored(_ i: Int, step: Int) -> Bool {
    random.bits(image: i, step: step, purpose: .flip) & 1 == 1
  }
}
