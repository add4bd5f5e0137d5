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
    lines = Self.broken(text, width: width / scale)
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

  /// Breaks after a space or one of `=,/:_-.` (but not within a number), within a word only where a word alone is too wide.
  private static func broken(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in words(text) {
      if BitmapFont.width(of: trimmed(line + word)) <= width {
        line += word
        continue
      }
      if !line.isEmpty { lines.append(trimmed(line)) }
      line = ""
      for character in word {
        if !line.isEmpty, BitmapFont.width(of: trimmed(line + String(character))) > width {
          lines.append(line)
          line = ""
        }
        line.append(character)
      }
    }
    if !trimmed(line).isEmpty { lines.append(trimmed(line)) }
    guard lines.count > mostLines else { return lines }
    var last = lines[mostLines - 1]
    while !last.isEmpty, BitmapFont.width(of: last + "..") > width { last.removeLast() }
    return lines.prefix(mostLines - 1) + [last + ".."]
  }

  private static func words(_ text: String) -> [String] {
    var words = [""]
    for character in text {
      if let last = words[words.count - 1].last, " =,/:_-.".contains(last),
        last != "." || character.isLetter
      {
        words.append("")
      }
      words[words.count - 1].append(character)
    }
    return words
  }

  private static func trimmed(_ line: String) -> String {
    var line = Substring(line)
    while line.last == " " { line.removeLast() }
    while line.first == " " { line.removeFirst() }
    return String(line)
  }
}
