/// What a mark is coloured by.
package enum PlotColor: Sendable, Hashable, ExpressibleByIntegerLiteral {
  /// One of a few: a colour of the palette, beyond it with another dash pattern or shape.
  case series(Int)
  /// A place on the colour scale, 0 … 1.
  case scale(Double)
  /// Has no value to be coloured by.
  case none

  package init(integerLiteral value: Int) { self = .series(value) }

  /// Which colour of a palette of places 0 … 1 in even steps.
  package static func step(_ place: Double) -> Int {
    let steps = Double(PlotTheme.rampCount)
    return place.isNaN ? 0 : Int(max(0, min(steps - 1, place * steps)))
  }
}

extension PlotTheme {
  /// The class of a line in that colour.
  package static func stroke(_ color: PlotColor) -> String {
    switch color {
    case .series(let index): stroke(index)
    case .scale(let place): "r\(PlotColor.step(place))"
    case .none: "r-none"
    }
  }

  /// The class of an area or mark in that colour.
  package static func fill(_ color: PlotColor) -> String {
    switch color {
    case .series(let index): fill(index)
    case .scale(let place): "q\(PlotColor.step(place))"
    case .none: "q-none"
    }
  }

  /// The dash pattern of a line in that colour, as an attribute with a leading blank.
  package static func dash(_ color: PlotColor) -> String {
    if case .series(let index) = color { return dash(index) }
    return ""
  }
}

/// From values to places on the colour scale, in even steps of the value or of its logarithm.
package struct ColorScale: Sendable {
  package var title: String
  package var kind: AxisScale.Kind
  package var low: Double
  package var high: Double

  /// - Parameter values: finite ones count, and above 0 on a logarithmic scale; none gives 0…1.
  package init(title: String, kind: AxisScale.Kind, covering values: some Sequence<Double>) {
    self.title = title
    self.kind = kind
    let usable = values.filter { $0.isFinite && (kind == .linear || $0 > 0) }
    low = usable.min() ?? (kind == .linear ? 0 : 0.1)
    high = usable.max() ?? 1
  }

  package func color(_ value: Double) -> PlotColor {
    guard !value.isNaN, kind == .linear || value > 0 else { return .none }
    guard high > low else { return .scale(0.5) }
    let place =
      kind == .linear
      ? (value - low) / (high - low)
      : decimalLogarithm(value / low) / decimalLogarithm(high / low)
    return .scale(max(0, min(1, place)))
  }
}
