/// The dynamic loss scale of fp16 training (Micikevicius 2018, §3.2): gradients too small for float16 are lifted
/// into its range; a step whose gradients overflow is not taken, and the scale halves.
public struct LossScale: Sendable, Hashable, Codable {
  /// What gradients are multiplied by; 1 where there is no need to scale.
  public private(set) var value: Double
  /// Steps taken since the scale last changed.
  public private(set) var cleanSteps = 0
  /// Steps not taken so far.
  public private(set) var skipped = 0
  /// Steps not taken since the last one that was.
  public private(set) var skippedInARow = 0

  static let growthInterval = 2000

  /// - Parameters:
  ///   - precision: fp16 starts at 65536; the others keep 1.
  ///   - scaling: with `none` fp16 keeps 1 too.
  public init(
    _ precision: TrainingSettings.Precision, _ scaling: TrainingSettings.LossScaling = .dynamic
  ) {
    isDynamic = precision == .fp16 && scaling == .dynamic
    value = isDynamic ? 65536 : 1
  }

  private let isDynamic: Bool
  private static let largest = 0x1p24

  /// Whether a scale of the same kind can have come to this.
  func isPossible(like other: LossScale) -> Bool {
    guard isDynamic == other.isDynamic, skipped >= 0, (0...skipped).contains(skippedInARow) else {
      return false
    }
    guard isDynamic else { return value == 1 && cleanSteps == 0 }
    return (1...Self.largest).contains(value) && (0..<Self.growthInterval).contains(cleanSteps)
  }

  /// After a step: whether its gradients were finite.
  mutating func update(finite: Bool) {
    guard finite else {
      skipped += 1
      skippedInARow += 1
      cleanSteps = 0
      if isDynamic { value = max(value / 2, 1) }
      return
    }
    skippedInARow = 0
    guard isDynamic else { return }
    cleanSteps += 1
    if cleanSteps == Self.growthInterval {
      value = min(value * 2, Self.largest)
      cleanSteps = 0
    }
  }
}

extension LossScale {
  private enum CodingKeys: CodingKey { case value, cleanSteps, skipped, skippedInARow, isDynamic }

  /// Reads what `encode` wrote, of versions before too.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    value = try container.decode(Double.self, forKey: .value)
    cleanSteps = try container.decode(Int.self, forKey: .cleanSteps)
    skipped = try container.decode(Int.self, forKey: .skipped)
    // Older checkpoints, from before it was counted, lack it.
    skippedInARow = try container.decodeIfPresent(Int.self, forKey: .skippedInARow) ?? 0
    isDynamic = try container.decode(Bool.self, forKey: .isDynamic)
  }
}
