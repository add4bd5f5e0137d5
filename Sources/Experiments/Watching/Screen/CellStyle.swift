/// How a place of the screen is painted.
package struct CellStyle: Sendable, Hashable {
  package enum Color: Sendable, Hashable {
    /// The terminal's own.
    case standard
    /// One of the terminal's sixteen.
    case named(UInt8)
    /// A line's colour, in the order of reports.
    case series(Int)
    case levels(UInt8, UInt8, UInt8)
  }

  package var ink = Color.standard
  package var paper = Color.standard
  package var isBold = false
  package var isDim = false
  package var isReversed = false

  package init(
    _ ink: Color = .standard, paper: Color = .standard, isBold: Bool = false, isDim: Bool = false,
    isReversed: Bool = false
  ) {
    (self.ink, self.paper, self.isBold) = (ink, paper, isBold)
    (self.isDim, self.isReversed) = (isDim, isReversed)
  }

  package static let plain = CellStyle()
  package static let bold = CellStyle(isBold: true)
  package static let dim = CellStyle(isDim: true)
  package static let selected = CellStyle(isReversed: true)
  package static let red = CellStyle(.named(1))
  package static let green = CellStyle(.named(2))
  package static let yellow = CellStyle(.named(3))
  package static let cyan = CellStyle(.named(6))
}
