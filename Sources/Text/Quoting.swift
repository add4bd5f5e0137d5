/// Text safe to print on one line of a terminal: a scalar that would move the cursor, start a
/// new line or send an escape sequence becomes a blank.
package func printable(_ scalars: some Sequence<Unicode.Scalar>) -> String {
  var text = String.UnicodeScalarView()
  for scalar in scalars {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .format: text.append(" ")
    default: text.append(scalar)
    }
  }
  return String(text)
}

/// Text in quotes for an error message: one line, at most 60 characters.
package func quoted(_ text: String) -> String {
  let scalars = text.unicodeScalars
  return "'\(printable(scalars.prefix(60)))\(scalars.count > 60 ? "…" : "")'"
}

/// `a`, `a or b`, `a, b or c`.
package func alternatives(_ words: [String]) -> String {
  guard words.count > 1, let last = words.last else { return words.first ?? "" }
  return words.dropLast().joined(separator: ", ") + " or " + last
}

extension String {
  /// Without blanks at either end.
  package var trimmed: String {
    let scalars = unicodeScalars.drop { $0.properties.isWhitespace }
    let blanks = scalars.reversed().prefix { $0.properties.isWhitespace }.count
    return String(String.UnicodeScalarView(scalars.dropLast(blanks)))
  }

  /// Words with one blank between them.
  package var oneLine: String { split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}
