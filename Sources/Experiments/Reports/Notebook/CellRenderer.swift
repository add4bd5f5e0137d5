import Analysis
import Diffusion
import ExperimentFiles
import Foundation
import Store
import Text
import Values

/// Renders the cells of a report, each once, after those that it needs.
struct CellRenderer {
  /// A cell with what it came to.
  struct Result {
    var cell: ReportCell
    var rendered: RenderedCell
    /// Why it could not be rendered.
    var error: String?
    /// Hash of its text and of everything that it looked at.
    var key: String
  }

  private let store: RunStore
  private let experiment: String
  private let report: String
  private let usesCache: Bool
  private let querySeconds: Double
  private let notesRuns: Bool
  private var tables: [String: RunTable] = [:]
  private var values: [String: [String: CellValue]] = [:]
  private var fresh: [String: Data] = [:]

  /// - Parameters:
  ///   - table: the experiment's own runs.
  ///   - querySeconds: how long a query may take.
  ///   - notesRuns: whether a cell says what is missing of its runs.
  init(
    store: RunStore, report: String, table: RunTable, usesCache: Bool, querySeconds: Double,
    notesRuns: Bool
  ) {
    self.store = store
    self.report = report
    self.usesCache = usesCache
    self.querySeconds = querySeconds
    self.notesRuns = notesRuns
    experiment = table.experiment.name
    tables[experiment] = table
  }

  /// In the cells' own order.
  /// - Throws: `StoreError`.
  mutating func render(_ cells: [ReportCell]) throws -> [Result] {
    var results = [Result?](repeating: nil, count: cells.count)
    for index in CellGraph.order(cells) {
      let result = try render(cells[index])
      results[index] = result
      if let name = cells[index].name { values[name] = result.rendered.values }
    }
    let all = results.compactMap { $0 }
    if usesCache { try keep(all.map(\.key)) }
    return all
  }

  private mutating func render(_ cell: ReportCell) throws -> Result {
    do {
      let context = try context(cell)
      let key = try key(cell, context)
      if usesCache, let known = try store.cachedCell(experiment: experiment, key: key),
        let rendered = CellRenderer.decode(known)
      {
        return Result(cell: cell, rendered: rendered, key: key)
      }
      var rendered = try cell.renderable().render(context)
      try finish(&rendered, cell, context)
      if usesCache { fresh[key] = try CellRenderer.encode(rendered) }
      return Result(cell: cell, rendered: rendered, key: key)
    } catch let error as CellError {
      return failed(cell, error.message + (error.hint.map { " (\($0))" } ?? ""))
    } catch let error as ExpressionError {
      return failed(cell, error.description)
    } catch let error as StoreError where error.kind == .notFound {
      return failed(cell, error.description)
    }
  }

  private func failed(_ cell: ReportCell, _ reason: String) -> Result {
    let title = cell.name.map { "\(cell.kind) \($0)" } ?? cell.kind
    var rendered = RenderedCell(
      "> [!WARNING]\n> This cell (\(MarkdownText.escaped(title))) cannot be shown: "
        + "\(MarkdownText.escaped(reason))")
    if cell.kind == AssertCell.kind { rendered.verdict = .undecided }
    return Result(cell: cell, rendered: rendered, error: reason, key: "")
  }

  private mutating func context(_ cell: ReportCell) throws -> CellContext {
    let name = cell.experiment ?? experiment
    let table = try tables[name] ?? RunTable(store: store, experiment: name)
    tables[name] = table
    return CellContext(
      store: store, report: report, fileName: cell.fileName, runs: table,
      selected: try table.runs(where: cell.condition?.root),
      asksForStates: cell.condition?.root.names.contains(RunAttribute.state.rawValue) == true,
      values: values,
      querySeconds: querySeconds)
  }

  /// The caption, and what is missing of the runs.
  private func finish(
    _ rendered: inout RenderedCell, _ cell: ReportCell, _ context: CellContext
  ) throws {
    var parts = [rendered.markdown]
    if let caption = try cell.caption?.markdown(RunsEvaluation(context)), !caption.isEmpty {
      parts.append(caption)
    }
    if notesRuns, cell.cell.notesRuns, let note = try context.note() {
      parts.append("*\(MarkdownText.escaped(note))*")
    }
    rendered.markdown = parts.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  // MARK: Cache

  private func key(_ cell: ReportCell, _ context: CellContext) throws -> String {
    let needed = cell.references.map { reference in
      "\(reference.cell).\(reference.value)=\(context.value(reference).json.canonical)"
    }
    var parts = [
      CellRenderer.program, report, String(notesRuns), cell.kind, cell.fileName,
      cell.source.canonical,
      try cell.renderable().fingerprint(context),
    ]
    // A caption may speak of runs whatever the cell itself looks at.
    if cell.caption != nil || cell.cell.notesRuns {
      parts.append(try context.runs.fingerprint(of: context.selected))
    }
    return SHA256.hexadecimal(of: (parts + needed).joined(separator: "\u{1D}"))
  }

  private func keep(_ keys: [String]) throws {
    // A store that cannot be written can still be read.
    try? store.cacheCells(experiment: experiment, keys: keys.filter { !$0.isEmpty }, cells: fresh)
  }

  /// Which build this is: another draws differently.
  private static let program: String = {
    let path = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let attributes = (try? FileManager.default.attributesOfItem(atPath: path)) ?? [:]
    let date = (attributes[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
    return "\(attributes[.size] ?? 0) \(date)"
  }()

  private static func encode(_ cell: RenderedCell) throws -> Data {
    Data(try StoredJSON.text(cell).utf8)
  }

  /// nil where the cell is not what this program writes.
  private static func decode(_ data: Data) -> RenderedCell? {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return try? decoder.decode(RenderedCell.self, from: data)
  }
}

extension RenderedCell.Picture {
  private enum CodingKeys: CodingKey {
    case name, mediaType, bytes, alternative
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    name = try container.decode(String.self, forKey: .name)
    mediaType = try container.decode(String.self, forKey: .mediaType)
    // Base64, not a list of numbers.
    bytes = [UInt8](try container.decode(Data.self, forKey: .bytes))
    alternative = try container.decode(String.self, forKey: .alternative)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(mediaType, forKey: .mediaType)
    try container.encode(Data(bytes), forKey: .bytes)
    try container.encode(alternative, forKey: .alternative)
  }
}
