/// A mean over images and its 95 % interval.
struct MeanInterval: Sendable, Hashable {
  let mean: Double
  /// s/√N; NaN of fewer than two.
  let standardError: Double
  /// Half of the interval's width; NaN of fewer than two.
  let halfWidth: Double
  let count: Int

  var low: Double { mean - halfWidth }
  var high: Double { mean + halfWidth }

  init(_ values: [Double]) {
    count = values.count
    let mean = values.reduce(0, +) / Double(count)
    self.mean = mean
    guard count > 1 else {
      (standardError, halfWidth) = (.nan, .nan)
      return
    }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    standardError = (squares / Double(count - 1) / Double(count)).squareRoot()
    halfWidth = Self.quantile(freedom: count - 1) * standardError
  }

  /// Student's t at 0.975 by the expansion about the normal's quantile (Abramowitz & Stegun 26.7.5): right to 0.5 % from
  /// five degrees of freedom on.
  static func quantile(freedom: Int) -> Double {
    let z = 1.959963984540054
    let (z2, n) = (z * z, Double(freedom))
    let first = (z2 + 1) / 4
    let second = ((5 * z2 + 16) * z2 + 3) / 96
    let third = (((3 * z2 + 19) * z2 + 17) * z2 - 15) / 384
    return z * (1 + first / n + second / (n * n) + third / (n * n * n))
  }
}
