/// A cell of a comma-separated file (RFC 4180).
enum CSVText {
  /// Foreign text: in quotes where it needs them, control characters and marks that turn the
  /// direction of writing as U+FFFD. A text that a spreadsheet would take for a formula, because it
  /// begins with `=`, `+`, `-`, `@` or a tab and is no number, gets an apostrophe in front; so does
  /// one that begins with apostrophes and then such a character: taking one apostrophe away gives
  /// the text back.
  static func cell(_ text: String) -> String {
    var text = SafeText.lines(text)
    let begin = text.drop { $0 == "'" }.unicodeScalars.first
    if let begin, "=+-@\t".unicodeScalars.contains(begin), Double(text) == nil {
      text = "'" + text
    }
    let needsQuotes = text.unicodeScalars.contains { ",\"\n\r".unicodeScalars.contains($0) }
    guard needsQuotes else { return text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }

  /// All digits, so that it reads back as the same double; `NaN`, `Infinity`, `-Infinity`.
  static func cell(_ number: Double) -> String { number.canonical }

  static func row(_ cells: [String]) -> String { cells.joined(separator: ",") + "\r\n" }
}
