import Foundation
package import Kernels

/// How fast an experiment's network trains and predicts here: medians over repeated steps.
package struct EngineBenchmark: Sendable {
  package struct Result: Sendable, Hashable, Codable {
    package var imagesPerSecond: Double
    package var millisecondsPerStep: Double
    package var gflopPerSecond: Double
    /// Of the multiply-add peak measured in the same sitting.
    package var peakFraction: Double
    /// Of the whole process.
    package var peakMemoryMiB: Double
    package var precision: String
    package var workers: Int
    package var kernels: String
  }

  /// How long a figure is measured.
  package struct Patience: Sendable, Hashable {
    /// Seconds, at least, after the steps to warm up.
    package var seconds: Double
    /// Steps, at least.
    package var steps: Int
    package var warmUp: Int

    package init(seconds: Double = 5, steps: Int = 10, warmUp: Int = 3) {
      self.seconds = seconds
      self.steps = steps
      self.warmUp = warmUp
    }
  }

  let settings: RunSettings
  let data: DataSet
  let network: any Network
  let kernels: KernelSet
  let pool: WorkerPool
  private let process: NoiseProcess
  private let patience: Patience

  /// - Parameter data: the settings' own, where it is loaded already.
  /// - Throws: `DiffusionError`, also where there is nothing to train.
  package init(
    _ settings: RunSettings, data: DataSet? = nil, kernels: KernelSet, pool: WorkerPool,
    patience: Patience = Patience()
  ) throws {
    self.settings = settings
    self.kernels = kernels
    self.pool = pool
    self.patience = patience
    self.data = try data ?? DataSet.load(settings.data)
    network = try NetworkDescription(settings, data: self.data).makeNetwork()
    process = try NoiseProcess(settings.diffusion)
  }

  package var precision: Precision { Precision(settings.training.precision) }

  /// FLOPs of a training step, products alone.
  var trainingFlops: Double {
    Double(settings.training.batch)
      * network.trainingFlops(height: data.height, width: data.width)
  }

  /// FLOPs to evaluate the network once for each image of `sampling.count`.
  var samplingFlops: Double {
    Double(settings.sampling.count) * network.flops(height: data.height, width: data.width)
  }

  /// Whole training steps: batch, forward, backward, update.
  /// - Parameters:
  ///   - peak: GFLOP/s of the multiply-add peak; measured here if nil.
  ///   - memory: MiB that the process has taken at most, asked when all steps are done.
  package func train(peak: Double? = nil, memory: () -> Double) -> Result {
    let seconds = median(trainingStep())
    return result(
      seconds: seconds, images: settings.training.batch, flops: trainingFlops, memory: memory(),
      peak: peak)
  }

  /// One network evaluation of each of `sampling.count` images; parameters as for `train`.
  package func sample(peak: Double? = nil, memory: () -> Double) -> Result {
    let seconds = median(evaluation())
    return result(
      seconds: seconds, images: settings.sampling.count, flops: samplingFlops, memory: memory(),
      peak: peak)
  }

  /// A training step, ready to be repeated.
  func trainingStep(meters: WorkerMeters? = nil) -> () -> Void {
    let state = TrainingState(
      layout: network.layout, values: network.layout.initialValues(seed: settings.training.seed),
      settings: settings.training)
    // What cannot be distilled is not trained, and its step is not timed.
    let distillation = try? DistillationLevels(settings.training, process: process)
    let trainer = Trainer(
      network: network, state: state, settings: settings.training, process: process,
      source: TrainingExamples(
        data: data, seed: settings.training.seed, process: process,
        dropout: settings.conditioning.dropout, augmentation: settings.data.augmentation,
        tellsAugmentation: network.augmentationWidth > 0, timesteps: nil,
        hearsEstimates: network.side.estimate > 0,
        vector: network.conditionWidth > 0 ? VectorCondition(of: data) : nil,
        distillation: distillation),
      range: nil, degradation: settings.conditioning.degradation, distillation: distillation,
      kernels: kernels, pool: pool,
      meters: meters)
    return { _ = trainer.step() }
  }

  /// An evaluation of each image, ready to be repeated.
  func evaluation(meters: WorkerMeters? = nil) -> () -> Void {
    let predictor = Predictor(
      network: network, values: AlignedBuffer(network.layout.initialValues(seed: 0)),
      height: data.height, width: data.width, precision: precision, kernels: kernels, pool: pool,
      meters: meters)
    let count = settings.sampling.count
    let x = CounterRandom(seed: 0).normals(
      count: count * predictor.elements, image: 0, step: 0, purpose: .samplingStart)
    let times = (0..<count).map { i in
      Float(process.trainedLevel(at: (Double(i) + 0.5) / Double(count)).time)
    }
    let condition: Condition =
      network.classes > 0 ? .classes((0..<count).map { $0 % network.classes }) : .none
    return { _ = predictor.predict(x, times: times, condition: condition) }
  }

  /// Seconds of each step, after the warm-up.
  func times(_ step: () -> Void) -> [Double] {
    for _ in 0..<patience.warmUp { step() }
    var times: [Double] = []
    let start = ContinuousClock.now
    while times.count < patience.steps
      || (ContinuousClock.now - start).seconds < patience.seconds
    {
      let begin = ContinuousClock.now
      step()
      times.append((ContinuousClock.now - begin).seconds)
    }
    return times
  }

  private func median(_ step: () -> Void) -> Double {
    let times = times(step)
    return times.sorted()[times.count / 2]
  }

  private func result(
    seconds: Double, images: Int, flops: Double, memory: Double, peak: Double?
  ) -> Result {
    let peak =
      peak ?? PeakMeasurement.multiplyAdds(kernels: kernels, precision: precision, pool: pool)
    let gflops = flops / seconds / 1e9
    return Result(
      imagesPerSecond: Double(images) / seconds, millisecondsPerStep: 1000 * seconds,
      gflopPerSecond: gflops, peakFraction: gflops / peak, peakMemoryMiB: memory,
      precision: precision.rawValue, workers: pool.count, kernels: kernels.description)
  }
}
