import Text

/// From data to pixels along one axis, with ticks at round values.
package struct AxisScale {
  package enum Kind: Sendable {
    case linear, logarithmic
  }

  package struct Tick: Sendable, Hashable {
    package var value: Double
    /// nil: a grid line only.
    package var label: String?
  }

  package let kind: Kind
  package let low: Double
  package let high: Double
  package let ticks: [Tick]
  /// Ticks are names at 0, 1, 2, …
  package var isCategorical = false

  /// Beyond this a plot shows no more, and differences stay finite.
  private static let limit = 1e150

  /// Round steps of 1, 2 or 5 times a power of ten.
  ///
  /// - Parameters:
  ///   - values: finite ones count; none of them gives 0…1.
  ///   - widened: ends at ticks, else at the data.
  package static func linear(
    covering values: some Sequence<Double>, about count: Int, widened: Bool = true
  ) -> AxisScale {
    var (low, high) = range(values) ?? (0, 1)
    // Flat, or as good as: rounding would eat the steps.
    let largest = max(abs(low), abs(high))
    if high - low <= max(1e-12 * largest, 1e-280) {
      let margin = largest < 1e-280 ? 1 : largest * 0.1
      low -= margin
      high += margin
    }
    let step = roundStep((high - low) / Double(max(1, count)))
    var first = (low / step - 1e-9).rounded(.up)
    var last = (high / step + 1e-9).rounded(.down)
    if widened {
      first = (low / step + 1e-9).rounded(.down)
      last = (high / step - 1e-9).rounded(.up)
      low = min(low, first * step)
      high = max(high, last * step)
    }
    let ticks = stride(from: first, through: last, by: 1).map { index in
      Tick(value: index * step, label: label(index * step, step: step, largest: max(-low, high)))
    }
    return AxisScale(kind: .linear, low: low, high: high, ticks: ticks)
  }

  /// Ticks at powers of ten, and at 2 and 5 times them or closer where there are few; values that
  /// are not above 0 do not count.
  package static func logarithmic(covering values: some Sequence<Double>) -> AxisScale {
    let positive = values.lazy.filter { $0 > 0 }.map { max($0, 1 / limit) }
    let (low, high) = range(positive) ?? (0.1, 1)
    let isFlat = high <= low * (1 + 1e-9)
    if !isFlat, high <= 3 * low {
      // Over so little a logarithm is almost straight: even steps. They are at most half of what
      // is between the ends, so that the first tick stays above 0.
      let even = linear(covering: [low, high], about: 5)
      return AxisScale(kind: .logarithmic, low: even.low, high: even.high, ticks: even.ticks)
    }
    let isShort = !isFlat && high < 10 * low && tickCount(coarse, from: low, to: high) < 3
    let mantissas = isShort ? fine : coarse
    let start = bracket(low, mantissas).below
    var end = bracket(high, mantissas).above
    if end <= start { end = bracket(start * 1.5, mantissas).above }

    let first = DecimalText.exponent(of: start, digits: 10)
    let last = DecimalText.exponent(of: end, digits: 10)
    let decades = log(end / start)
    let every = max(1, Int((decades / 7).rounded(.up)))
    var ticks: [Tick] = []
    for exponent in first...max(first, last) {
      for mantissa in 1...9 {
        let value = Double(mantissa) * DecimalText.power(exponent)
        guard value >= start * (1 - 1e-9), value <= end * (1 + 1e-9) else { continue }
        let labelled =
          decades <= 2.5
          ? mantissas.contains(mantissa)
          : mantissa == 1 && (exponent - first) % every == 0
        // Of very many decades those without a label have no line either.
        guard labelled || mantissa == 1 && every <= 2 else { continue }
        ticks.append(Tick(value: value, label: labelled ? label(power: exponent, mantissa) : nil))
      }
    }
    return AxisScale(kind: .logarithmic, low: start, high: end, ticks: ticks)
  }

  /// Where a value lies between the pixels `from` (low) and `to` (high), kept inside them; nil if
  /// it has no place.
  package func position(_ value: Double, from: Double, to: Double) -> Double? {
    guard !value.isNaN else { return nil }
    let share: Double
    switch kind {
    case .linear: share = (value - low) / (high - low)
    case .logarithmic:
      guard value > 0 else { return nil }
      share = Self.log(value / low) / Self.log(high / low)
    }
    return from + max(0, min(1, share)) * (to - from)
  }

  // MARK: - Round numbers

  /// Ticks of a logarithmic axis within a power of ten.
  private static let coarse = [1, 2, 5]
  private static let fine = [1, 2, 3, 4, 6, 8]

  /// How many ticks lie between two values that are less than a decade apart.
  private static func tickCount(_ mantissas: [Int], from low: Double, to high: Double) -> Int {
    let exponent = DecimalText.exponent(of: low, digits: 10)
    let ticks = [exponent, exponent + 1].flatMap { exponent in
      mantissas.map { Double($0) * DecimalText.power(exponent) }
    }
    return ticks.filter { low * (1 - 1e-9) <= $0 && $0 <= high * (1 + 1e-9) }.count
  }

  private static func range(_ values: some Sequence<Double>) -> (Double, Double)? {
    var low = Double.infinity
    var high = -Double.infinity
    for value in values where value.isFinite {
      low = min(low, max(-limit, value))
      high = max(high, min(limit, value))
    }
    return low <= high ? (low, high) : nil
  }

  private static func roundStep(_ step: Double) -> Double {
    let exponent = DecimalText.exponent(of: step, digits: 10)
    let unit = DecimalText.power(exponent)
    let mantissa = step / unit
    return (mantissa <= 1.000_001 ? 1 : mantissa <= 2 ? 2 : mantissa <= 5 ? 5 : 10) * unit
  }

  /// The nearest of 1, 2, … times a power of ten on either side of a positive value.
  private static func bracket(
    _ value: Double, _ mantissas: [Int]
  ) -> (below: Double, above: Double) {
    let exponent = DecimalText.exponent(of: value, digits: 10)
    let unit = DecimalText.power(exponent)
    let mantissa = value / unit
    let steps = mantissas.map(Double.init) + [10]
    let below = steps.last { $0 <= mantissa * (1 + 1e-9) } ?? 1
    let above = steps.first { $0 >= mantissa * (1 - 1e-9) } ?? 10
    return (below * unit, above * unit)
  }

  private static func label(_ value: Double, step: Double, largest: Double) -> String {
    if value == 0 { return "0" }
    if largest >= 1e6 || largest < 1e-4 {
      let digits =
        DecimalText.exponent(of: value, digits: 10) - DecimalText.exponent(of: step, digits: 10)
      return DecimalText.scientific(value, digits: max(1, digits + 1))
    }
    if step >= 1000, largest >= 10_000 {
      return DecimalText.fixed(value / 1000, decimals: 0) + "k"
    }
    return DecimalText.fixed(
      value, decimals: max(0, -DecimalText.exponent(of: step, digits: 10)))
  }

  private static func label(power exponent: Int, _ mantissa: Int) -> String {
    if (-4...4).contains(exponent) {
      return DecimalText.fixed(
        Double(mantissa) * DecimalText.power(exponent), decimals: max(0, -exponent))
    }
    return "\(mantissa)e\(exponent < 0 ? DecimalText.minus : "")\(abs(exponent))"
  }

  private static func log(_ value: Double) -> Double { decimalLogarithm(value) }
}
