import Foundation

/// What a searched parameter's values are drawn from.
///
/// Every distribution is seen through its own cumulative distribution function F: a number u of
/// (0, 1) stands for the value F⁻¹(u), so that in u all of them are uniform. Drawn numbers are
/// rounded to what a person can tell apart: four digits.
public enum Distribution: Sendable, Hashable {
  /// Uniform on [lower, upper].
  case uniform(Double, Double)
  /// Uniform in the logarithm on [lower, upper].
  case logUniform(Double, Double)
  /// Normal, kept within [lower, upper] (which may be infinite) by conditioning on it.
  case normal(mean: Double, deviation: Double, lower: Double, upper: Double)
  /// lower, lower + step, … up to upper, each alike; with `log`, k as often as [k − step/2,
  /// k + step/2] has of a logarithmic scale.
  case integer(Int, Int, step: Int, log: Bool)
  /// 0 ..< count, each alike.
  case choice(Int)

  /// How many values there are; nil: a continuum.
  public var count: Int? {
    switch self {
    case .uniform(let lower, let upper), .logUniform(let lower, let upper):
      lower == upper ? 1 : nil
    case .normal: nil
    case .integer(let lower, let upper, let step, _): (upper - lower) / step + 1
    case .choice(let count): count
    }
  }

  /// Whether values have an order.
  var isOrdered: Bool {
    if case .choice = self { false } else { true }
  }

  /// F⁻¹(u) for u in (0, 1).
  public func quantile(_ u: Double) -> Double {
    switch self {
    case .uniform(let lower, let upper):
      return Self.rounded(lower + u * (upper - lower), to: upper - lower, lower, upper)
    case .logUniform(let lower, let upper):
      let value = exp(log(lower) + u * (log(upper) - log(lower)))
      return Self.rounded(value, to: value, lower, upper)
    case .normal(let mean, let deviation, let lower, let upper):
      let (a, b) = (
        NormalDistribution.cumulative((lower - mean) / deviation),
        NormalDistribution.cumulative((upper - mean) / deviation)
      )
      let value = mean + deviation * NormalDistribution.quantile(a + u * (b - a))
      return Self.rounded(min(max(value, lower), upper), to: deviation, lower, upper)
    case .integer(let lower, _, let step, let isLog):
      let count = count ?? 1
      guard isLog else { return Double(lower + min(Int(u * Double(count)), count - 1) * step) }
      let (low, high) = logEdges
      let value = exp(low + u * (high - low))
      let index = Int(((value - Double(lower)) / Double(step)).rounded())
      return Double(lower + min(max(index, 0), count - 1) * step)
    case .choice(let count):
      return Double(min(Int(u * Double(count)), count - 1))
    }
  }

  /// The interval of u that stands for a value: F⁻¹ maps all of it there. A point for a number
  /// of a continuum.
  func interval(_ value: Double) -> (lower: Double, upper: Double) {
    switch self {
    case .uniform(let lower, let upper):
      let u = upper > lower ? (value - lower) / (upper - lower) : 0.5
      return (u, u)
    case .logUniform(let lower, let upper):
      let u = upper > lower ? log(value / lower) / log(upper / lower) : 0.5
      return (u, u)
    case .normal(let mean, let deviation, let lower, let upper):
      let (low, high) = ((lower - mean) / deviation, (upper - mean) / deviation)
      let u =
        NormalDistribution.mass(low, (value - mean) / deviation)
        / NormalDistribution.mass(low, high)
      return (u, u)
    case .integer(let lower, _, let step, let isLog):
      let count = count ?? 1
      let index = ((value - Double(lower)) / Double(step)).rounded()
      guard isLog else { return (index / Double(count), (index + 1) / Double(count)) }
      let (low, high) = logEdges
      let half = Double(step) / 2
      return (
        (log(value - half) - low) / (high - low), (log(value + half) - low) / (high - low)
      )
    case .choice(let count): return (value / Double(count), (value + 1) / Double(count))
    }
  }

  /// Logarithms of where the cells of a logarithmic integer begin and end; lower > step/2.
  private var logEdges: (Double, Double) {
    guard case .integer(let lower, _, let step, _) = self else { return (0, 1) }
    let last = lower + ((count ?? 1) - 1) * step
    return (log(Double(lower) - Double(step) / 2), log(Double(last) + Double(step) / 2))
  }

  /// Four significant digits of `scale`.
  private static func rounded(
    _ value: Double, to scale: Double, _ lower: Double, _ upper: Double
  ) -> Double {
    guard scale != 0, scale.isFinite else { return value }
    let places = 3 - Int(floor(log10(abs(scale))))
    var number = Double(String(format: "%.\(max(places, 0))f", value)) ?? value
    if places < 0 {
      let unit = pow(10, Double(-places))
      number = (value / unit).rounded() * unit
    }
    return min(max(number == 0 ? 0 : number, lower), upper)
  }
}

extension Distribution: CustomStringConvertible {
  /// What it is called and its numbers in full: equal texts are equal distributions.
  public var description: String {
    switch self {
    case .uniform(let lower, let upper): "uniform \(lower) \(upper)"
    case .logUniform(let lower, let upper): "log_uniform \(lower) \(upper)"
    case .normal(let mean, let deviation, let lower, let upper):
      "normal \(mean) \(deviation) \(lower) \(upper)"
    case .integer(let lower, let upper, let step, let isLog):
      "int \(lower) \(upper) \(step)\(isLog ? " log" : "")"
    case .choice(let count): "choice \(count)"
    }
  }
}
