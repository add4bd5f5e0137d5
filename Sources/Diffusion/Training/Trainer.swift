public import Kernels

/// Trains a network on noisy images (Ho 2020, algorithm 1): levels as the process has them, its target,
/// mean squared error, Adam; clipping, an average of the weights, warm-up and decay of the rate beside.
public final class Trainer {
  /// Weights and moments: changed in place by each step.
  public let state: TrainingState
  /// Optimizer, batch, clipping and the rest.
  public let settings: TrainingSettings

  private let network: any Network
  private let process: NoiseProcess
  private let source: any ExampleSource
  private let pool: WorkerPool
  private let kernels: KernelSet
  private let weights: Weights
  private let engine: GradientEngine
  private let meters: WorkerMeters?

  /// What one step did.
  public struct StepResult: Sendable, Hashable {
    /// Counted from 1.
    public var step: Int
    /// Mean squared error of the batch, before the step.
    public var loss: Double
    /// Global L2 norm before clipping; not finite where the step was skipped.
    public var gradientNorm: Double
    /// Rate of this step.
    public var learningRate: Double
    /// False where the gradient was not finite: nothing was changed.
    public var wasTaken: Bool
  }

  /// - Parameters:
  ///   - state: to go on from; it is changed in place.
  ///   - meters: told what takes how long.
  public init(
    network: any Network, state: TrainingState, settings: TrainingSettings,
    process: NoiseProcess, source: any ExampleSource, kernels: KernelSet = .best,
    pool: WorkerPool, meters: WorkerMeters? = nil
  ) {
    self.network = network
    self.state = state
    self.settings = settings
    self.process = process
    self.source = source
    self.pool = pool
    self.kernels = kernels
    self.meters = meters
    weights = Weights(
      layout: network.layout, values: state.weights, kernels: kernels,
      precision: Precision(settings.precision))
    engine = GradientEngine(
      network: network, height: source.height, width: source.width, weights: weights,
      kernels: kernels, precision: Precision(settings.precision), pool: pool,
      meters: meters)
  }

  /// One step: forward, backward, update.
  public func step() -> StepResult {
    let (loss, gradient, scaledNorm) = lossAndGradient(step: state.step)
    let scale = state.lossScale.value
    let norm = scaledNorm / scale
    let learningRate = settings.learningRate(step: state.step)
    state.step += 1
    state.lossScale.update(finite: norm.isFinite)
    if norm.isFinite {
      state.taken += 1
      // As PyTorch's clip_grad_norm_ has it.
      let clip = settings.clip.map { min(1, $0 / (norm + 1e-6)) } ?? 1
      update(gradient, scale: clip / scale, learningRate: learningRate)
    }
    return StepResult(
      step: state.step, loss: loss, gradientNorm: norm, learningRate: learningRate,
      wasTaken: norm.isFinite)
  }

  /// Loss of a step's batch, its gradient, multiplied by the loss scale and valid until the next call, and that
  /// gradient's L2 norm.
  func lossAndGradient(step: Int) -> (loss: Double, gradient: AlignedBuffer, norm: Double) {
    pool.forEachInPlace(weights.parts) { [weights, meters] part, worker in
      meters.measured(worker, weights.work(packing: part)) { weights.pack(part) }
    }
    let fill = source.batch(step: step, size: settings.batch)
    let (loss, sum) = engine.run(
      batch: settings.batch, lanes: settings.laneCount(of: network.leastLane),
      lossScale: state.lossScale.value,
      dropout: (settings.seed, step)
    ) { [process, kernels] position, input, target in
      let example = fill(position, input, target)
      process.prediction.makeExample(
        x0: input, noise: target, at: example.level, sigmaData: process.sigmaData, kernels: kernels)
      return example
    }
    return (loss, sum.total, completed(sum))
  }

  /// Parameters that one worker updates at a time: an eighth of them, unless these are few or many.
  private var chunk: Int {
    min(1 << 15, max(1 << 12, (network.layout.count / 8 + 1023) / 1024 * 1024))
  }

  /// - Parameter values: read and written of each parameter.
  private func chunks(
    _ operation: String, values: Int,
    _ body: @escaping @Sendable (_ index: Int, _ range: Range<Int>) -> Void
  ) {
    let (total, chunk) = (network.layout.count, chunk)
    pool.forEachInPlace((total + chunk - 1) / chunk) { [meters] index, worker in
      let range = (index * chunk)..<min((index + 1) * chunk, total)
      meters.measured(
        worker,
        Work(
          operation, .update, shape: "\(total)",
          bytes: Double(values * range.count * MemoryLayout<Float>.stride))
      ) {
        body(index, range)
      }
    }
  }

  /// Adds up the gradient's last two parts.
  /// - Returns: its norm, summed chunk by chunk in double, in the chunks' order.
  private func completed(_ gradient: TreeSum) -> Double {
    let count = (network.layout.count + chunk - 1) / chunk
    let sums = ResultTable(count: count)
    chunks("sum and norm of the gradient", values: 3) { [kernels] index, range in
      gradient.complete(range)
      sums[index] = kernels.squareSum(gradient.total, range: range)
    }
    return sums.sum.squareRoot()
  }

  private func update(_ gradient: AlignedBuffer, scale: Double, learningRate: Double) {
    let (weights, m, v, ema) = (state.weights, state.m, state.v, state.ema)
    let (optimizer, taken, kernels) = (settings.optimizer, state.taken, kernels)
    // Warm-up of the average: a young one follows closely.
    let updates = Double(taken - 1)
    let decay = min(settings.ema ?? 0, (1 + updates) / (10 + updates))
    chunks(ema == nil ? "Adam" : "Adam, average", values: ema == nil ? 7 : 10) { _, range in
      kernels.adam(
        weights: weights, m: m, v: v, average: ema, gradient: gradient, range: range, step: taken,
        learningRate: learningRate, beta1: optimizer.beta1, beta2: optimizer.beta2,
        epsilon: optimizer.epsilon, scale: scale, decay: decay)
    }
  }
}

extension Precision {
  /// The kernels' word for an experiment's.
  public init(_ precision: TrainingSettings.Precision) {
    switch precision {
    case .fp32: self = .fp32
    case .bf16: self = .bf16
    case .fp16: self = .fp16
    }
  }
}
