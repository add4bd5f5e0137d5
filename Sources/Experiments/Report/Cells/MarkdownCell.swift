/// Prose with inline values.
struct MarkdownCell: Cell {
  static let kind = "markdown"
  static let about = "Prose, with values in it."
  /// Prose needs no word on its runs: what it says of them, its author asks for.
  static let notesRuns = false
  static let keys = [
    CellKey("text", .prose, isRequired: true, "Markdown; `{{ expression }}` is replaced by its value.")
  ]
  static let mainKey: String? = "text"

  let text: InlineText

  init?(_ values: CellValues, into diagnostics: inout Diagnostics) {
    guard let text = values.prose("text") else { return nil }
    self.text = text
  }

  var references: [CellReference] { text.references }

  func render(_ context: CellContext) throws -> RenderedCell {
    RenderedCell(try text.markdown(RunsEvaluation(context)))
  }
}
