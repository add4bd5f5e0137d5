/// A run continues while its best value is no worse than the median of the other runs' averages.
///
/// The median stopping rule of D. Golovin et al., "Google Vizier: A Service for Black-Box
/// Optimization", KDD 2017, section 3.2.2: averages run up to the same step.
public enum MedianStopping {
  /// A run up to a step.
  public struct Curve: Sendable, Hashable {
    /// The lowest loss.
    public var best: Double
    /// The mean of the losses.
    public var average: Double

    public init(best: Double, average: Double) {
      self.best = best
      self.average = average
    }

    /// - Parameter losses: lower is better; infinity for what has diverged.
    public init(_ losses: [Double]) {
      best = losses.min() ?? .infinity
      average = losses.isEmpty ? .infinity : losses.reduce(0, +) / Double(losses.count)
    }
  }

  /// The median of the others' averages; nil where there is no other.
  public static func median(without index: Int, _ curves: [Curve]) -> Double? {
    var averages = curves.map(\.average)
    averages.remove(at: index)
    averages.sort()
    guard !averages.isEmpty else { return nil }
    let middle = averages.count / 2
    if averages.count % 2 == 1 { return averages[middle] }
    return averages[middle - 1] / 2 + averages[middle] / 2
  }

  /// Whether each continues. What has diverged never does.
  public static func goesOn(_ curves: [Curve]) -> [Bool] {
    curves.indices.map { index in
      guard curves[index].best < .infinity else { return false }
      return median(without: index, curves).map { curves[index].best <= $0 } ?? true
    }
  }
}
