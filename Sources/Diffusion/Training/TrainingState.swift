public import Kernels

/// All that training carries from step to step.
public final class TrainingState {
  /// Which parameters there are, and where.
  public let layout: ParameterLayout
  /// As trained, not averaged.
  public let weights: AlignedBuffer
  /// Adam's first moment.
  public let m: AlignedBuffer
  /// Adam's second moment.
  public let v: AlignedBuffer
  /// Exponential moving average of the weights; nil: none is kept.
  public let ema: AlignedBuffer?
  /// Averages with a power profile, of the widths that the settings ask for.
  public let averages: [PowerAverage]
  /// What sampling and evaluation use in the place of what training keeps; nil: they use that.
  var chosen: AlignedBuffer?
  /// Steps done, taken or skipped.
  public internal(set) var step = 0
  /// Steps taken: Adam's t, and the number of updates of the average.
  public internal(set) var taken = 0
  /// Of `timesteps: loss-aware`; nil: levels do not follow the losses.
  public internal(set) var lossHistory: LossHistory?
  /// Of fp16 training.
  public internal(set) var lossScale: LossScale
  /// Seconds spent in training steps, over all attempts.
  public internal(set) var seconds = 0.0

  /// Starts from these values, laid out as `layout` says; where weights are kept in bfloat16, from the nearest ones.
  /// - Parameter timesteps: T, where levels follow the losses.
  public init(
    layout: ParameterLayout, values: [Float], settings: TrainingSettings, timesteps: Int = 0
  ) {
    lossHistory = settings.timesteps == .lossAware ? LossHistory(steps: timesteps) : nil
    self.layout = layout
    weights = AlignedBuffer(values)
    if settings.weights != .fp32 {
      KernelSet.best.roundToNearest(weights, range: 0..<layout.count)
    }
    m = AlignedBuffer(count: layout.count)
    v = AlignedBuffer(count: layout.count)
    let first = weights.array()
    ema = settings.keepsAverage ? AlignedBuffer(first) : nil
    averages = (settings.emaWidths ?? []).map {
      PowerAverage(PowerProfile(width: $0), first: first)
    }
    lossScale = LossScale(settings.precision, settings.lossScaling)
  }

  /// What training keeps: the average if there is one.
  public var kept: AlignedBuffer { ema ?? weights }

  /// What sampling and evaluation use: what training keeps, or the average of `sampling.ema`.
  public var best: AlignedBuffer { chosen ?? kept }

  /// The averages as they are now; nil where there are none, or no update was made.
  var snapshot: AverageSnapshot? {
    averages.isEmpty || taken == 0
      ? nil : AverageSnapshot(step: step, updates: taken, averages: averages)
  }
}
