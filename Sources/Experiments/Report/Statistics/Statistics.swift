/// What a few repeated runs say about a setting.
public enum Statistics {
  /// A mean and how far the true mean may be from it.
  public struct Interval: Sendable, Hashable, Codable {
    public var mean: Double
    /// Half the width of the interval around `mean`; nil where there is none: fewer than two
    /// values, or one that is not finite.
    public var halfWidth: Double?
    /// How many values it was made of, those that are not a number included.
    public var count: Int

    public init(mean: Double, halfWidth: Double?, count: Int) {
      self.mean = mean
      self.halfWidth = halfWidth
      self.count = count
    }

    /// Whether the interval leaves out `value`; nil without an interval.
    public func excludes(_ value: Double) -> Bool? {
      halfWidth.map { abs(mean - value) > $0 }
    }
  }

  /// Mean ± t(½ + level/2; n−1) · s/√n of independent values, s with n − 1 below.
  ///
  /// The mean of no values is NaN. A NaN among them makes the mean NaN: a run that diverged is a
  /// result, and leaving it out would flatter its setting. Infinities take part in the mean as in
  /// IEEE arithmetic. Either way there is no half width.
  public static func interval(of values: [Double], level: Double = 0.95) -> Interval {
    let count = values.count
    guard count > 0 else { return Interval(mean: .nan, halfWidth: nil, count: 0) }
    let mean = mean(of: values)
    guard count > 1, mean.isFinite else {
      return Interval(mean: mean, halfWidth: nil, count: count)
    }
    let squares = values.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) }
    let standardError = (squares / Double(count - 1) / Double(count)).squareRoot()
    let t = StudentT.quantile(0.5 + level / 2, degreesOfFreedom: Double(count - 1))
    let halfWidth = t * standardError
    return Interval(mean: mean, halfWidth: halfWidth.isFinite ? halfWidth : nil, count: count)
  }

  /// The interval of the differences a − b, value by value: what is common to a pair (the seed's
  /// luck) cancels. Values beyond the shorter list have no partner and are left out.
  public static func pairedDifference(
    _ a: [Double], _ b: [Double], level: Double = 0.95
  ) -> Interval {
    interval(of: zip(a, b).map { $0 - $1 }, level: level)
  }

  /// Summed around the first value, so that a large offset does not eat the digits.
  private static func mean(of values: [Double]) -> Double {
    let origin = values[0]
    guard origin.isFinite else { return values.reduce(0, +) / Double(values.count) }
    return origin + values.reduce(0.0) { $0 + ($1 - origin) } / Double(values.count)
  }
}
