import Exchange
import Text

/// A table as text: aligned for a terminal, as Markdown, or as CSV.
struct TextTable: Equatable {
  enum Format: Equatable {
    case plain
    case markdown
    case csv
  }

  struct Column: Equatable, ExpressibleByStringLiteral {
    /// What the cells are, which says how they are coloured, and whether they may be cut where the
    /// terminal is narrow.
    enum Kind: Equatable {
      case number
      case text
      /// Not cut: a part of it is of no use.
      case id
      /// A run's state.
      case state
      /// better, worse, tie, best …
      case verdict
    }

    var title: String
    var alignsRight = false
    var kind = Kind.text

    init(_ title: String, alignsRight: Bool = false, _ kind: Kind? = nil) {
      self.title = title
      self.alignsRight = alignsRight
      self.kind = kind ?? (alignsRight ? .number : .text)
    }

    init(stringLiteral title: String) { self.init(title) }

    static func number(_ title: String) -> Column { Column(title, alignsRight: true) }
  }

  var columns: [Column]
  /// One cell per column.
  private(set) var rows: [[TableCell]] = []

  init(_ columns: [Column]) {
    self.columns = columns
  }

  mutating func append(_ row: [TableCell]) {
    precondition(row.count == columns.count)
    rows.append(row)
  }

  /// Cells as people read them; what is empty is not there.
  mutating func append(_ row: [String]) {
    append(row.map { $0.isEmpty ? .none : .text($0) })
  }

  /// Every line ends in a line break.
  /// - Parameter style: of a plain table; others are the same everywhere.
  func rendered(_ format: Format = .plain, style: TerminalStyle = .plain) -> String {
    switch format {
    case .plain: plain(style)
    case .markdown: markdown()
    case .csv: csv()
    }
  }

  private func plain(_ style: TerminalStyle) -> String {
    let cells = ([columns.map(\.title)] + shown).map { $0.map { printable($0) } }
    let natural = columns.indices.map { column in
      cells.map { displayWidth($0[column]) }.max() ?? 0
    }
    let widths = style.width.map { fitted(natural, to: $0) } ?? natural
    return cells.enumerated().map { number, row in
      var line = ""
      var blanks = ""
      for (index, cell) in row.enumerated() {
        let text = shortened(cell, to: widths[index])
        let padding = String(repeating: " ", count: widths[index] - displayWidth(text))
        // Blanks wait for something to stand behind them, so that no line ends in some.
        blanks += index > 0 ? "  " : ""
        if columns[index].alignsRight { blanks += padding }
        if !text.isEmpty {
          line += blanks + style.colored(text, color(text, columns[index], isTitle: number == 0))
          blanks = ""
        }
        if !columns[index].alignsRight { blanks += padding }
      }
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }

  /// Takes from the widest columns that may be cut until a line fits, or none is left.
  private func fitted(_ natural: [Int], to limit: Int) -> [Int] {
    let least = 10
    var widths = natural
    var excess = widths.reduce(0, +) + 2 * max(0, widths.count - 1) - limit
    while excess > 0 {
      let candidates = columns.indices.filter { columns[$0].kind == .text && widths[$0] > least }
      guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
      widths[widest] -= 1
      excess -= 1
    }
    return widths
  }

  private func color(_ text: String, _ column: Column, isTitle: Bool) -> TerminalStyle.Color? {
    if isTitle { return .bold }
    switch column.kind {
    case .number, .text: return nil
    case .id: return .dim
    case .state:
      switch text.prefix(while: { $0 != " " }) {
      case "finished": return .green
      case "running": return .cyan
      case "failed", "crashed": return .red
      case "interrupted": return .yellow
      default: return .dim
      }
    case .verdict:
      switch text {
      case "better", "best", "decided": return .green
      case "worse": return .red
      case "tie": return .yellow
      default: return .dim
      }
    }
  }

  /// GitHub-flavoured: what could end a cell or begin markup is escaped.
  private func markdown() -> String {
    MarkdownText.table(
      header: columns.map { TextTable.escaped($0.title) },
      alignments: columns.map { $0.alignsRight ? "---:" : "---" },
      rows: shown.map { $0.map(TextTable.escaped) }) + "\n"
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

  /// Rows for people.
  private var shown: [[String]] {
    rows.map { row in
      row.map { cell in
        if case .number(let value) = cell { NumberText.inFull(value) } else { cell.text }
      }
    }
  }

  /// As exports write it, with line breaks as the system has them.
  private func csv() -> String {
    var rows = rows
    for column in columns.indices where columns[column].alignsRight {
      let numbers = rows.map { TextTable.number($0[column]) }
      guard numbers.allSatisfy({ $0 != nil }) else { continue }
      for row in rows.indices { rows[row][column] = numbers[row] ?? .none }
    }
    return CSVText.table(header: columns.map(\.title), rows: rows, end: "\n")
  }

  /// The number that a cell is, if it is one or nothing.
  private static func number(_ cell: TableCell) -> TableCell? {
    guard case .text(let text) = cell else { return cell }
    return Int(text).map { .integer($0) } ?? Double(text).map { .number($0) }
  }
}
