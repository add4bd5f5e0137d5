import Foundation

/// The regularized incomplete beta function I_x(a, b), which Student's t distribution is made of.
enum IncompleteBeta {
  /// I_x(a, b) for 0 ≤ x ≤ 1, a > 0, b > 0.
  ///
  /// The caller gives `complement`, 1 − x, and `logBeta`, ln B(a, b), because it may know better
  /// than a subtraction that loses digits where x is close to 1 or a is large.
  static func regularized(
    _ x: Double, complement: Double, _ a: Double, _ b: Double, logBeta: Double
  ) -> Double {
    if x <= 0 { return 0 }
    if complement <= 0 { return 1 }
    // The fraction converges fast on this side of the mean only; the other one by symmetry.
    if x > (a + 1) / (a + b + 2) {
      return 1 - lower(complement, complement: x, b, a, logBeta: logBeta)
    }
    return lower(x, complement: complement, a, b, logBeta: logBeta)
  }

  /// x^a (1−x)^b / (a B(a, b)) · fraction (Abramowitz & Stegun 26.5.8).
  private static func lower(
    _ x: Double, complement: Double, _ a: Double, _ b: Double, logBeta: Double
  ) -> Double {
    let logX = x < 0.5 ? log(x) : log1p(-complement)
    let logComplement = complement < 0.5 ? log(complement) : log1p(-x)
    return exp(a * logX + b * logComplement - logBeta) / a * fraction(x, a, b)
  }

  /// The continued fraction 1/(1 + d₁/(1 + d₂/(1 + …))) by the modified Lentz method
  /// (Lentz 1976; Thompson & Barnett 1986).
  private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    // Takes the place of a zero denominator.
    let tiny = 1e-300
    func kept(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }

    var numerator = 1.0
    var denominator = 1 / kept(1 - (a + b) * x / (a + 1))
    var result = denominator
    // About √max(a, b) terms are enough.
    for index in 1...100_000 {
      let m = Double(index)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      denominator = 1 / kept(1 + even * denominator)
      numerator = kept(1 + even / numerator)
      result *= denominator * numerator

      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      denominator = 1 / kept(1 + odd * denominator)
      numerator = kept(1 + odd / numerator)
      let change = denominator * numerator
      result *= change
      if abs(change - 1) < 1e-16 { break }
    }
    return result
  }
}
