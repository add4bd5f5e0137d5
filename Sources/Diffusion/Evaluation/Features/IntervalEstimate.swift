import Statistics

/// A measure of a number of samples, and where what it estimates lies, with 95 % confidence.
struct IntervalEstimate: Sendable, Hashable {
  let value: Double
  let low: Double
  let high: Double

  /// No number.
  static let none = IntervalEstimate(value: .nan, low: .nan, high: .nan)

  init(value: Double, low: Double, high: Double) {
    self.value = value
    self.low = low
    self.high = high
  }

  /// value ± quantile·√variance, no further than `bounds`.
  ///
  /// - Parameters:
  ///   - degreesOfFreedom: of Student's t; infinite: the normal distribution.
  ///   - bounds: values that the measure can have.
  init(
    value: Double, variance: Double, degreesOfFreedom: Double = .infinity,
    within bounds: ClosedRange<Double> = -Double.infinity...Double.infinity
  ) {
    let half =
      StudentT.quantile(0.975, degreesOfFreedom: degreesOfFreedom) * variance.squareRoot()
    self.init(
      value: value, low: max(value - half, bounds.lowerBound),
      high: min(value + half, bounds.upperBound))
  }

  /// A share of independent trials, by Wilson's score interval (Wilson 1927): with p = hits/count and z = 1.96,
  /// (p + z²/2n ± z·√(p(1 − p)/n + z²/4n²))/(1 + z²/n).
  init(hits: Int, of count: Int) {
    self.init(share: Double(hits) / Double(count), of: Double(count))
  }

  /// The same of a share, which need not be that of whole hits.
  init(share p: Double, of n: Double) {
    let z = StudentT.quantile(0.975, degreesOfFreedom: .infinity)
    let scale = 1 + z * z / n
    let middle = (p + z * z / (2 * n)) / scale
    let half = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot() / scale
    self.init(value: p, low: max(0, middle - half), high: min(1, middle + half))
  }
}

/// The delete-a-group jackknife (Efron 1982, chapter 3; Shao & Wu 1989): how a measure varies when each of 20 runs of
/// the samples is left out in turn.
enum GroupedJackknife {
  static let groups = 20
  /// Of the interval: Student's t.
  static var degreesOfFreedom: Double { Double(groups - 1) }

  /// The rows that group g has: contiguous, all groups within one of the same size.
  static func group(_ g: Int, of count: Int) -> Range<Int> {
    (g * count / groups)..<((g + 1) * count / groups)
  }

  /// (G − 1)/G·Σ_g (T_g − T̄)², T_g the measure without group g.
  static func variance(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(values.count)
    return Double(values.count - 1) / Double(values.count)
      * values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  }
}

extension SessionEvent.MetricValue {
  /// A measure and the ends of its interval: `NAME`, `NAME_low` and `NAME_high`.
  static func named(_ name: String, _ estimate: IntervalEstimate) -> [SessionEvent.MetricValue] {
    [
      .init(name: name, value: estimate.value), .init(name: name + "_low", value: estimate.low),
      .init(name: name + "_high", value: estimate.high),
    ]
  }
}
