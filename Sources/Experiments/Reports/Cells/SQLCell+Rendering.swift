import Analysis
import ExperimentFiles
import Store
import Text
import Values

extension SQLCell: RenderableCell {
  func fingerprint(_ context: CellContext) throws -> String {
    let result = try self.result(context)
    return try StoredJSON.text([result.columns]) + StoredJSON.text(result.rows)
  }

  func render(_ context: CellContext) throws -> RenderedCell {
    let result = try self.result(context)
    let rows = result.rows.prefix(limit)
    var rendered =
      if let chart {
        try drawn(
          chart, result.columns, Array(rows), isAll: result.rows.count <= limit, context)
      } else { try table(result) }
    rendered.values["rows"] = .number(Double(rows.count))
    if result.rows.count == 1, let row = result.rows.first {
      for (column, value) in zip(result.columns, row) { rendered.values[column] = cellValue(value) }
    }
    rendered.data = .object([
      "columns": .array(result.columns.map { .string($0) }),
      "rows": .array(rows.map { row in .array(row.map { cellValue($0).json }) }),
    ])
    return rendered
  }

  private func drawn(
    _ chart: Chart, _ columns: [String], _ rows: [[QueryResult.Value]], isAll: Bool,
    _ context: CellContext
  ) throws -> RenderedCell {
    let data = try chartData(chart, columns, rows)
    guard let drawing = draw(chart, data) else {
      return RenderedCell(
        "*Nothing to draw: the query gives no \(rows.isEmpty ? "row" : "number").*")
    }
    let notes = drawing.notes + (isAll ? [] : ["The first \(limit) rows."])
    var rendered = RenderedCell()
    var parts = [context.picture(svg: drawing.svg, alternative: chartAlternative, in: &rendered)]
    if !notes.isEmpty {
      parts.append("*\(notes.map(MarkdownText.escaped).joined(separator: " "))*")
    }
    rendered.markdown = parts.joined(separator: "\n\n")
    return rendered
  }

  private func table(_ result: QueryResult) throws -> RenderedCell {
    let rows = result.rows.prefix(limit)
    guard alignments.count <= 1 || alignments.count == result.columns.count else {
      throw CellError(
        "'align' has \(alignments.count) words and the table \(result.columns.count) columns")
    }
    let marks = ["left": ":--", "right": "--:", "center": ":-:"]
    let signs = result.columns.indices.map { column in
      let word = alignments.count > 1 ? alignments[column] : alignments.first
      let isNumeric =
        rows.contains { $0[column].isNumber }
        && rows.allSatisfy { $0[column].isNumber || $0[column] == .null }
      return word.flatMap { marks[$0] } ?? (isNumeric ? "--:" : ":--")
    }
    var rendered = RenderedCell(
      MarkdownText.table(
        header: result.columns.map(MarkdownText.escaped), alignments: signs,
        rows: rows.map { row in row.map { MarkdownText.escaped(text($0)) } }))
    if rows.isEmpty { rendered.markdown += "\n\n*No row.*" }
    if result.rows.count > limit { rendered.markdown += "\n\n*The first \(limit) rows.*" }
    return rendered
  }

  private func result(_ context: CellContext) throws -> QueryResult {
    do {
      return try context.store.cellQuery(
        query, experiment: context.runs.experiment.name, limit: limit,
        seconds: context.querySeconds)
    } catch let error as StoreError where error.kind == .badInput {
      throw CellError(error.description)
    }
  }

  private func text(_ value: QueryResult.Value) -> String {
    switch value {
    case .null: "–"
    case .integer(let value): value < 0 ? DecimalText.minus + String(value.magnitude) : "\(value)"
    case .number(let value): InlineFormat.number(value, digits: digits)
    case .text(let text): text
    case .bytes(let count): "(\(count) bytes)"
    }
  }

  private func cellValue(_ value: QueryResult.Value) -> CellValue {
    switch value {
    case .null: .none
    case .integer(let value): .number(Double(value))
    case .number(let value): .number(value)
    case .text(let text): .text(text)
    case .bytes: .none
    }
  }
}

extension QueryResult.Value {
  fileprivate var isNumber: Bool {
    switch self {
    case .integer, .number: true
    case .null, .text, .bytes: false
    }
  }
}
