package import Analysis
import ExperimentFiles
package import Plots
package import Store
import Values

/// A metric along the training as a plot would draw it: the lines of its one panel.
package struct CurveLines: Sendable {
  package struct Line: Sendable {
    /// nil where nothing tells it apart.
    package let label: String?
    package let color: PlotColor
    package let curve: Curve
    /// Of less weight than the others.
    package let isFaint: Bool
  }

  /// Keys of a plot that shows an experiment as a whole, where nobody says more.
  package static func usualKeys(_ table: RunTable) -> [(key: String, value: String)] {
    guard table.runs.count > 1 else { return [] }
    return [("color", "setting")] + (table.repeatedPaths.isEmpty ? [] : [("band", "range")])
  }

  package let lines: [Line]
  package let xTitle: String
  /// What a report says below it.
  package let notes: [String]

  /// - Parameters:
  ///   - arguments: keys of a `plot` cell, like `color=setting`.
  ///   - runs: those that are drawn.
  ///   - asksForStates: whether all of them are meant, whatever their states.
  /// - Throws: `StoreError`; `ExperimentFileError` for what is wrong with the arguments.
  package init(
    _ metric: String, arguments: [String], of runs: [RunSummary], _ table: RunTable,
    asksForStates: Bool = false, memory: ReportMemory
  ) throws {
    let read = try CellArguments.read(
      kind: PlotCell.kind, ["y='" + metric.replacing("'", with: "''") + "'"] + arguments, among: [],
      imported: try table.importedNames())
    guard let cell = read.cell as? PlotCell else {
      throw StoreError(.badInput, "'\(metric)' has no curve")
    }
    let context = CellContext(
      store: table.store, report: "plot", fileName: "plot", runs: table, selected: runs,
      asksForStates: asksForStates, values: [:], memory: memory, keepsNumbers: false,
      querySeconds: 30)
    let drawing = try cell.curves(metric, context)
    lines = drawing.panels.flatMap(\.lines).map {
      Line(label: $0.label, color: $0.color, curve: $0.curve, isFaint: $0.isFaint)
    }
    (xTitle, notes) = (drawing.xTitle, drawing.plot.notes)
  }
}
