public import Kernels

/// All that training carries from step to step.
public final class TrainingState {
  public let layout: ParameterLayout
  public let weights: AlignedBuffer
  public let m: AlignedBuffer
  public let v: AlignedBuffer
  public let ema: AlignedBuffer?
  /// Steps done, taken or skipped.
  public internal(set) var step = 0
  /// Steps taken: Adam's t, and the number of updates of the average.
  public internal(set) var taken = 0
  public internal(set) var lossScale: LossScale

  /// Starts from these values, laid out as `layout` says.
  public init(layout: ParameterLayout, values: [Float], settings: TrainingSettings) {
    self.layout = layout
    weights = AlignedBuffer(values)
    m = AlignedBuffer(count: layout.count)
    v = AlignedBuffer(count: layout.count)
    ema = settings.ema == nil ? nil : AlignedBuffer(values)
    lossScale = LossScale(settings.precision)
  }

  /// What sampling and evaluation use: the average if one is kept.
  public var best: AlignedBuffer { ema ?? weights }
}
