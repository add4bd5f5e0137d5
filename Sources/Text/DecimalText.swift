import Foundation
public import Statistics

/// Numbers as text, the same on every machine: no locale, a point, no grouping.
public enum DecimalText {
  /// `1 run`, `2 runs`.
  package static func counted(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
    "\(count) \(count == 1 ? noun : plural ?? noun + "s")"
  }

  /// With `decimals` digits after the point; −0 is 0. "NaN", "∞" and "−∞" for what is not a number.
  package static func fixed(_ value: Double, decimals: Int) -> String {
    guard value.isFinite else { return special(value) }
    let decimals = max(0, min(decimals, 17))
    let scaled = (abs(value) * power(decimals)).rounded(.toNearestOrEven)
    guard scaled < 9e15 else { return scientific(value, digits: 4) }
    var digits = String(Int64(scaled))
    if decimals > 0 {
      digits = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
      digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -decimals))
    }
    return value < 0 && scaled != 0 ? minus + digits : digits
  }

  /// With `digits` significant digits; scientific where a plain number would be mostly zeros.
  package static func significant(_ value: Double, digits: Int) -> String {
    guard value.isFinite else { return special(value) }
    guard value != 0 else { return "0" }
    let exponent = exponent(of: value, digits: digits)
    if exponent < -4 || exponent >= max(6, digits) { return scientific(value, digits: digits) }
    return fixed(value, decimals: max(0, digits - 1 - exponent))
  }

  /// Like "1.25e−7".
  package static func scientific(_ value: Double, digits: Int) -> String {
    guard value.isFinite else { return special(value) }
    guard value != 0 else { return "0" }
    let exponent = exponent(of: value, digits: digits)
    // In two steps, since 10^−exponent alone overflows for the smallest numbers.
    let half = exponent / 2
    let mantissa = value / power(half) / power(exponent - half)
    let text = fixed(mantissa, decimals: digits - 1)
    return "\(text)e\(exponent < 0 ? minus : "")\(abs(exponent))"
  }

  /// "12.3 ± 0.4", rounded to what the half width leaves certain: two of its digits if it starts
  /// with 1 or 2, else one (the particle data group's habit), and more where rounding would hide
  /// on which side of the interval 0 is. `digits` without one, or with a negligible one.
  public static func interval(_ interval: Statistics.Interval, digits: Int = 4) -> String {
    guard let half = interval.halfWidth, half > 1e-9 * abs(interval.mean) else {
      return significant(interval.mean, digits: digits)
    }
    let exponent = exponent(of: half, digits: 2)
    let leading = half / power(exponent)
    var decimals = (leading < 3 ? 1 : 0) - exponent
    func isOutside(_ value: Double, _ half: Double) -> Bool { abs(value) > half }
    func hidesZero(_ decimals: Int) -> Bool {
      let scale = power(decimals)
      let mean = (interval.mean * scale).rounded(.toNearestOrEven)
      return isOutside(mean, (half * scale).rounded(.toNearestOrEven))
        != isOutside(interval.mean, half)
    }
    if let finer = (0...3).first(where: { !hidesZero(decimals + $0) }) { decimals += finer }
    guard decimals <= 8, abs(interval.mean) < 1e6, half < 1e6 else {
      return "\(scientific(interval.mean, decimals: decimals)) ± "
        + scientific(half, decimals: decimals)
    }
    return "\(rounded(interval.mean, decimals: decimals)) ± \(rounded(half, decimals: decimals))"
  }

  /// The typographic minus sign.
  public static let minus = "−"

  /// ⌊log₁₀|value|⌋ of the value once rounded to `digits` digits; 0 of what has no logarithm.
  package static func exponent(of value: Double, digits: Int) -> Int {
    guard value.isFinite, value != 0 else { return 0 }
    let estimate = Int(log10(abs(value)).rounded(.down))
    let half = estimate / 2
    let mantissa = abs(value) / power(half) / power(estimate - half)
    let rounded = (mantissa * power(digits - 1)).rounded()
    if rounded >= power(digits) { return estimate + 1 }
    return rounded < power(digits - 1) ? estimate - 1 : estimate
  }

  package static func power(_ exponent: Int) -> Double { pow(10, Double(exponent)) }

  /// Like `scientific` with as many digits as are left when the value is rounded to `decimals`
  /// decimals, which may be negative.
  private static func scientific(_ value: Double, decimals: Int) -> String {
    let units = (value * power(decimals)).rounded(.toNearestOrEven)
    // Where the unit is too small for a number.
    guard units.isFinite else { return scientific(value, digits: 2) }
    guard units != 0 else { return "0" }
    let digits = exponent(of: units, digits: 15) + 1
    let order = digits - 1 - decimals
    let text = fixed(units / power(digits - 1), decimals: digits - 1)
    return "\(text)e\(order < 0 ? minus : "")\(abs(order))"
  }

  /// Like `fixed`, with digits before the point rounded away where `decimals` is negative.
  private static func rounded(_ value: Double, decimals: Int) -> String {
    guard decimals < 0 else { return fixed(value, decimals: decimals) }
    let unit = power(-decimals)
    return fixed((value / unit).rounded(.toNearestOrEven) * unit, decimals: 0)
  }

  private static func special(_ value: Double) -> String {
    value.isNaN ? "NaN" : value < 0 ? "\(minus)∞" : "∞"
  }
}
