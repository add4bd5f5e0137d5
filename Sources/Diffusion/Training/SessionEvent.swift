/// What a session tells whoever follows it.
public enum SessionEvent: Sendable {
  /// Values of a step; 0 where nothing is trained.
  case logged(step: Int, values: [MetricValue])
  /// Images drawn: `final` ones with all training done. Labels are the classes asked for, empty without classes.
  case sampled(step: Int, final: Bool, images: SampledImages)
  /// A state worth keeping: every so many steps, and before stopping. `save` writes it.
  case checkpoint(step: Int)

  public struct MetricValue: Sendable, Hashable {
    public let name: String
    public let value: Double
  }

  public enum Phase: String, Sendable, Codable {
    case train, sample, evaluate
  }

  public struct Progress: Sendable {
    public let phase: Phase
    public let done: Int
    public let of: Int
    /// Of the last step trained; nil before.
    public let loss: Double?
    public let imagesPerSecond: Double?
    /// Steps skipped since the last one that was taken: a hundred of them end the run.
    public var skippedInARow = 0
  }
}

/// Generated images, (N, H, W, C) around [−1, 1].
public struct SampledImages: Sendable {
  public let values: [Float]
  public let height: Int
  public let width: Int
  public let channels: Int
  public let labels: [Int]

  public var count: Int { values.count / max(height * width * channels, 1) }

  /// The first so many.
  public func prefix(_ count: Int) -> SampledImages {
    guard count < self.count else { return self }
    return SampledImages(
      values: Array(values[..<(count * height * width * channels)]), height: height, width: width,
      channels: channels, labels: Array(labels.prefix(count)))
  }
}
