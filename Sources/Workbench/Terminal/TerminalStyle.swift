import Foundation
import Text

/// What the place that text goes to can show: colours and a width on a terminal, neither elsewhere.
struct TerminalStyle: Equatable {
  /// Columns; nil: as many as it takes.
  var width: Int?
  var hasColors = false

  /// A file, a pipe, a test.
  static let plain = TerminalStyle()

  /// Standard output: coloured unless NO_COLOR (no-color.org) or a dumb terminal forbids it.
  static var standardOutput: TerminalStyle {
    guard isatty(STDOUT_FILENO) == 1 else { return .plain }
    let environment = ProcessInfo.processInfo.environment
    let isBare = environment["NO_COLOR"]?.isEmpty == false || environment["TERM"] == "dumb"
    return TerminalStyle(width: width(of: STDOUT_FILENO), hasColors: !isBare)
  }

  /// A terminal's columns, where they are known.
  static func width(of descriptor: Int32) -> Int? {
    var size = winsize()
    let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return isKnown ? Int(size.ws_col) : nil
  }

  /// A terminal's rows, where they are known.
  static func height(of descriptor: Int32) -> Int? {
    var size = winsize()
    let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_row > 0
    return isKnown ? Int(size.ws_row) : nil
  }

  /// A width that prose reads well in.
  var textWidth: Int { min(width ?? 80, 100) }

  enum Color: Int {
    case bold = 1
    case dim = 2
    case red = 31
    case green = 32
    case yellow = 33
    case cyan = 36
  }

  /// - Parameter text: what cannot move the cursor: see `printable`.
  func colored(_ text: String, _ color: Color?) -> String {
    guard hasColors, let color, !text.isEmpty else { return text }
    return "\u{1B}[\(color.rawValue)m\(text)\u{1B}[0m"
  }
}

/// A text cut in the middle to take `width` columns at most: labels differ at either end.
func shortened(_ text: String, to width: Int) -> String { TerminalText.shortened(text, to: width) }

/// Text broken between words, each line ended by a line break; colours take no room.
func wrapped(_ text: String, width: Int) -> String {
  var lines = [(text: "", width: 0)]
  for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
    let room = displayWidth(String(word).replacing(/\u{1B}\[[0-9]+m/, with: ""))
    if lines[lines.count - 1].text.isEmpty {
      lines[lines.count - 1] = (String(word), room)
    } else if lines[lines.count - 1].width + 1 + room <= width {
      lines[lines.count - 1].text += " " + word
      lines[lines.count - 1].width += 1 + room
    } else {
      lines.append((String(word), room))
    }
  }
  return lines.map { $0.text.isEmpty ? "" : $0.text + "\n" }.joined()
}
