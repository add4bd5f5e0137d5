import Foundation

/// What bounds on the likelihood are made of: divergences and densities of Gaussians, in nats.
enum GaussianTerms {
  /// KL(N(m₁, v₁) ‖ N(m₂, v₂)) = ½·(ln(v₂/v₁) + (v₁ + (m₁ − m₂)²)/v₂ − 1) of one value.
  ///
  /// - Parameters:
  ///   - difference: m₁ − m₂.
  ///   - logVariance: ln v₁.
  ///   - other: ln v₂.
  static func divergence(
    difference: Double, logVariance: Double, from other: Double
  ) -> Double {
    varianceDivergence(logVariance: logVariance, from: other)
      + difference * difference * exp(-other) / 2
  }

  /// What of ``divergence(difference:logVariance:from:)`` the variances alone make: ½·(r − 1 − ln r), r = v₁/v₂.
  static func varianceDivergence(logVariance: Double, from other: Double) -> Double {
    let logRatio = logVariance - other
    return (expm1(logRatio) - logRatio) / 2
  }

  /// ln N(x; m, v) of one value.
  ///
  /// - Parameters:
  ///   - difference: x − m.
  ///   - logVariance: ln v.
  static func logDensity(difference: Double, logVariance: Double) -> Double {
    -(log(2 * Double.pi) + logVariance + difference * difference * exp(-logVariance)) / 2
  }

  /// ln of what N(m, v) gives the bin of a byte scaled to [−1, 1], x = b/127.5 − 1: from x − 1/255 to x + 1/255, the first
  /// and the last bin reaching to infinity (Ho 2020, eq. 13).
  ///
  /// Computed in logarithms, so that bins far out in a tail are not rounded to probability 0.
  static func discretisedLogLikelihood(
    x: Double, mean: Double, logVariance: Double
  ) -> Double {
    let scale = exp(-logVariance / 2)
    let half = 1.0 / 255
    return logProbability(
      from: x < -0.999 ? -.infinity : (x - half - mean) * scale,
      to: x > 0.999 ? .infinity : (x + half - mean) * scale)
  }

  /// ln(Φ(b) − Φ(a)) of the standard normal, a < b, either end infinite.
  static func logProbability(from a: Double, to b: Double) -> Double {
    if a > 0 { return logUpperTail(from: a, to: b) }
    if b < 0 { return logUpperTail(from: -b, to: -a) }
    let root = 2.0.squareRoot()
    return log((erf(b / root) + erf(-a / root)) / 2)
  }

  /// The same of 0 ≤ a < b.
  private static func logUpperTail(from a: Double, to b: Double) -> Double {
    let root = 2.0.squareRoot()
    let near = logErfc(a / root) - log(2.0)
    guard b < .infinity else { return near }
    return near + log(-expm1(logErfc(b / root) - log(2.0) - near))
  }

  /// ln erfc(x) of x ≥ 0; where erfc itself would soon be rounded to 0, by its asymptotic series (Abramowitz & Stegun
  /// 7.1.23), whose terms left out are below 1e-11 there.
  static func logErfc(_ x: Double) -> Double {
    if x < 20 { return log(erfc(x)) }
    let u = 1 / (2 * x * x)
    return -x * x - log(x * Double.pi.squareRoot()) + log1p(-u * (1 - 3 * u * (1 - 5 * u)))
  }
}
