import Text

/// A label broken into lines that fit a width.
struct TextBlock {
  let scale: Int
  private let lines: [String]
  private static let mostLines = 3
  /// Free pixels between two lines at scale 1.
  private static let leading = 1

  /// - Parameter scale: of the font.
  init(_ text: String, width: Int, scale: Int) {
    self.scale = scale
    lines = BrokenLines.of(text, most: Self.mostLines, ellipsis: "..") {
      BitmapFont.width(of: $0) <= width / scale
    }
  }

  /// Pixels of the widest line.
  var width: Int { (lines.map(BitmapFont.width).max() ?? 0) * scale }

  /// Pixels from the top of the first line to the foot of the last.
  var height: Int {
    width == 0 ? 0 : (lines.count * (BitmapFont.height + Self.leading) - Self.leading) * scale
  }

  /// The lines with their places; `x` gives the left edge of a line of a given width in pixels.
  func lines(top: Int, x: (Int) -> Int) -> [GridLayout.Line] {
    lines.enumerated().map { index, line in
      GridLayout.Line(
        text: line, x: x(BitmapFont.width(of: line) * scale),
        y: top + index * (BitmapFont.height + Self.leading) * scale, scale: scale)
    }
  }
}
