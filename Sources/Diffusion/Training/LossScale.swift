/// The dynamic loss scale of fp16 training (Micikevicius 2018, §3.2): gradients too small for float16 are lifted
/// into its range; a step whose gradients overflow is not taken, and the scale halves.
public struct LossScale: Sendable, Hashable, Codable {
  public private(set) var value: Double
  /// Steps taken since the scale last changed.
  public private(set) var cleanSteps = 0
  /// Steps not taken so far.
  public private(set) var skipped = 0

  static let growthInterval = 2000

  /// - Parameter precision: fp16 starts at 65536; the others keep 1.
  public init(_ precision: TrainingSettings.Precision) {
    value = precision == .fp16 ? 65536 : 1
    isDynamic = precision == .fp16
  }

  private let isDynamic: Bool

  /// After a step: whether its gradients were finite.
  mutating func update(finite: Bool) {
    guard finite else {
      skipped += 1
      cleanSteps = 0
      if isDynamic { value = max(value / 2, 1) }
      return
    }
    guard isDynamic else { return }
    cleanSteps += 1
    if cleanSteps == Self.growthInterval {
      value = min(value * 2, 0x1p24)
      cleanSteps = 0
    }
  }
}
