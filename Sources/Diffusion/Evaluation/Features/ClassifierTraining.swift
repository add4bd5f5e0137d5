import Kernels

/// Trains a ``ClassifierNetwork`` on the classes of a data set.
///
/// The recipe is fixed, so that whoever has the data has the classifier, and the bits do not depend on the number of
/// workers.
struct ClassifierTraining {
  /// Changes with anything that changes what comes out.
  static let version = 1

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
    min(max(3 * images, imagesSeen.lowerBound), imagesSeen.upperBound)
      / CrossEntropyTraining.batch
  }

  /// - Parameters:
  ///   - steps: for tests alone; nil: as many as the recipe has.
  ///   - progress: told how many steps are done, of how many.
  /// - Returns: the weights, laid out as the network's layout says.
  func run(
    steps: Int? = nil, progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
  ) -> [Float] {
    CrossEntropyTraining(
      layout: network.layout, data: data, seed: Self.seed, rate: Self.rate,
      steps: steps ?? Self.steps(images: data.count), kernels: kernels, pool: pool
    ).run(progress: progress) { [network, data] part, tape in
      var shape = network.input.padded
      shape.count = part.images.count
      let input = tape.input(shape)
      for (i, index) in part.images.enumerated() {
        data.values(index..<index + 1).withUnsafeBufferPointer {
          network.input.put($0, into: input.image(i))
        }
      }
      return network(input, on: tape).logits
    }
  }
}
