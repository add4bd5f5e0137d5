/// Foreign text for whatever renders Markdown. Its dialects differ in what a backslash escapes and in
/// what a line break is, but all take character entities, and two blanks before a line break.
extension MarkdownText {
  /// A text as it is, line by line, as a quotation; empty lines part its paragraphs.
  package static func verbatimQuotation(_ text: String) -> String {
    var lines: [String] = []
    for line in SafeText.lines(text).split(separator: "\n", omittingEmptySubsequences: false) {
      let isEmpty = line.allSatisfy { $0 == " " || $0 == "\t" }
      if isEmpty {
        if let last = lines.last, last != ">" { lines.append(">") }
      } else {
        if let last = lines.last, last != ">" { lines[lines.count - 1] += "  " }
        lines.append("> " + verbatim(line))
      }
    }
    if lines.last == ">" { lines.removeLast() }
    return lines.joined(separator: "\n")
  }

  /// One line as it is, in a paragraph or a table's cell. Blanks at its beginning stay.
  package static func verbatim(_ text: some StringProtocol) -> String {
    let scalars = Array(
      SafeText.singleLine(String(text).replacing("\t", with: "    ")).unicodeScalars)
    let begin = scalars.prefix { $0 == " " }.count
    let digits = scalars.dropFirst(begin).prefix { ("0"..."9").contains($0) }.count
    var end = scalars.count
    // Two would break the line.
    while end > begin, scalars[end - 1] == " " { end -= 1 }
    var result = ""
    for (index, scalar) in scalars[..<end].enumerated() {
      let isMarkup =
        switch scalar {
        case "&", "<", ">", "\\", "`", "*", "_", "[", "]", "~", "|": true
        // A heading, a list, an underline or a definition, if it opened a line.
        case "#", "+", "-", "=", ":": index == begin
        case ".", ")":
          digits > 0 && index == begin + digits && (index + 1 == end || scalars[index + 1] == " ")
        default: false
        }
      if index < begin {
        result += "&#160;"
      } else if isMarkup {
        result += "&#\(scalar.value);"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
