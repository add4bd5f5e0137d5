import Analysis
import ExperimentFiles
import Plots
import Store
import Text
import Values

extension PlotCell {
  /// A metric along the runs: one line per run, or their mean and band.
  func renderCurves(_ context: CellContext) throws -> RenderedCell {
    guard case .metric(let metric)? = y else { return RenderedCell() }
    let drawing = try curves(metric, context)
    let plot = drawing.plot
    guard drawing.runs > 0 else { return plot.nothing("no run has \(metric)") }
    var picture = XYPlot(
      title: metric,
      x: PlotAxis(
        title: xLabel ?? (names[x.name] ?? drawing.xTitle)
          + (logarithmic.contains("x") ? " (log scale)" : ""),
        kind: logarithmic.contains("x") ? .logarithmic : .linear),
      y: PlotAxis(
        title: yLabel ?? plot.title(.metric(metric), isLogarithmic: logarithmic.contains("y")),
        kind: logarithmic.contains("y") ? .logarithmic : .linear),
      panels: drawing.panels, references: try plot.references(metric),
      colors: drawing.palette.scale, colorTitle: drawing.palette.title)
    picture.extent = extent(context)
    return plot.cell(
      picture.svg(page.plotPage), alternative: "\(metric) against \(drawing.xTitle)",
      data: PlotData.lines(
        drawing.panels, panels: drawing.panels.map(\.title), most: context.mostLines))
  }

  /// Into what curves grow: only along the steps, all of which are shown.
  private func extent(_ context: CellContext) -> ClosedRange<Double>? {
    x == .step && xRange == nil && !logarithmic.contains("x") ? context.extent : nil
  }

  /// What a plot of curves shows, with what is to be said under it.
  struct CurveDrawing {
    var plot: PlotRuns
    let palette: PlotPalette
    var panels: [XYPlot.Panel]
    let xTitle: String
    /// How many have the metric.
    let runs: Int
  }

  func curves(_ metric: String, _ context: CellContext) throws -> CurveDrawing {
    var plot =
      band == nil
      ? PlotRuns(context: context, runs: context.selected, called: names)
      : PlotRuns.withResults(context, called: names)
    if color == .sweptSetting {
      plot = try plot.limited(to: Self.mostSettings, besides: [facet], having: metric)
    }
    let palette = PlotPalette(
      try color.map { try plot.column($0, choice, besides: [facet]) },
      isLogarithmic: logarithmic.contains("color"), chosen: colors)
    let panels = plot.panels(try facet.map { try plot.column($0, choice) })
    var panelOf: [Int: Int] = [:]
    for (panel, members) in panels.enumerated() {
      for run in members.runs { panelOf[run] = panel }
    }

    var reading = CurveReading(
      x: x, smooth: smooth, range: xRange, extent: extent(context), runs: panelOf.count)
    // Intervals are over seeds, ranges over runs.
    var seeds: SeedMeans? =
      try band == .interval ? SeedMeans(plot.runs, context.runs) : nil
    var parts: [Int: CurveReading.Part] = [:]
    if band != nil {
      var members: [CurveReading.Key: [Int]] = [:]
      for run in plot.runs.indices {
        guard let panel = panelOf[run], try hasCurve(run, metric, reading.clock, plot) else {
          continue
        }
        let key = CurveReading.Key(panel: panel, place: palette.column?.place(run) ?? 0)
        members[key, default: []].append(run)
      }
      for (key, all) in members {
        // What diverged is drawn where there is nothing else; what was pruned by itself, to its end.
        let finished = all.filter { plot.runs[$0].state == .finished }
        let runs = finished.isEmpty ? all.filter { !plot.pruned.contains($0) } : finished
        let groups = seeds?.bySeed(runs) ?? runs.map { [$0] }
        for (seed, runs) in groups.enumerated() {
          let part = CurveReading.Part(key: key, seed: runs.count > 1 ? seed : nil)
          for run in runs { parts[run] = part }
        }
      }
    }
    let ends = x == .progress ? try plot.ends() : nil
    var found = 0
    try context.memory.forEachSeries(metric, also: reading.clock, of: plot.runs, context.runs) {
      run, series, clock in
      guard let panel = panelOf[run] else { return }
      found += 1
      // Of means, some runs may take no part.
      if band != nil, parts[run] == nil, !plot.pruned.contains(run) { return }
      reading.take(series, clock: clock, end: ends?[run])
      if let part = parts[run] {
        reading.add(to: part, run: run)
      } else {
        reading.addLine(panel: panel, run: run)
      }
    }
    reading.joinSeeds()
    guard found > 0 else {
      return CurveDrawing(
        plot: plot, palette: palette, panels: [], xTitle: reading.xTitle, runs: 0)
    }
    plot.noteMissing(panelOf.count - found, metric)

    let isCrowd = found > Self.mostNamedRuns
    var drawn = panels.map { XYPlot.Panel(title: $0.title) }
    let curves = reading.curves(band)
    let named = Set(curves.filter { !plot.pruned.contains($0.run) }.map { palette.label($0.run) })
    let apart =
      color == nil && band == nil && !isCrowd ? palette.colors(of: plot.runs) : nil
    for curve in curves {
      let isFaint = plot.pruned.contains(curve.run)
      var label =
        color != nil
        ? palette.label(curve.run) : band == nil && !isCrowd ? plot.runs[curve.run].title : nil
      // Beside a mean of its colour, a run needs no name.
      if band != nil, isFaint, named.contains(label) { label = nil }
      let paint = apart?[curve.run] ?? palette.color(curve.run)
      drawn[curve.panel].lines.append(
        XYPlot.Line(
          label: label, color: paint, curve: curve.curve,
          raw: found < XYPlot.crowd ? curve.raw : nil, band: curve.band, isFaint: isFaint))
    }
    plot.notePruned(curves.contains { plot.pruned.contains($0.run) })
    if color == .sweptSetting { drawn = drawn.map(Self.merged) }
    note(reading, seeds, drawn: drawn, on: &plot)
    return CurveDrawing(
      plot: plot, palette: palette, panels: drawn, xTitle: reading.xTitle, runs: found)
  }

  /// With more settings than this the best alone are drawn.
  static var mostSettings: Int { 10 }

  /// Settings that differ only in how they sample have been trained as one: one line with all their names.
  private static func merged(_ panel: XYPlot.Panel) -> XYPlot.Panel {
    var lines: [(line: XYPlot.Line, names: [String])] = []
    for line in panel.lines {
      let name = line.label ?? ""
      if let place = lines.firstIndex(where: { $0.line.curve == line.curve }) {
        lines[place].names.append(name)
      } else {
        lines.append((line, [name]))
      }
    }
    var panel = panel
    panel.lines = lines.map { entry in
      var line = entry.line
      if entry.names.count > 1 {
        line.label = lines.count == 1 ? "all settings" : entry.names.joined(separator: ", ")
      }
      return line
    }
    return panel
  }

  /// With more runs than this none is named.
  static var mostNamedRuns: Int { 12 }

  private func hasCurve(
    _ run: Int, _ metric: String, _ clock: String?, _ plot: PlotRuns
  ) throws -> Bool {
    let table = plot.context.runs
    guard try table.summary(metric, of: plot.runs[run]) != nil else { return false }
    return try clock.map { try table.summary($0, of: plot.runs[run]) != nil } ?? true
  }

  private func note(
    _ reading: CurveReading, _ seeds: SeedMeans?, drawn: [XYPlot.Panel], on plot: inout PlotRuns
  ) {
    if let band {
      let counts = reading.groupSizes
      if let seeds, seeds.averages {
        plot.notes.append(
          seeds.note(
            counts.count == 1 ? "The line is the mean" : "Lines are means", counts: counts,
            intervals: "; bands are 95 % intervals of the mean", none: ": no interval"))
      } else {
        plot.notes.append(note(band, counts, plot))
      }
      let empty = drawn.flatMap(\.lines).count { $0.curve.points.isEmpty }
      if empty > 0 {
        plot.notes.append(
          "\(empty) \(empty == 1 ? "line is" : "lines are") empty: its runs share no step.")
      }
    }
    if smooth > 0 {
      let percent = DecimalText.significant(smooth * 100, digits: 2)
      plot.notes.append("Running means over \(percent) % of the points.")
    }
    let lines = drawn.flatMap(\.lines)
    if logarithmic.contains("y"), lines.contains(where: { $0.curve.points.contains { $0.y <= 0 } })
    {
      plot.notes.append("Values of 0 and below cannot be shown on a logarithmic axis.")
    }
    if lines.contains(where: { $0.curve.points.contains { $0.y.isNaN } }) {
      plot.notes.append("Lines stop where a value is not a number.")
    }
  }

  /// What lines of runs that differ in their seeds, or are not told apart, stand on.
  private func note(_ band: PlotCell.Band, _ counts: [Int], _ plot: PlotRuns) -> String {
    let least = counts.min() ?? 0
    let most = counts.max() ?? 0
    let number = least == most ? "\(most)" : "\(least) to \(most)"
    var note =
      counts.count == 1
      ? "The line is the mean of \(number) \(most == 1 ? "run" : "runs")"
      : "Lines are means of \(number) \(most == 1 ? "run" : "runs") each"
    if most > 1 {
      note += " (\(plot.averaged(besides: [color, facet]))); "
      note +=
        band == .interval
        ? "bands are 95 % intervals of the mean"
        : "bands reach from the lowest to the highest run"
    }
    return note + "."
  }
}
