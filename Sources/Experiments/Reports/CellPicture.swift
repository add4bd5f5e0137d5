import Analysis
import ExperimentFiles
package import Store
import Text

/// What one cell draws, outside of any report.
package struct CellPicture: Sendable {
  /// SVG.
  package let bytes: [UInt8]
  /// What a report says below it, plain; empty without.
  package let notes: String

  /// - Parameters:
  ///   - kind: of the cell, where the arguments name none of the experiment's own.
  ///   - arguments: see ``CellArguments``.
  /// - Throws: `StoreError`: `notFound` if the store does not have the experiment, `badInput` where the cell draws nothing;
  ///   `ExperimentFileError` for what is wrong with the arguments.
  package init(
    store: RunStore, experiment: String, kind: String, arguments: [String]
  ) throws {
    let table = try RunTable(store: store, experiment: experiment)
    let memory = ReportMemory()
    let own = try store.cellsJSON(experiment: experiment).map {
      try NotebookSource(json: $0, experiment: experiment).cells
    }
    var cell = try CellArguments.read(
      kind: kind, arguments, among: own ?? AutomaticNotebook.cells(table, memory),
      imported: table.importedNames())
    cell.fileName = "plot"
    cell.caption = nil
    let renderer = CellRenderer(
      store: store, report: "plot", table: table, memory: memory, usesCache: false,
      querySeconds: 30,
      keepsNumbers: false, notesRuns: true)
    let result = try renderer.render([cell])[0]
    let text = MarkdownTree.plainText(
      result.rendered.markdown.split(separator: "\n", omittingEmptySubsequences: false)
        .filter { !$0.hasPrefix("![") }.joined(separator: "\n"))
    guard let picture = result.rendered.pictures.first else {
      throw StoreError(.badInput, result.error ?? (text.isEmpty ? "the cell draws nothing" : text))
    }
    (bytes, notes) = (picture.bytes, text)
  }
}
