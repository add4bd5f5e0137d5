import Text

/// Comma-separated values (RFC 4180) that programs which guess types from the first rows read right
/// to the last one:
///
/// - Text is in quotes in every row, so that what a file may hold is seen at its beginning.
/// - A column has one type. In a column of numbers each has a decimal point or an exponent, unless
///   all are whole: otherwise a reader that saw `1` first makes whole numbers of the rest.
/// - What is not a number is `NaN`, `inf` or `-inf`, which Python, pandas, Polars, DuckDB and R take for
///   numbers, wherever in a file they stand.
/// - A text that a spreadsheet would take for a formula, because it begins with `=`, `+`, `-`, `@` or
///   a tab and is not a number, gets an apostrophe in front; so does one that begins with apostrophes
///   and then such a character: taking one apostrophe away gives the text back.
/// - Control characters and marks that turn the direction of writing are U+FFFD.
package enum CSVText {
  /// A whole table, one line per row.
  /// - Parameter end: of a line.
  package static func table(
    header: [String], rows: [[TableCell]], end: String = "\r\n"
  ) -> String {
    var columns = header.indices.map { column in rows.map { $0[column] } }
    for column in columns.indices { columns[column] = ofOneType(columns[column]) }
    let lines = rows.indices.map { row in line(columns.map { $0[row] }, end: end) }
    return self.header(header, end: end) + lines.joined()
  }

  /// Names of columns, each on one line and no two alike.
  package static func header(_ names: [String], end: String = "\r\n") -> String {
    var taken: Set<String> = []
    let cells = names.map { name in
      let plain = SafeText.singleLine(name)
      var told = plain
      var number = 2
      while !taken.insert(told).inserted {
        told = "\(plain) (\(number))"
        number += 1
      }
      return TableCell.text(told)
    }
    return line(cells, end: end)
  }

  /// A row whose columns have one type each.
  package static func line(_ cells: [TableCell], end: String = "\r\n") -> String {
    cells.map(written).joined(separator: ",") + end
  }

  /// A column's cells with one type: whole numbers, numbers, truth values, or else text.
  package static func ofOneType(_ column: [TableCell]) -> [TableCell] {
    var (whole, numbers, truths) = (true, true, true)
    for cell in column {
      switch cell {
      case .none: break
      case .integer: truths = false
      case .number: (whole, truths) = (false, false)
      case .boolean: (whole, numbers) = (false, false)
      case .text: return column.map(asText)
      }
    }
    if whole || truths { return column }
    guard numbers else { return column.map(asText) }
    return column.map { cell in
      if case .integer(let value) = cell { .number(Double(value)) } else { cell }
    }
  }

  private static func asText(_ cell: TableCell) -> TableCell {
    cell == .none ? .none : .text(cell.text)
  }

  package static func written(_ cell: TableCell) -> String {
    guard case .text(let text) = cell else { return cell.text }
    var line = SafeText.lines(text)
    let begin = line.drop { $0 == "'" }.unicodeScalars.first
    if let begin, "=+-@\t".unicodeScalars.contains(begin), Double(line) == nil {
      line = "'" + line
    }
    return "\"" + line.replacing("\"", with: "\"\"") + "\""
  }
}
