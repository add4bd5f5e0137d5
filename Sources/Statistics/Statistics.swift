/// What a few repeated runs say about a setting.
public enum Statistics {
  /// Which way is better.
  public enum Goal: String, Sendable, Hashable, Codable, CaseIterable {
    case minimize
    case maximize
  }

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

    /// The interval's ends; nil where there is none.
    public var low: Double? { halfWidth.map { mean - $0 } }
    public var high: Double? { halfWidth.map { mean + $0 } }

    /// Whether the interval leaves out `value`; nil without an interval.
    public func excludes(_ value: Double) -> Bool? {
      halfWidth.map { abs(mean - value) > $0 }
    }
  }

  /// How wide an interval is made.
  public enum Method: Sendable, Hashable {
    /// Student's t below `bootstrapCount` values, the bootstrap-t from there.
    case automatic
    /// Mean ± t(½ + level/2; n−1) · s/√n: exact for normal values, whatever their number.
    case studentT
    /// The symmetric bootstrap-t (`BootstrapT`), which allows for skewed values.
    case bootstrapT
  }

  /// From this many values on, their own distribution says more than the normal one would.
  public static let bootstrapCount = 10

  /// The interval of the mean of independent values: mean ± q · s/√n, s with n − 1 below and q by
  /// `method`. It covers the true mean in a share `level` of experiments.
  ///
  /// The mean of no values is NaN. A NaN among them makes the mean NaN: a run that diverged is a
  /// result, and leaving it out would flatter its setting. Infinities take part in the mean as in
  /// IEEE arithmetic. Either way there is no half width.
  public static func interval(
    of values: [Double], level: Double = 0.95, method: Method = .automatic
  ) -> Interval {
    let count = values.count
    guard count > 0 else { return Interval(mean: .nan, halfWidth: nil, count: 0) }
    let mean = mean(of: values)
    guard count > 1, mean.isFinite else {
      return Interval(mean: mean, halfWidth: nil, count: count)
    }
    let standardError = standardDeviation(of: values, mean: mean) / Double(count).squareRoot()
    let usesBootstrap =
      switch method {
      case .automatic: count >= bootstrapCount
      case .studentT: false
      case .bootstrapT: true
      }
    let resampled =
      usesBootstrap ? BootstrapT.quantile(of: values.map { $0 - mean }, level: level) : nil
    let quantile =
      resampled ?? StudentT.quantile(0.5 + level / 2, degreesOfFreedom: Double(count - 1))
    let halfWidth = quantile * standardError
    return Interval(mean: mean, halfWidth: halfWidth.isFinite ? halfWidth : nil, count: count)
  }

  /// The middle one, or the mean of the two in the middle; NaN of none, and if one is NaN.
  public static func median(of values: [Double]) -> Double {
    guard !values.isEmpty, !values.contains(where: \.isNaN) else { return .nan }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count.isMultiple(of: 2)
      ? sorted[middle - 1] / 2 + sorted[middle] / 2 : sorted[middle]
  }

  /// s, with n − 1 below; 0 of one value.
  package static func standardDeviation(of values: [Double], mean: Double) -> Double {
    let squares = values.reduce(0.0) { $0 + ($1 - mean) * ($1 - mean) }
    return (squares / Double(max(1, values.count - 1))).squareRoot()
  }

  /// Summed around the first value, so that a large offset does not eat the digits.
  package static func mean(of values: [Double]) -> Double {
    let origin = values[0]
    guard origin.isFinite else { return values.reduce(0, +) / Double(values.count) }
    return origin + values.reduce(0.0) { $0 + ($1 - origin) } / Double(values.count)
  }
}
