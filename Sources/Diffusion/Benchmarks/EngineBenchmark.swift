import Foundation
public import Kernels

/// How fast an experiment's network trains and predicts here: medians over repeated steps.
public struct EngineBenchmark: Sendable {
  public struct Result: Sendable, Hashable, Codable {
    public var imagesPerSecond: Double
    public var millisecondsPerStep: Double
    public var gflopPerSecond: Double
    /// Of the multiply-add peak measured in the same sitting.
    public var peakFraction: Double
    /// Of the whole process.
    public var peakMemoryMiB: Double
    public var precision: String
    public var workers: Int
    public var kernels: String
  }

  private let settings: RunSettings
  private let data: DataSet
  private let network: any Network
  private let schedule: NoiseSchedule
  private let kernels: KernelSet
  private let pool: WorkerPool

  /// Seconds and steps to measure for, at least.
  private static let leastSeconds = 5.0
  private static let leastSteps = 10
  private static let warmUp = 3

  /// - Throws: `DiffusionError`, also where there is nothing to train.
  public init(_ settings: RunSettings, workers: Int?, kernels: KernelSet) throws {
    self.settings = settings
    self.kernels = kernels
    data = try DataSet.load(settings.data)
    network = try NetworkDescription(settings, data: data).makeNetwork()
    schedule = try NoiseSchedule(settings.diffusion)
    pool = WorkerPool(count: workers ?? WorkerPool.processors)
  }

  private var precision: Precision { Precision(settings.training.precision) }

  /// Whole training steps: batch, forward, backward, update.
  public func train(memory: () -> Double) -> Result {
    let state = TrainingState(
      layout: network.layout, values: network.layout.initialValues(seed: settings.training.seed),
      settings: settings.training)
    let trainer = Trainer(
      network: network, state: state, settings: settings.training, schedule: schedule,
      source: TrainingExamples(
        data: data, seed: settings.training.seed, diffusionSteps: schedule.steps,
        dropout: settings.conditioning.dropout, flip: settings.data.flip),
      kernels: kernels, pool: pool)
    let seconds = median { _ = trainer.step() }
    return result(
      seconds: seconds, images: settings.training.batch,
      flops: network.trainingFlops(height: data.height, width: data.width), memory: memory())
  }

  /// One network evaluation of each of `sampling.count` images.
  public func sample(memory: () -> Double) -> Result {
    let predictor = Predictor(
      network: network, values: AlignedBuffer(network.layout.initialValues(seed: 0)),
      height: data.height, width: data.width, precision: precision, kernels: kernels, pool: pool)
    let count = settings.sampling.count
    let x = CounterRandom(seed: 0).normals(
      count: count * predictor.elements, image: 0, step: 0, purpose: .samplingStart)
    let timesteps = (0..<count).map { $0 * schedule.steps / count }
    let condition: Condition =
      network.classes > 0 ? .classes((0..<count).map { $0 % network.classes }) : .none
    let seconds = median {
      _ = predictor.predict(x, timesteps: timesteps, condition: condition)
    }
    return result(
      seconds: seconds, images: count,
      flops: network.flops(height: data.height, width: data.width), memory: memory())
  }

  private func median(_ step: () -> Void) -> Double {
    for _ in 0..<Self.warmUp { step() }
    var times: [Double] = []
    let start = ContinuousClock.now
    while times.count < Self.leastSteps || (ContinuousClock.now - start).seconds < Self.leastSeconds
    {
      let begin = ContinuousClock.now
      step()
      times.append((ContinuousClock.now - begin).seconds)
    }
    return times.sorted()[times.count / 2]
  }

  private func result(seconds: Double, images: Int, flops: Double, memory: Double) -> Result {
    let peak = PeakMeasurement.multiplyAdds(kernels: kernels, precision: precision, pool: pool)
    let gflops = flops * Double(images) / seconds / 1e9
    return Result(
      imagesPerSecond: Double(images) / seconds, millisecondsPerStep: 1000 * seconds,
      gflopPerSecond: gflops, peakFraction: gflops / peak, peakMemoryMiB: memory,
      precision: precision.rawValue, workers: pool.count, kernels: kernels.description)
  }
}
