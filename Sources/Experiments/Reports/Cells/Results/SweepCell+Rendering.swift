import Analysis
import ExperimentFiles
import Store
import Text
import Values

extension SweepCell: RenderableCell {
  private static let mostValues = 12

  func render(_ context: CellContext) throws -> RenderedCell {
    if let nothing = context.nothingSelected { return nothing }
    let table = context.runs
    let comparison = try table.comparison(of: context.selected, metrics: [])
    var lines = comparison.settings.map { path in
      let values = comparison.rows.map { $0.settings[path]?.text ?? "none" }
      return "- \(MarkdownText.code(path)): \(SweepCell.listed(values))"
    }
    lines += table.repeatedPaths.map { path in
      let values = context.selected.compactMap { run in
        run.overrides.last { $0.path == path }?.value.text
      }
      return "- repeated over \(MarkdownText.code(path)): \(SweepCell.listed(values))"
    }
    let (settings, runs) = (comparison.rows.count, context.selected.count)
    let count =
      settings == runs ? "" : settings == 1 ? "One setting, " : "\(settings) settings, "
    return RenderedCell(
      lines.joined(separator: "\n") + "\n\n\(count)\(runs) \(runs == 1 ? "run" : "runs").")
  }

  private static func listed(_ texts: [String]) -> String {
    let values = distinct(texts)
    let shown = values.prefix(mostValues).map(MarkdownText.escaped).joined(separator: ", ")
    return values.count > mostValues ? shown + ", … (\(values.count) values)" : shown
  }
}
