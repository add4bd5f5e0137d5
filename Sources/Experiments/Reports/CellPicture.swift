package import Analysis
import ExperimentFiles
package import Store
import Text
package import Values

/// What one cell draws, outside of any report.
package struct CellPicture: Sendable {
  /// SVG.
  package let bytes: [UInt8]
  /// What a report says below it, plain; empty without.
  package let notes: String
  /// The same as HTML: of some cells a table.
  package let below: String
  /// What is drawn as numbers, where they are kept.
  package let data: JSONValue?

  /// - Parameters:
  ///   - kind: of the cell, where the arguments name none of the experiment's own.
  ///   - arguments: see ``CellArguments``.
  ///   - table: the experiment's runs; nil: they are read.
  ///   - memory: what pictures before this one have read.
  ///   - keepsNumbers: whether `data` is asked for, of at most 400 lines.
  ///   - extent: steps into which curves of runs that go on grow; nil: the axis ends where they do.
  /// - Throws: `StoreError`: `notFound` if the store does not have the experiment, `badInput` where the cell draws nothing;
  ///   `ExperimentFileError` for what is wrong with the arguments.
  package init(
    store: RunStore, experiment: String, kind: String, arguments: [String],
    table: RunTable? = nil, memory: ReportMemory = ReportMemory(), keepsNumbers: Bool = false,
    extent: ClosedRange<Double>? = nil
  ) throws {
    let table = try table ?? RunTable(store: store, experiment: experiment)
    var cells: [ReportCell] = []
    if arguments.contains(where: { !$0.contains("=") }) {
      cells =
        try store.cellsJSON(experiment: experiment).map {
          try NotebookSource(json: $0, experiment: experiment).cells
        } ?? AutomaticNotebook.cells(table, memory)
    }
    var cell = try CellArguments.read(
      kind: kind, arguments, among: cells, imported: try table.importedNames())
    cell.fileName = "plot"
    cell.caption = nil
    let renderer = CellRenderer(
      store: store, report: "plot", table: table, memory: memory, usesCache: false,
      querySeconds: 30, keepsNumbers: keepsNumbers, notesRuns: true,
      extent: extent, mostLines: 400)
    let result = try renderer.render([cell])[0]
    let markdown = result.rendered.markdown.split(
      separator: "\n", omittingEmptySubsequences: false
    ).filter { !$0.hasPrefix("![") }.joined(separator: "\n")
    let text = MarkdownTree.plainText(markdown)
    below = HTMLPage.fragment(markdown: markdown, files: [])
    guard let picture = result.rendered.pictures.first else {
      // A table is no sentence.
      let why = MarkdownTree.plainText(
        markdown.split(separator: "\n", omittingEmptySubsequences: false)
          .filter { !$0.hasPrefix("|") }.joined(separator: "\n")
      ).trimmed
      throw StoreError(.badInput, result.error ?? (why.isEmpty ? "the cell draws nothing" : why))
    }
    (bytes, notes, data) = (picture.bytes, text, result.rendered.data)
  }
}
