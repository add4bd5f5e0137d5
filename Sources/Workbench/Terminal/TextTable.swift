/// A table as text: aligned for a terminal, as Markdown, or as CSV.
struct TextTable: Equatable {
  enum Format: Equatable {
    case plain
    case markdown
    case csv
  }

  struct Column: Equatable {
    var title: String
    var alignsRight = false

    init(_ title: String, alignsRight: Bool = false) {
      self.title = title
      self.alignsRight = alignsRight
    }
  }

  var columns: [Column]
  /// A text a column each.
  private(set) var rows: [[String]] = []

  init(_ columns: [Column]) {
    self.columns = columns
  }

  mutating func append(_ row: [String]) {
    precondition(row.count == columns.count)
    rows.append(row)
  }

  /// Every line ends in a line break.
  func rendered(_ format: Format = .plain) -> String {
    switch format {
    case .plain: plain()
    case .markdown: markdown()
    case .csv: csv()
    }
  }

  private func plain() -> String {
    let cells = ([columns.map(\.title)] + rows).map { $0.map { printable($0) } }
    let widths = columns.indices.map { column in
      cells.map { displayWidth($0[column]) }.max() ?? 0
    }
    return cells.map { row in
      var line = ""
      for (index, cell) in row.enumerated() {
        let padding = String(repeating: " ", count: widths[index] - displayWidth(cell))
        line +=
          (index > 0 ? "  " : "") + (columns[index].alignsRight ? padding + cell : cell + padding)
      }
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }

  /// GitHub-flavoured: what could end a cell or begin markup is escaped.
  private func markdown() -> String {
    func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
    return line(columns.map { TextTable.escaped($0.title) })
      + line(columns.map { $0.alignsRight ? "---:" : "---" })
      + rows.map { line($0.map(TextTable.escaped)) }.joined()
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in printable(text) {
      switch character {
      case "\\", "|", "`", "*", "_", "[", "]", "#", "~": result += "\\\(character)"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "&": result += "&amp;"
      default: result.append(character)
      }
    }
    return result
  }

  /// RFC 4180, with line breaks as the system writes them.
  private func csv() -> String {
    ([columns.map(\.title)] + rows).map { row in
      row.map(TextTable.quoted).joined(separator: ",") + "\n"
    }.joined()
  }

  private static func quoted(_ text: String) -> String {
    let text = printable(text, lines: true)
    guard text.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return text }
    return "\""
      + text.split(separator: "\"", omittingEmptySubsequences: false)
      .joined(separator: "\"\"") + "\""
  }
}
