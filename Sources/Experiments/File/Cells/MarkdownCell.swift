/// Prose with inline values.
struct MarkdownCell: Cell {
  static let kind = "markdown"
  static let about = "Prose, with values in it."
  static let keys = [
    CellKey(
      "text", .prose, isRequired: true, "Markdown; `{{ expression }}` is replaced by its value.")
  ]
  static let mainKey: String? = "text"

  let text: InlineText

  init?(_ values: CellValues, into diagnostics: inout Diagnostics) {
    guard let text = values.prose("text") else { return nil }
    self.text = text
  }

  var references: [CellReference] { text.references }

  /// What prose says of results rests on what has finished; a count is a count.
  var notesRuns: Bool {
    text.pieces.contains { piece in
      if case .value(let expression, _, _) = piece {
        expression.calls.contains { $0.function != .count }
      } else {
        false
      }
    }
  }
}
