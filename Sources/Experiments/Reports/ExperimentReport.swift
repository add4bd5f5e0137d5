import Diffusion
import ExperimentFiles
package import Store
import Values

/// An experiment's Markdown report with its pictures, made from the run store alone: the same
/// store gives the same bytes.
package struct ExperimentReport: Sendable {
  package let experiment: String
  /// Of `answer` cells a sentence or two, and a line for what each parameter does; of `assert` cells how they stand; all
  /// of it plain text.
  package let answer: String
  /// Those of its `assert` cells, in order.
  package let claims: [ReportClaim]
  /// `NAME.md` first, then its pictures, as `NAME/…`.
  package let files: [ReportFile]

  /// Whether its cells have the numbers that they have drawn.
  let keepsNumbers: Bool

  /// In pieces; none of a frozen report.
  package var sections: [ReportSection] = []
  /// Its cells, in order.
  package let cells: [ReportCellSummary]
  /// Those that could not be rendered.
  package var failedCells: [ReportCellSummary] { cells.filter { $0.error != nil } }

  /// A report of cells, or, where the experiment's file has none, the automatic one.
  /// - Parameters:
  ///   - memory: what reports before this one have read.
  ///   - usesCache: whether cells whose runs are as they were are taken from the store.
  ///   - querySeconds: how long the query of a `sql` cell may take before the cell cannot be shown.
  ///   - keepsNumbers: whether cells keep what they have drawn as numbers, for `frozen(store:)`.
  ///   - hasProvenance: whether it ends with settings, where it all comes from and how to make it again.
  /// - Throws: `StoreError`: `notFound` if the store does not have the experiment.
  package init(
    store: RunStore, experiment: String, memory: ReportMemory = ReportMemory(),
    usesCache: Bool = true, querySeconds: Double = 30, keepsNumbers: Bool = false,
    hasProvenance: Bool = true
  ) throws {
    let source = try store.cellsJSON(experiment: experiment).map {
      try NotebookSource(json: $0, experiment: experiment)
    }
    let notebook = try Notebook(
      store: store, experiment: experiment, source: source, memory: memory,
      usesCache: usesCache, querySeconds: querySeconds, keepsNumbers: keepsNumbers,
      hasProvenance: hasProvenance)
    self.init(
      experiment: experiment, answer: notebook.answer, claims: notebook.claims,
      cells: notebook.results.map(ReportCellSummary.init), files: notebook.files,
      keepsNumbers: keepsNumbers)
    sections = notebook.sections
  }

  package init(
    experiment: String, answer: String, claims: [ReportClaim], cells: [ReportCellSummary],
    files: [ReportFile], keepsNumbers: Bool
  ) {
    self.experiment = experiment
    self.answer = answer
    self.claims = claims
    self.cells = cells
    self.files = files
    self.keepsNumbers = keepsNumbers
  }
}

/// A cell of a report, rendered.
package struct ReportCellSummary: Sendable {
  /// Its own name, or its kind and number.
  package let name: String
  package let kind: String
  /// Why it could not be rendered.
  package let error: String?
  /// Of what it shows: another when that has changed.
  package let hash: String
  /// Its text, its values for others, its verdict and the numbers behind it.
  var json: JSONValue {
    switch content {
    case .frozen(let json): json
    case .rendered(let result): Self.json(name, result)
    }
  }

  private enum Content: Sendable {
    case rendered(CellRenderer.Result)
    case frozen(JSONValue)
  }
  private let content: Content

  /// From a frozen report; nil for what is no cell's.
  init?(frozen json: JSONValue) {
    guard case .object(let members) = json, case .string(let name)? = members["name"],
      case .string(let kind)? = members["kind"]
    else { return nil }
    (self.name, self.kind, content) = (name, kind, .frozen(json))
    if case .string(let text)? = members["error"] { error = text } else { error = nil }
    hash = ""
  }

  init(_ result: CellRenderer.Result) {
    name = result.cell.name ?? result.cell.fileName
    kind = result.cell.kind
    error = result.error
    let rendered = result.rendered
    let pictures = rendered.pictures.map { SHA256.hexadecimal(of: $0.bytes) }
    hash = SHA256.hexadecimal(of: ([rendered.markdown] + pictures).joined(separator: " "))
    content = .rendered(result)
  }

  private static func json(_ name: String, _ result: CellRenderer.Result) -> JSONValue {
    let rendered = result.rendered
    return .object([
      "name": .string(name), "kind": .string(result.cell.kind), "source": result.cell.source,
      "markdown": .string(rendered.markdown),
      "pictures": .array(rendered.pictures.map { .string($0.name) }),
      "values": .object(rendered.values.mapValues(\.json)),
      "verdict": rendered.verdict.map { .string($0.rawValue) } ?? .null,
      "data": rendered.data ?? .null, "error": result.error.map { .string($0) } ?? .null,
    ])
  }
}
