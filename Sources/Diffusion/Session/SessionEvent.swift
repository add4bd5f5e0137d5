/// What a session tells whoever follows it.
public enum SessionEvent: Sendable {
  /// Values of a step; 0 where nothing is trained.
  case logged(step: Int, values: [MetricValue])
  /// Images drawn: `final` ones with all training done. Labels are the classes asked for, empty without classes.
  case sampled(step: Int, final: Bool, images: SampledImages)
  /// Averages to keep for `sampling.ema`, every `training.ema_every` steps and at the end; they change with the next step.
  case averaged(AverageSnapshot)
  /// A state worth keeping: every N steps, and before stopping. `save` writes it.
  case checkpoint(step: Int)

  /// One value of a metric.
  public struct MetricValue: Sendable, Hashable {
    /// Like `train/loss`, `eval/frechet_pca64`.
    public let name: String
    /// NaN where training has diverged.
    public let value: Double
  }

  /// What a session is at.
  public enum Phase: String, Sendable, Codable {
    /// Training steps.
    case train
    /// Drawing images.
    case sample
    /// Measuring.
    case evaluate
  }

  /// How far the work at hand is.
  public struct Progress: Sendable {
    /// What is being done.
    public let phase: Phase
    /// Steps trained, network evaluations made.
    public let done: Int
    /// Of how many.
    public let of: Int
    /// Of the last step trained; nil before.
    public let loss: Double?
    /// Of the last steps; nil where nothing is trained.
    public let imagesPerSecond: Double?
    /// Steps skipped since the last one that was taken: a hundred of them end the run.
    public var skippedInARow = 0
  }
}

/// Generated images, (N, H, W, C) around [−1, 1].
public struct SampledImages: Sendable {
  /// (N, H, W, C), around [−1, 1], not clamped.
  public let values: [Float]
  /// H, in pixels.
  public let height: Int
  /// W, in pixels.
  public let width: Int
  /// C.
  public let channels: Int
  /// The class of each that was asked for; empty without classes.
  public let labels: [Int]

  /// N.
  public var count: Int { values.count / max(height * width * channels, 1) }

  /// The first so many.
  public func prefix(_ count: Int) -> SampledImages {
    guard count < self.count else { return self }
    return SampledImages(
      values: Array(values[..<(count * height * width * channels)]), height: height, width: width,
      channels: channels, labels: Array(labels.prefix(count)))
  }
}
