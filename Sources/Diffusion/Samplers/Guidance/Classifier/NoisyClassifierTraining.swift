import Kernels

/// Trains a ``NoisyClassifierNetwork`` on the classes of a data set whose images are noised as a process noises them.
///
/// The recipe is fixed, so that whoever has the data and the process has the classifier.
struct NoisyClassifierTraining {
  /// Changes with anything that changes what comes out.
  static let version = 1

  private static let rate = 4e-3
  private static let seed: UInt64 = 0
  /// Images that it is trained on, however few or many there are: four epochs, within these.
  private static let imagesSeen = 80_000...160_000

  private let network: NoisyClassifierNetwork
  private let data: DataSet
  private let process: NoiseProcess
  private let kernels: KernelSet
  private let pool: WorkerPool

  /// - Parameter data: labelled.
  init(
    _ network: NoisyClassifierNetwork, data: DataSet, process: NoiseProcess, kernels: KernelSet,
    pool: WorkerPool
  ) {
    self.network = network
    self.data = data
    self.process = process
    self.kernels = kernels
    self.pool = pool
  }

  /// Batches to train on.
  static func steps(images: Int) -> Int {
    min(max(4 * images, imagesSeen.lowerBound), imagesSeen.upperBound)
      / CrossEntropyTraining.batch
  }

  /// - Parameters:
  ///   - steps: for tests alone; nil: as many as the recipe has.
  ///   - progress: told how many steps are done, of how many.
  /// - Returns: the weights, laid out as the network's layout says.
  func run(
    steps: Int? = nil, progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
  ) -> [Float] {
    let random = CounterRandom(seed: Self.seed)
    return CrossEntropyTraining(
      layout: network.layout, data: data, seed: Self.seed, rate: Self.rate,
      steps: steps ?? Self.steps(images: data.count), kernels: kernels, pool: pool
    ).run(progress: progress) { [network, data, process] part, tape in
      var shape = network.input.padded
      shape.count = part.images.count
      let input = tape.input(shape)
      var levels: [NoiseLevel] = []
      for (i, index) in part.images.enumerated() {
        let place = part.first + i
        let u = random.uniforms(
          count: 1, image: place, step: part.step, purpose: .classifierLevel)[0]
        let level = process.trainedLevel(at: Double(u))
        let x0 = data.values(index..<index + 1)
        let noise = random.normals(
          count: x0.count, image: place, step: part.step, purpose: .classifierNoise)
        level.addNoise(to: x0, noise: noise).withUnsafeBufferPointer {
          network.input.put(
            $0, scaled: Float(NoisyClassifierNetwork.scale(at: level)), into: input.image(i))
        }
        levels.append(level)
      }
      return network(input, at: levels, on: tape)
    }
  }
}
