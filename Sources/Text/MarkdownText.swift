/// Foreign text inside GitHub-flavoured Markdown.
package enum MarkdownText {
  /// Shown as it is, on one line: no emphasis, link, HTML, table cell, mention or formula starts.
  package static func escaped(_ text: String) -> String {
    let scalars = Array(SafeText.singleLine(text).unicodeScalars)
    let digits = scalars.prefix { ("0"..."9").contains($0) }.count
    var result = ""
    for (index, scalar) in scalars.enumerated() {
      let endsWord = index + 1 == scalars.count || scalars[index + 1] == " "
      switch scalar {
      case "\\", "`", "*", "_", "[", "]", "<", ">", "|", "~", "&", "#", "!", "$", "@":
        result += "\\"
      case ":":
        // An address or an emoji's name continues after it.
        if !endsWord { result += "\\" }
      case "-", "+", "=":
        // A list or an underline of a heading, if it opened a line.
        if index == 0 { result += "\\" }
      case ".", ")":
        // "1. " would open a list.
        if index > 0, index == digits, endsWord { result += "\\" }
      default: break
      }
      result.unicodeScalars.append(scalar)
    }
    return result
  }

  /// A code span, on one line. In a table a pipe has to be escaped even there.
  package static func code(_ text: String, inTable: Bool = false) -> String {
    var line = SafeText.singleLine(text)
    if inTable { line.replace("|", with: "\\|") }
    let fence = String(repeating: "`", count: longestRun(of: "`", in: line) + 1)
    // One space is taken off either end, which is what a backtick there and a blank text need.
    let padded = line.hasPrefix("`") || line.hasSuffix("`") || line.isEmpty
    return padded ? "\(fence) \(line) \(fence)" : "\(fence)\(line)\(fence)"
  }

  /// A fenced block whose fence the text cannot close.
  package static func block(_ text: String, language: String) -> String {
    var text = SafeText.lines(text)
    while text.hasSuffix("\n") { text.removeLast() }
    let fence = String(repeating: "`", count: max(3, longestRun(of: "`", in: text) + 1))
    return "\(fence)\(language)\n\(text)\n\(fence)"
  }

  /// Paragraphs of prose as a quotation.
  package static func quotation(_ text: String) -> String {
    var paragraphs: [String] = []
    var current: [String] = []
    for line in SafeText.lines(text).split(separator: "\n", omittingEmptySubsequences: false) {
      let words = line.split { $0 == " " || $0 == "\t" }
      if words.isEmpty {
        if !current.isEmpty { paragraphs.append(current.joined(separator: " ")) }
        current = []
      } else {
        current.append(words.joined(separator: " "))
      }
    }
    if !current.isEmpty { paragraphs.append(current.joined(separator: " ")) }
    return paragraphs.map { "> " + escaped($0) }.joined(separator: "\n>\n")
  }

  /// A table; cells are Markdown already. `alignments` is one of ":--", "--:", ":-:" a column.
  package static func table(header: [String], alignments: [String], rows: [[String]]) -> String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
    return ([line(header), line(alignments)] + rows.map(line)).joined(separator: "\n")
  }

  private static func longestRun(of character: Character, in text: String) -> Int {
    var longest = 0
    var current = 0
    for element in text {
      current = element == character ? current + 1 : 0
      longest = max(longest, current)
    }
    return longest
  }
}
