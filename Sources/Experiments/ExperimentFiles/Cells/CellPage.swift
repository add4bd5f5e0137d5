import Text

/// How a cell's plot sits on its page: keys that all cells with a plot share.
package struct CellPage: Sendable, Hashable {
  package static let keys = [
    CellKey("title", .text, "A title above the plot."),
    CellKey(
      "width", .length(120...4000), standard: "760px",
      "How wide the picture is, as in `84mm`, `3.3in`, `240pt` or `760px`; a journal's column, say."
    ),
    CellKey(
      "font_size", .length(4...72), standard: "12.5px",
      "How large its type is, as in `8pt`: all else keeps its proportion to it."),
  ]

  package let title: String?
  /// In px, 1/96 inch; nil: as ever.
  package let width: Double?
  package let fontSize: Double?

  init(_ values: CellValues, into diagnostics: inout Diagnostics) {
    title = values.text("title")
    width = values.number("width")
    fontSize = values.number("font_size")
    let type = fontSize ?? Self.standard.fontSize
    guard (width ?? Self.standard.width) < Self.leastWidth * type else { return }
    let key = values.has("width") ? "width" : "font_size"
    diagnostics.error(
      "a plot is at least \(Int(Self.leastWidth)) times as wide as its type is large, "
        + "\(Length.text(Self.leastWidth * type, unit: .mm)) for type of \(Length.text(type, unit: .pt))",
      at: values.place(key), hint: "set a greater width or a smaller font_size")
  }

  /// In px.
  private static let standard = (width: 760.0, fontSize: 12.5)
  /// In units of the type's size.
  private static let leastWidth = 16.0
}

/// Lengths on paper and on screens, in px of 1/96 inch.
enum Length {
  enum Unit: String, CaseIterable {
    case px, pt, mm, cm
    case inch = "in"

    var pixels: Double {
      switch self {
      case .px: 1
      case .pt: 96.0 / 72
      case .mm: 96 / 25.4
      case .cm: 96 / 2.54
      case .inch: 96
      }
    }
  }

  /// `84mm`, `3.3 in`; nil without a number or a unit.
  static func pixels(_ text: String) -> Double? {
    for unit in Unit.allCases where text.hasSuffix(unit.rawValue) {
      guard let value = Double(String(text.dropLast(unit.rawValue.count)).trimmed), value.isFinite
      else { return nil }
      return value * unit.pixels
    }
    return nil
  }

  static func text(_ pixels: Double, unit: Unit) -> String {
    DecimalText.significant(pixels / unit.pixels, digits: 3) + unit.rawValue
  }
}
