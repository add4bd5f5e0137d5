import ExperimentFiles
import Store
import Values

/// The cells of a report as the store keeps them: the store alone is enough to render them.
struct NotebookSource {
  /// Whether the experiment's file is a Markdown document.
  var isDocument: Bool
  var cells: [ReportCell]

  /// - Throws: `StoreError.Kind.badInput` where this program does not know the cells.
  init(json: String, experiment: String) throws {
    guard case .object(let members)? = JSONValue(text: json),
      case .array(let items)? = members["cells"]
    else {
      throw StoreError(.badInput, "the store's cells of '\(experiment)' are no JSON")
    }
    isDocument = members["document"] == .boolean(true)
    let place = SourceText(name: "the report of \(experiment)", text: "").start
    var diagnostics = Diagnostics()
    cells = CellReader.read(
      SourceNode(
        content: .sequence(items.map { SourceNode(json: $0, at: place) }), place: place),
      imported: ImportedNames(json: members["imported"]), into: &diagnostics)
    if let error = diagnostics.list.first {
      throw StoreError(
        .badInput,
        "the store's cells of '\(experiment)' are not what this program knows "
          + "(\(error.message)); name the experiment's file instead")
    }
  }
}
