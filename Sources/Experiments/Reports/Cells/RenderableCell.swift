import Analysis
import ExperimentFiles

/// A cell that can be shown. What it shows it takes from the run store at the time it is rendered.
protocol RenderableCell: Cell {
  /// Everything that the result depends on, the file's text apart: equal texts, equal results.
  func fingerprint(_ context: CellContext) throws -> String

  /// - Throws: `StoreError`; `CellError` for what is wrong with the cell itself.
  func render(_ context: CellContext) throws -> RenderedCell
}

extension RenderableCell {
  func fingerprint(_ context: CellContext) throws -> String {
    try context.runs.fingerprint(of: context.selected)
  }
}

extension ReportCell {
  /// Every kind of `CellKinds` can be shown.
  func renderable() throws -> any RenderableCell {
    guard let cell = cell as? any RenderableCell else {
      throw CellError("cells of the kind \(kind) cannot be shown")
    }
    return cell
  }
}

/// Why a cell cannot be rendered though its text is sound; shown in its place.
struct CellError: Error, Sendable, Hashable {
  /// Plain text.
  var message: String
  var hint: String?

  init(_ message: String, hint: String? = nil) {
    self.message = message
    self.hint = hint
  }
}
