import Store
import Values

/// Reads runs from JSON lines: an object a line, whose keys are the columns; `a.b` is also the `b` within `a`. As Python
/// writes them, `NaN` and `Infinity` are numbers; so are the texts "NaN", "Infinity" and "-Infinity".
struct JSONLinesReader: ForeignReader {
  let path: String
  let columns: ImportColumns
  let steps: StepChoice
  let experiment: String

  func forEachRun(
    _ notices: inout ImportNotices, _ body: (ForeignRun) throws -> Void
  ) throws {
    let bytes = try SourceFile.read(path)
    var table = ForeignTable(.jsonl, path: path, columns: columns, steps: steps)
    var seen: Set<String> = []
    var (place, line) = (0, 0)
    while place < bytes.count {
      line += 1
      let end = bytes[place...].firstIndex(of: 0x0A) ?? bytes.count
      defer { place = end + 1 }
      let isBlank = bytes[place..<end].allSatisfy { [0x20, 0x09, 0x0D].contains($0) }
      if isBlank { continue }
      let value: JSONValue
      do {
        value = try JSONScanner.value(bytes, in: place..<end)
      } catch {
        if end == bytes.count {
          notices.add(
            place:
              "'\(path)', line \(line) is not whole, as a writer leaves it that was killed; it was left out"
          )
          break
        }
        throw StoreError(
          .badInput,
          "'\(path)', line \(line): no JSON, from byte \(error.offset - place + 1) of the line on")
      }
      guard case .object(let members) = value else {
        throw StoreError(.badInput, "'\(path)', line \(line): an object is expected")
      }
      let row = JSONRow(members: members)
      if seen.count < columns.all.count {
        for column in columns.all where row.member(column) != nil { seen.insert(column) }
      }
      try table.add(row, line: line, &notices)
    }
    if let missing = columns.all.first(where: { !seen.contains($0) }) {
      throw StoreError(.badInput, "no line of '\(path)' has the key '\(missing)'")
    }
    try table.forEachRun(experiment: experiment, &notices, body)
  }
}

private struct JSONRow: ForeignRow {
  let members: [String: JSONValue]

  func member(_ column: String) -> JSONValue? {
    if let member = members[column] { return member }
    guard column.contains(".") else { return nil }
    var value = JSONValue.object(members)
    for key in column.split(separator: ".") {
      guard case .object(let inner) = value, let next = inner[String(key)] else { return nil }
      value = next
    }
    return value
  }

  func text(_ column: String) -> String? {
    switch member(column) {
    case nil, .null: nil
    case .string(let text): text.isEmpty ? nil : text
    case let value?: value.canonical
    }
  }

  func value(_ column: String) -> JSONValue? {
    let value = member(column)
    return value == .null ? nil : value
  }
}
