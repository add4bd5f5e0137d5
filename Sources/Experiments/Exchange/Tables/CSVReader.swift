import Store
import Values

/// Reads runs from comma-separated values (RFC 4180): the first line names the columns; a cell in double quotes may hold
/// separators, line breaks and doubled quotes; lines end in CRLF or LF; a mark of UTF-8 at the beginning is passed over.
struct CSVReader: ForeignReader {
  let path: String
  let columns: ImportColumns
  let steps: StepChoice
  let experiment: String

  func forEachRun(
    _ notices: inout ImportNotices, _ body: (ForeignRun) throws -> Void
  ) throws {
    var rows = CSVRows(try SourceFile.read(path), separator: columns.separator)
    guard let header = try row(&rows) else {
      throw StoreError(.badInput, "'\(path)' is empty; its first line names the columns")
    }
    let names = header.map { rows.text($0) }
    for name in columns.all {
      let count = names.count { $0 == name }
      if count == 1 { continue }
      throw StoreError(
        .badInput,
        "'\(path)' has \(count == 0 ? "no column" : "\(count) columns") '\(name)'; it has "
          + names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", …" : ""))
    }
    let places = Dictionary(zip(names, names.indices)) { first, _ in first }
    var table = ForeignTable(.csv, path: path, columns: columns, steps: steps)
    while true {
      let line = rows.line
      guard let cells = try row(&rows) else { break }
      if cells.count == 1, cells[0].range.isEmpty { continue }
      guard cells.count == names.count else {
        throw StoreError(
          .badInput,
          "'\(path)', line \(line): \(cells.count) cells, and the first line names \(names.count) columns"
        )
      }
      try table.add(CSVRow(bytes: rows.bytes, cells: cells, places: places), line: line, &notices)
    }
    try table.forEachRun(experiment: experiment, &notices, body)
  }

  private func row(_ rows: inout CSVRows) throws -> [CSVRows.Cell]? {
    let line = rows.line
    do {
      return try rows.next()
    } catch {
      throw StoreError(
        .badInput,
        "'\(path)', line \(line): \(error.problem) (RFC 4180 doubles a quote within quotes)")
    }
  }
}

private struct CSVRow: ForeignRow {
  let bytes: [UInt8]
  let cells: [CSVRows.Cell]
  let places: [String: Int]

  func text(_ column: String) -> String? {
    guard let cell = places[column].map({ cells[$0] }), !cell.range.isEmpty else { return nil }
    return cell.text(bytes)
  }

  func value(_ column: String) -> JSONValue? {
    guard let cell = places[column].map({ cells[$0] }), !cell.range.isEmpty else { return nil }
    return JSONScanner.number(bytes, in: cell.range) ?? .string(cell.text(bytes))
  }
}

/// The lines of a table, cell by cell.
struct CSVRows {
  struct Damage: Error { var problem: String }

  struct Cell {
    /// Without the quotes around it.
    var range: Range<Int>
    /// Whether quotes within are doubled.
    var isEscaped = false

    func text(_ bytes: [UInt8]) -> String {
      let text = String(decoding: bytes[range], as: UTF8.self)
      return isEscaped ? text.replacing("\"\"", with: "\"") : text
    }
  }

  let bytes: [UInt8]
  private let separator: UInt8
  private var place: Int
  /// Of the row that comes next, from 1.
  private(set) var line = 1

  init(_ bytes: [UInt8], separator: UInt8 = UInt8(ascii: ",")) {
    self.bytes = bytes
    self.separator = separator
    place = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  func text(_ cell: Cell) -> String { cell.text(bytes) }

  /// - Throws: `Damage`.
  mutating func next() throws(Damage) -> [Cell]? {
    guard place < bytes.count else { return nil }
    var cells: [Cell] = []
    while true {
      cells.append(try cell())
      guard place < bytes.count, bytes[place] == separator else { break }
      place += 1
    }
    if place < bytes.count, bytes[place] == 0x0D { place += 1 }
    if place < bytes.count, bytes[place] == 0x0A { place += 1 }
    line += 1
    return cells
  }

  private mutating func cell() throws(Damage) -> Cell {
    guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else {
      let start = place
      while place < bytes.count, bytes[place] != separator, bytes[place] != 0x0A,
        bytes[place] != 0x0D
      {
        place += 1
      }
      return Cell(range: start..<place)
    }
    place += 1
    let start = place
    var isEscaped = false
    while true {
      guard place < bytes.count else {
        throw Damage(problem: "a quote that begins here is not closed")
      }
      if bytes[place] == 0x0A { line += 1 }
      guard bytes[place] == UInt8(ascii: "\"") else {
        place += 1
        continue
      }
      guard place + 1 < bytes.count, bytes[place + 1] == UInt8(ascii: "\"") else { break }
      isEscaped = true
      place += 2
    }
    let cell = Cell(range: start..<place, isEscaped: isEscaped)
    place += 1
    let isEnd = place == bytes.count || [separator, 0x0A, 0x0D].contains(bytes[place])
    guard isEnd else { throw Damage(problem: "something follows a closing quote") }
    return cell
  }
}

/// The first line of a table.
package enum CSVHeader {
  /// The names of its columns; nil where there are none to be read.
  /// - Throws: `StoreError`: `notFound`, `inputOutput`.
  package static func names(_ path: String, separator: UInt8) throws -> [String]? {
    let bytes = SourceFile.beginning(path, count: 1 << 16)
    var rows = CSVRows(bytes, separator: separator)
    guard let header = try? rows.next() else { return nil }
    return header.map { rows.text($0) }
  }
}
