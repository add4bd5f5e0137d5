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
  struct Result: Sendable {
    var cell: ReportCell
    var rendered: RenderedCell
    /// Why it could not be rendered.
    var error: String?
    /// Hash of its text and of everything that it looked at; empty without a cache.
    var key: String
  }

  private let store: RunStore
  private let experiment: String
  private let report: String
  private let memory: ReportMemory
  private let usesCache: Bool
  private let querySeconds: Double
  private let keepsNumbers: Bool
  private let notesRuns: Bool
  private let extent: ClosedRange<Double>?
  private let mostLines: Int
  private let table: RunTable

  /// - Parameters:
  ///   - table: the experiment's own runs.
  ///   - querySeconds: how long a query may take.
  ///   - keepsNumbers: whether cells keep what they have drawn as numbers.
  ///   - notesRuns: whether a cell says what is missing of its runs.
  ///   - extent: steps into which curves grow; nil: as far as they have come.
  ///   - mostLines: of how many lines of a plot the numbers are kept.
  init(
    store: RunStore, report: String, table: RunTable, memory: ReportMemory, usesCache: Bool,
    querySeconds: Double, keepsNumbers: Bool, notesRuns: Bool,
    extent: ClosedRange<Double>? = nil, mostLines: Int = PlotData.mostLines
  ) {
    self.store = store
    self.report = report
    self.table = table
    self.memory = memory
    self.usesCache = usesCache
    self.querySeconds = querySeconds
    self.keepsNumbers = keepsNumbers
    self.notesRuns = notesRuns
    self.extent = extent
    self.mostLines = mostLines
    experiment = table.experiment.name
  }

  /// What cells look at that is not in them.
  private struct Surroundings {
    var tables: [String: Swift.Result<RunTable, any Error>]
    var values: [String: [String: CellValue]] = [:]
  }

  /// In the cells' own order. Those that do not need one another are rendered side by side.
  /// - Throws: `StoreError`.
  func render(_ cells: [ReportCell]) throws -> [Result] {
    var surroundings = Surroundings(tables: tables(of: cells))
    var results = [Result?](repeating: nil, count: cells.count)
    var fresh: [String: Data] = [:]
    for stage in CellGraph.stages(cells) {
      let rendered = try concurrently(stage.count) { [surroundings] place in
        try render(cells[stage[place]], surroundings)
      }
      for (index, (result, encoded)) in zip(stage, rendered) {
        results[index] = result
        if let encoded { fresh[result.key] = encoded }
        if let name = cells[index].name { surroundings.values[name] = result.rendered.values }
      }
    }
    let all = results.compactMap { $0 }
    if usesCache { try keep(all.map(\.key), fresh) }
    return all
  }

  private func tables(of cells: [ReportCell]) -> [String: Swift.Result<RunTable, any Error>] {
    var tables: [String: Swift.Result<RunTable, any Error>] = [experiment: .success(table)]
    for name in cells.compactMap(\.experiment) where tables[name] == nil {
      tables[name] = Swift.Result { try RunTable(store: store, experiment: name) }
    }
    return tables
  }

  /// - Returns: also what the cache is to keep of it.
  private func render(
    _ cell: ReportCell, _ surroundings: Surroundings
  ) throws -> (Result, cached: Data?) {
    do {
      let context = try context(cell, surroundings)
      let key = usesCache ? try key(cell, context) : ""
      if usesCache, let known = try store.cachedCell(experiment: experiment, key: key),
        let rendered = CellRenderer.decode(known)
      {
        return (Result(cell: cell, rendered: rendered, key: key), nil)
      }
      var rendered = try cell.renderable().render(context)
      try finish(&rendered, cell, context)
      return (
        Result(cell: cell, rendered: rendered, key: key),
        usesCache ? try CellRenderer.encode(rendered) : nil
      )
    } catch let error as CellError {
      return (failed(cell, error.message + (error.hint.map { " (\($0))" } ?? "")), nil)
    } catch let error as ExpressionError {
      return (failed(cell, error.description), nil)
    } catch let error as StoreError where error.kind == .notFound {
      return (failed(cell, error.description), nil)
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

  private func context(_ cell: ReportCell, _ surroundings: Surroundings) throws -> CellContext {
    let table = try surroundings.tables[cell.experiment ?? experiment]?.get() ?? self.table
    return CellContext(
      store: store, report: report, fileName: cell.fileName, runs: table,
      selected: try table.runs(where: cell.condition?.root),
      asksForStates: cell.condition?.root.names.contains(RunAttribute.state.rawValue) == true,
      values: surroundings.values, memory: memory, keepsNumbers: keepsNumbers,
      querySeconds: querySeconds, extent: extent, mostLines: mostLines)
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
      CellRenderer.program, report, String(notesRuns), String(keepsNumbers), cell.kind,
      cell.fileName,
      cell.source.canonical,
      try cell.renderable().fingerprint(context),
    ]
    // A caption may speak of runs whatever the cell itself looks at.
    if cell.caption != nil || cell.cell.notesRuns {
      parts.append(try context.runs.fingerprint(of: context.selected))
    }
    return SHA256.hexadecimal(of: (parts + needed).joined(separator: "\u{1D}"))
  }

  private func keep(_ keys: [String], _ fresh: [String: Data]) throws {
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
