import Foundation
import Kernels

/// Trains a ``ClassifierNetwork`` on the classes of a data set: cross-entropy, Adam, a rate that falls as half a cosine.
///
/// The recipe is fixed, so that whoever has the data has the classifier, and the bits do not depend on the number of
/// workers: the batch goes through in lanes whose gradients are added in one fixed tree.
struct ClassifierTraining {
  /// Changes with anything that changes what comes out.
  static let version = 1

  static let batch = 64
  /// Parts of a batch that are summed by themselves.
  private static let lanes = 8
  private static let rate = 4e-3
  private static let seed: UInt64 = 0
  /// Images that it is trained on, however few or many there are: three epochs, within these.
  private static let imagesSeen = 40_000...90_000

  private let network: ClassifierNetwork
  private let data: DataSet
  private let kernels: KernelSet
  private let pool: WorkerPool

  /// - Parameter data: labelled.
  init(_ network: ClassifierNetwork, data: DataSet, kernels: KernelSet, pool: WorkerPool) {
    self.network = network
    self.data = data
    self.kernels = kernels
    self.pool = pool
  }

  /// Batches to train on.
  static func steps(images: Int) -> Int {
    min(max(3 * images, imagesSeen.lowerBound), imagesSeen.upperBound) / batch
  }

  /// - Parameters:
  ///   - steps: for tests alone; nil: as many as the recipe has.
  ///   - progress: told how many steps are done, of how many.
  /// - Returns: the weights, laid out as the network's layout says.
  func run(
    steps: Int? = nil, progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
  ) -> [Float] {
    let layout = network.layout
    let values = AlignedBuffer(layout.initialValues(seed: Self.seed))
    let (m, v) = (AlignedBuffer(count: layout.count), AlignedBuffer(count: layout.count))
    let weights = Weights(layout: layout, values: values, kernels: kernels, precision: .fp32)
    let tapes = (0..<pool.count).map { _ in
      WorkerTape(kernels: kernels, precision: .fp32, weights: weights, meter: nil)
    }
    let tree = TreeSum(size: layout.count, kernels: kernels)
    var order = EpochOrder(count: data.count, seed: Self.seed)
    let steps = steps ?? Self.steps(images: data.count)
    for step in 0..<steps {
      pool.forEachInPlace(weights.parts) { part, _ in weights.pack(part) }
      gradient(of: order.batch(step: step, size: Self.batch), tapes, tree)
      tree.complete(0..<layout.count)
      let rate = Self.rate * 0.5 * (1 + cos(.pi * Double(step) / Double(steps)))
      kernels.adam(
        weights: values, m: m, v: v, average: nil, gradient: tree.total, range: 0..<layout.count,
        step: step + 1, learningRate: rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, scale: 1,
        decay: 0)
      progress(step + 1, steps)
    }
    return values.array()
  }

  /// Of the mean cross-entropy of these images, into the tree.
  private func gradient(of indices: [Int], _ tapes: [WorkerTape], _ tree: TreeSum) {
    let lanes = min(Self.lanes, indices.count)
    tree.begin(lanes: lanes)
    pool.forEach(lanes) { [network, data] lane, worker in
      let images = indices[lane * indices.count / lanes..<(lane + 1) * indices.count / lanes]
      let buffer = tree.take()
      let tape = tapes[worker].tape
      tape.reset(gradients: buffer.pointer)
      var shape = network.input
      shape.count = images.count
      let input = tape.input(shape)
      for (i, index) in images.enumerated() {
        data.values(index..<index + 1).withUnsafeBufferPointer {
          network.put($0, into: input.image(i))
        }
      }
      let logits = network(input, on: tape).logits
      let (pixels, classes) = (logits.shape.pixels, logits.shape.channels)
      tape.backward(from: logits) { seed in
        for (i, index) in images.enumerated() {
          var slope = softmax(logits.meanOverPixels(i))
          slope[data.label(index) ?? 0] -= 1
          for c in 0..<classes {
            let share = Float(slope[c] / Double(indices.count * pixels))
            for pixel in 0..<pixels { seed[(i * pixels + pixel) * classes + c] = share }
          }
        }
      }
      tree.put(buffer, lane: lane)
    }
  }
}

/// e^{z_c}/Σ e^{z_k}
private func softmax(_ logits: [Double]) -> [Double] {
  let largest = logits.max() ?? 0
  let powers = logits.map { exp($0 - largest) }
  let sum = powers.reduce(0, +)
  return powers.map { $0 / sum }
}
