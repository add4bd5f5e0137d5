import ExperimentFiles
import Plots
import Values

extension PlotCell: RenderableCell {
  // MARK: - Drawing

  func render(_ context: CellContext) throws -> RenderedCell {
    if let nothing = context.nothingSelected { return nothing }
    if try losesNone(context) { return try renderBars(context) }
    return switch plotKind {
    case .line where x.isAlongRuns: try renderCurves(context)
    case .line where isTrace: try renderTrace(context)
    case .line: try renderDependence(context)
    case .scatter: try renderScatter(context)
    case .bar: try renderBars(context)
    case .heatmap: try renderHeatMap(context)
    case .parallel: try renderParallel(context)
    }
  }

  /// Whether points would leave out runs whose setting is "none" while bars keep them: where its
  /// values are few and nothing is asked for that bars do not have.
  private func losesNone(_ context: CellContext) throws -> Bool {
    guard isInferred, plotKind == .scatter, logarithmic.isEmpty, case .setting = x,
      y?.isMetric == true, color?.isMetric != true
    else { return false }
    let values = try PlotRuns.ended(context).column(x, choice).distinct
    return values.contains(.none) && (2...Self.fewNumbers).contains(values.count)
  }
}

extension CellPage {
  var plotPage: PlotPage {
    PlotPage(
      width: width ?? PlotPage.standardWidth, fontSize: fontSize ?? PlotTheme.fontSize,
      title: title)
  }
}
