public import Kernels

/// Trains a network on noisy images (Ho 2020, algorithm 1): levels, loss, weighting and optimizer as the settings have
/// them; clipping, an average of the weights, warm-up and decay of the rate beside.
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
  private let loss: ExampleLoss
  /// Of self-conditioning.
  private let estimate: OwnEstimate?
  /// What the network is told of an image, if any.
  private let degradation: Degradation?
  /// Of distillation.
  private let teacher: Teacher?

  /// What one step did.
  public struct StepResult: Sendable, Hashable {
    /// Counted from 1.
    public var step: Int
    /// The batch's loss, before the step.
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
  ///   - range: of 8-bit data, whose last term of the bound is a probability; nil: a density.
  ///   - degradation: what the network is told of an image, if any.
  ///   - meters: told what takes how long.
  public convenience init(
    network: any Network, state: TrainingState, settings: TrainingSettings,
    process: NoiseProcess, source: any ExampleSource, range: ClosedRange<Double>? = nil,
    degradation: Degradation? = nil,
    kernels: KernelSet = .best, pool: WorkerPool, meters: WorkerMeters? = nil
  ) {
    self.init(
      network: network, state: state, settings: settings, process: process, source: source,
      range: range, degradation: degradation, distillation: nil, kernels: kernels, pool: pool,
      meters: meters)
  }

  /// The same towards a teacher's steps, where something is distilled.
  package init(
    network: any Network, state: TrainingState, settings: TrainingSettings,
    process: NoiseProcess, source: any ExampleSource, range: ClosedRange<Double>?,
    degradation: Degradation?, distillation: DistillationLevels?, kernels: KernelSet,
    pool: WorkerPool, meters: WorkerMeters? = nil
  ) {
    teacher = distillation.flatMap { levels in
      state.teacher.map {
        Teacher(
          network: network, process: process, levels: levels, settings: settings, values: $0,
          kernels: kernels, workers: pool.count, meters: meters)
      }
    }
    loss = ExampleLoss(settings.loss, process: process, range: range)
    estimate =
      network.side.estimate == 0
      ? nil
      : OwnEstimate(
        process: process, limit: OwnEstimate.limit(height: source.height, width: source.width))
    self.degradation = degradation
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
  public func step() -> StepResult { step(under: nil) }

  /// The same; what its products are made of is looked at by a microscope, which changes nothing.
  func step(under microscope: RoundingMicroscope?) -> StepResult {
    if settings.beginsHalving(step: state.step) { state.beginHalving() }
    let (loss, gradient, scaledNorm) = lossAndGradient(step: state.step, under: microscope)
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
  func lossAndGradient(
    step: Int, under microscope: RoundingMicroscope? = nil
  ) -> (loss: Double, gradient: AlignedBuffer, norm: Double) {
    pool.forEachInPlace(weights.parts) { [weights, meters] part, worker in
      meters.measured(worker, weights.work(packing: part)) { weights.pack(part) }
    }
    let size = settings.examples
    let fill = source.batch(step: step, size: size, history: state.lossHistory)
    let levels = LevelTable(count: state.lossHistory == nil ? 0 : size)
    let (height, width, channels) = (source.height, source.width, source.channels)
    let (loss, losses, sum) = engine.run(
      batch: size, lanes: settings.laneCount(of: network.leastLane),
      lossScale: state.lossScale.value,
      dropout: (settings.seed, step), loss: self.loss, estimate: estimate,
      teacher: teacher?.targets(step: step), microscope: microscope
    ) {
      [process, kernels, weighting = settings.weighting, degradation, seed = settings.seed]
      position, input, target, data, condition in
      var example = fill(position, input, target)
      levels.note(position, example)
      if let data { _ = data.update(fromContentsOf: input) }
      if let condition {
        degradation?.tell(
          input, of: example, (height, width, channels), seed: seed, step: step,
          position: position, into: condition)
      }
      process.prediction.makeExample(
        x0: input, noise: target, at: example.level, sigmaData: process.sigmaData, kernels: kernels)
      if weighting != .none {
        example.weight *= weighting.weight(
          of: process.prediction, at: example.level, sigmaData: process.sigmaData)
      }
      return example
    }
    // As they are, not as they count for having been drawn so often.
    let values = Double(source.height * source.width * source.channels)
    levels.handOut { position, timestep, weight in
      state.lossHistory?.add(losses[position] / weight / values, at: timestep)
    }
    let norm = completed(sum)
    microscope?.look(at: state.weights, gradient: sum.total, pool: pool)
    return (loss, sum.total, norm)
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
    let averages = state.averages
    let (optimizer, kernels) = (settings.optimizer, kernels)
    let taken = state.taken - state.takenBefore
    let decay = settings.averageDecay(updates: Double(taken - 1))
    let name = optimizer.kind == .lion ? "Lion" : "Adam"
    let (format, seed, step) = (settings.weights, settings.seed, state.step - 1)
    let tracked = averages.count + (ema == nil ? 0 : 1)
    chunks(tracked == 0 ? name : "\(name), average", values: 7 + 3 * tracked) { _, range in
      // When the weights are as they are kept.
      defer {
        for average in averages { average.update(with: weights, range: range, update: taken) }
      }
      if optimizer.kind != .adam, optimizer.weightDecay > 0 {
        let keep = Float(1 - learningRate * optimizer.weightDecay)
        for i in range { weights.values[i] *= keep }
      }
      if optimizer.kind == .lion {
        Self.lion(
          weights, m, gradient, range, scale: Float(scale), rate: Float(learningRate), optimizer)
      } else {
        kernels.adam(
          weights: weights, m: m, v: v, average: format == .fp32 ? ema : nil, gradient: gradient,
          range: range, step: taken,
          learningRate: learningRate, beta1: optimizer.beta1, beta2: optimizer.beta2,
          epsilon: optimizer.epsilon, scale: scale, decay: decay)
      }
      switch format {
      case .fp32: break
      case .bf16: kernels.roundToNearest(weights, range: range)
      case .bf16Stochastic:
        kernels.roundStochastically(weights, range: range, seed: seed, step: step)
      }
      // Of the weights as they are kept: Adam's kernel has made that of others.
      if let ema, format != .fp32 || optimizer.kind == .lion {
        let rest = Float(1 - decay)
        for i in range { ema.values[i] += rest * (weights.values[i] - ema.values[i]) }
      }
    }
  }
}

extension Trainer {
  /// Lion's step but for the decay of the weights.
  private static func lion(
    _ weights: AlignedBuffer, _ m: AlignedBuffer, _ gradient: AlignedBuffer, _ range: Range<Int>,
    scale: Float, rate: Float, _ optimizer: TrainingSettings.Optimizer
  ) {
    let (beta1, beta2) = (Float(optimizer.beta1), Float(optimizer.beta2))
    for i in range {
      let g = scale * gradient.values[i]
      let direction = beta1 * m.values[i] + (1 - beta1) * g
      if direction > 0 {
        weights.values[i] -= rate
      } else if direction < 0 {
        weights.values[i] += rate
      }
      m.values[i] = beta2 * m.values[i] + (1 - beta2) * g
    }
  }
}

/// The timesteps of a batch's examples and how often they were drawn, each noted by the one thread that makes it.
///
/// Unchecked: as with `ResultTable`, positions are handed to one worker each, and read when all are done.
private final class LevelTable: @unchecked Sendable {
  private let entries: UnsafeMutableBufferPointer<(timestep: Int, weight: Double)>

  /// - Parameter count: 0: nothing is noted.
  init(count: Int) {
    entries = .allocate(capacity: count)
    entries.initialize(repeating: (0, 1))
  }

  deinit { entries.deallocate() }

  func note(_ position: Int, _ example: Example) {
    guard !entries.isEmpty else { return }
    entries[position] = (Int(example.level.time), example.weight)
  }

  func handOut(to body: (_ position: Int, _ timestep: Int, _ weight: Double) -> Void) {
    for (position, entry) in entries.enumerated() { body(position, entry.timestep, entry.weight) }
  }
}

extension Precision {
  /// The kernels' word for an experiment's.
  public init(_ precision: TrainingSettings.Precision) {
    switch precision {
    case .fp32: self = .fp32
    case .bf16: self = .bf16
    case .fp16: self = .fp16
    case .fp8: self = .fp8
    }
  }
}
