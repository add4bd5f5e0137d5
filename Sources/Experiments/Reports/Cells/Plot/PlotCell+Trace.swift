import Analysis
import ExperimentFiles
import Plots
import Store
import Text
import Values

extension PlotCell {
  /// Each run's way through the plane of two metrics: a point at every step that both have, in their order.
  func renderTrace(_ context: CellContext) throws -> RenderedCell {
    guard case .metric(let across) = x, case .metric(let metric)? = y else {
      return RenderedCell()
    }
    var plot = PlotRuns(context: context, runs: context.selected, called: names)
    if color == .sweptSetting {
      plot = try plot.limited(to: Self.mostSettings, besides: [facet])
    }
    let palette = PlotPalette(
      try color.map { try plot.column($0, choice, besides: [facet]) },
      isLogarithmic: logarithmic.contains("color"), chosen: colors)
    let panels = plot.panels(try facet.map { try plot.column($0, choice) })
    var ways = [[(run: Int, way: Curve)]](repeating: [], count: panels.count)
    let reading = TraceReading(
      smooth: smooth, range: xRange, runs: panels.reduce(0) { $0 + $1.runs.count })
    var panelOf: [Int: Int] = [:]
    for (panel, members) in panels.enumerated() {
      for run in members.runs { panelOf[run] = panel }
    }
    try context.memory.forEachSeries(metric, also: across, of: plot.runs, context.runs) {
      run, heights, widths in
      guard let panel = panelOf[run], let way = reading.way(widths, heights) else { return }
      ways[panel].append((run, way))
    }
    let found = ways.reduce(0) { $0 + $1.count }
    guard found > 0 else {
      return plot.nothing("no run has both \(across) and \(metric) at one step")
    }
    plot.noteMissing(panelOf.count - found, "step with both \(across) and \(metric)")

    let isCrowd = found > Self.mostNamedRuns
    let apart = color == nil && !isCrowd ? palette.colors(of: plot.runs) : nil
    func paint(_ run: Int) -> PlotColor { apart?[run] ?? palette.color(run) }
    // By colour, as the legend names them.
    func order(_ run: Int) -> (Int, Int) { (palette.column?.place(run) ?? 0, run) }
    let drawn = zip(panels, ways.map { $0.sorted { order($0.run) < order($1.run) } }).map {
      panel, ways in
      XYPlot.Panel(
        title: panel.title,
        lines: ways.map { run, way in
          XYPlot.Line(
            label: color != nil ? palette.label(run) : isCrowd ? nil : plot.runs[run].title,
            color: paint(run), curve: way, isFaint: plot.pruned.contains(run))
        },
        dots: ways.compactMap { run, way in
          way.points.last { !$0.x.isNaN && !$0.y.isNaN }.map { end in
            XYPlot.Dots(
              color: paint(run), points: [end],
              isFaint: plot.pruned.contains(run))
          }
        })
    }
    note(drawn, on: &plot)
    let svg = XYPlot(
      title: "\(metric) against \(across)",
      x: axis(.metric(across), "x", xLabel, plot), y: axis(.metric(metric), "y", yLabel, plot),
      panels: drawn, references: try plot.references(metric), colors: palette.scale,
      colorTitle: palette.title
    ).svg(page.plotPage)
    return plot.cell(
      svg, alternative: "\(metric) against \(across), step by step",
      data: PlotData.lines(drawn, panels: panels.map(\.title), most: context.mostLines))
  }

  private func axis(
    _ metric: PlotQuantity, _ axis: String, _ label: String?, _ plot: PlotRuns
  ) -> PlotAxis {
    let isLogarithmic = logarithmic.contains(axis)
    return PlotAxis(
      title: label ?? plot.title(metric, isLogarithmic: isLogarithmic),
      kind: isLogarithmic ? .logarithmic : .linear)
  }

  private func note(_ drawn: [XYPlot.Panel], on plot: inout PlotRuns) {
    plot.notes.append("Each run's way in the order of its steps; a dot is where it ends.")
    plot.notePruned(drawn.contains { $0.lines.contains(where: \.isFaint) })
    if smooth > 0 {
      let percent = DecimalText.significant(smooth * 100, digits: 2)
      plot.notes.append("Running means over \(percent) % of the points.")
    }
    let points = drawn.flatMap(\.lines).flatMap(\.curve.points)
    let hasNoPlace =
      logarithmic.contains("x") && points.contains(where: { $0.x <= 0 })
      || logarithmic.contains("y") && points.contains(where: { $0.y <= 0 })
    if hasNoPlace {
      plot.notes.append("Values of 0 and below cannot be shown on a logarithmic axis.")
    }
    if points.contains(where: { $0.x.isNaN || $0.y.isNaN }) {
      plot.notes.append("Lines stop where a value is not a number.")
    }
  }
}

/// Two metrics of a run taken together, step by step.
struct TraceReading {
  private let smooth: Double
  /// Of steps; nil: all.
  private let range: ClosedRange<Double>?
  private let bins: Int

  /// Points that all ways together keep.
  private static let mostPoints = 40_000

  /// - Parameter runs: how many may come.
  init(smooth: Double = 0, range: ClosedRange<Double>? = nil, runs: Int) {
    (self.smooth, self.range) = (smooth, range)
    bins = max(8, min(700, Self.mostPoints / 2 / max(1, runs)))
  }

  /// - Returns: nil where the metrics share no step.
  func way(_ xs: ReportMemory.Series, _ ys: ReportMemory.Series) -> Curve? {
    let across = Dictionary(zip(xs.steps, xs.values)) { _, last in last }
    var steps: [Int] = []
    var points: [Point] = []
    for (step, y) in zip(ys.steps, ys.values) {
      guard let x = across[step] else { continue }
      steps.append(step)
      points.append(Point(x, y))
    }
    // Smoothed first: what lies outside of the range counts for the mean at its edge.
    let means = smooth > 0 ? smoothed(points) : points
    let kept = steps.indices.filter { range?.contains(Double(steps[$0])) ?? true }
    guard !kept.isEmpty else { return nil }
    return Curve(kept.map { means[$0] }, isPath: true).decimated(bins: bins)
  }

  private func smoothed(_ points: [Point]) -> [Point] {
    zip(
      Curve.smoothed(points.map(\.x), share: smooth), Curve.smoothed(points.map(\.y), share: smooth)
    ).map { Point($0, $1) }
  }
}
