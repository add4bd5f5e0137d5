/// Prose with inline values.
package struct MarkdownCell: Cell {
  package static let kind = "markdown"
  package static let about = "Prose, with values in it."
  package static let keys = [
    CellKey(
      "text", .prose, isRequired: true, "Markdown; `{{ expression }}` is replaced by its value.")
  ]
  package static let mainKey: String? = "text"

  package let text: InlineText

  package init?(_ values: CellValues, into diagnostics: inout Diagnostics) {
    guard let text = values.prose("text") else { return nil }
    self.text = text
  }

  package var references: [CellReference] { text.references }
  package var calls: [Expression.Call] { text.calls }

  /// What prose says of results rests on what has finished; a count is a count.
  package var notesRuns: Bool {
    text.calls.contains { $0.function != .count }
  }
}
