import Analysis
import ExperimentFiles
import Plots
import Statistics
import Store
import Values

extension PlotCell {
  private func isLogarithmic(_ axis: String) -> Bool { logarithmic.contains(axis) }

  /// One point per run.
  func renderScatter(_ context: CellContext) throws -> RenderedCell {
    guard let y else { return RenderedCell() }
    var plot = PlotRuns.ended(context, called: names)
    let xs = try plot.column(x, choice)
    let ys = try plot.column(y, choice)
    let palette = PlotPalette(
      try color.map { try plot.column($0, choice, besides: [x, facet]) },
      isLogarithmic: isLogarithmic("color"), chosen: colors)
    let panels = plot.panels(try facet.map { try plot.column($0, choice) })

    var missing = 0
    var drawn: [XYPlot.Panel] = []
    for panel in panels {
      // By colour, so that each is drawn in one go; of a scale in the order of its places.
      var dots: [PlotColor: XYPlot.Dots] = [:]
      var pruned: [PlotColor: XYPlot.Dots] = [:]
      var order: [PlotColor] = []
      for run in panel.runs {
        let point = Point(xs.coordinate(run), ys.coordinate(run))
        guard hasPlace(run, xs, "x"), hasPlace(run, ys, "y") else {
          missing += 1
          continue
        }
        var paint = palette.color(run)
        // A step of the scale, not a place, so that the runs of one step are one path.
        if case .scale(let place) = paint {
          paint = .scale((Double(PlotColor.step(place)) + 0.5) / Double(PlotTheme.rampCount))
        }
        if !order.contains(paint) { order.append(paint) }
        let none = XYPlot.Dots(label: palette.label(run), color: paint, points: [])
        if plot.pruned.contains(run) {
          pruned[paint, default: none].isFaint = true
          pruned[paint]?.points.append(point)
        } else {
          dots[paint, default: none].points.append(point)
        }
      }
      let colors = sorted(order)
      drawn.append(
        XYPlot.Panel(
          title: panel.title,
          dots: colors.compactMap { pruned[$0] } + colors.compactMap { dots[$0] }))
    }
    plot.notePruned(drawn.contains { $0.dots.contains(where: \.isFaint) })
    guard drawn.contains(where: { !$0.dots.isEmpty }) else {
      return plot.nothing("no finished run has both \(x.name) and \(y.name)")
    }
    if missing > 0 {
      plot.notes.append(
        "\(missing) \(missing == 1 ? "run has" : "runs have") no place: "
          + "no such value, not a number, or 0 and below on a logarithmic axis.")
    }
    let svg = XYPlot(
      title: "\(y.name) against \(x.name)",
      x: xs.axis(
        title: plot.title(x, choice: choice), label: xLabel, isLogarithmic: isLogarithmic("x")),
      y: ys.axis(
        title: plot.title(y, choice: choice), label: yLabel, isLogarithmic: isLogarithmic("y")),
      panels: drawn, colors: palette.scale, colorTitle: palette.title
    ).svg(page.plotPage)
    return plot.cell(
      svg, alternative: "\(y.name) against \(x.name), one point per run",
      data: .array(
        plot.runs.indices.map { run in
          .object([
            "run": .string(plot.runs[run].id), "x": .number(xs.coordinate(run)),
            "y": .number(ys.coordinate(run)),
          ])
        }))
  }

  /// Names have a place even where a run has none of them, which is a name too.
  private func hasPlace(_ run: Int, _ column: PlotColumn, _ axis: String) -> Bool {
    guard column.isNumeric else {
      return !column.quantity.isMetric && column.distinct != [.none]
    }
    let value = column.coordinate(run)
    return value.isFinite && (!isLogarithmic(axis) || value > 0)
  }

  /// Series by number, places of the scale from low to high, what has no colour first.
  private func sorted(_ colors: [PlotColor]) -> [PlotColor] {
    func rank(_ color: PlotColor) -> Double {
      switch color {
      case .none: -1
      case .series(let index): Double(index)
      case .scale(let place): place
      }
    }
    return colors.sorted { rank($0) < rank($1) }
  }

  /// A metric against a setting: the mean at each of its values, joined by a line.
  func renderDependence(_ context: CellContext) throws -> RenderedCell {
    guard case .metric(let metric)? = y else { return RenderedCell() }
    var plot = PlotRuns.ended(context, called: names)
    if color == .sweptSetting {
      plot = try plot.limited(to: Self.mostSettings, besides: [x, facet])
    }
    let xs = try plot.column(x, choice)
    let ys = try plot.column(.metric(metric), choice)
    let palette = PlotPalette(
      try color.map { try plot.column($0, choice, besides: [x, facet]) },
      isLogarithmic: isLogarithmic("color"), chosen: colors)
    let panels = plot.panels(try facet.map { try plot.column($0, choice) })
    let columns = xs.distinct.indices.filter { xs.distinct[$0] != .none }

    // A range reaches over runs, whatever tells them apart.
    var seeds: SeedMeans? =
      try band == .range ? nil : SeedMeans(plot.runs, context.runs)
    var counts: Set<Int> = []
    var showsOwn = false
    var drawn: [XYPlot.Panel] = []
    for panel in panels {
      var members: [Int: [Int]] = [:]
      for run in panel.runs where ys.values[run] != .none {
        members[palette.column?.place(run) ?? 0, default: []].append(run)
      }
      var pruned: [PlotColor: [Point]] = [:]
      let lines = try members.keys.sorted().compactMap { place -> XYPlot.Line? in
        guard let runs = members[place], let first = runs.first else { return nil }
        var mean: [Point] = []
        var low: [Point] = []
        var high: [Point] = []
        var most = 0
        var hasOwn = false
        for column in columns {
          let (here, arePruned) = plot.standing(runs.filter { xs.place($0) == column })
          guard let one = here.first else { continue }
          // Of fewer steps: no point of the line.
          guard !arePruned else {
            pruned[palette.color(first), default: []] += here.map {
              Point(xs.coordinate($0), ys.coordinate($0))
            }
            continue
          }
          let values =
            seeds?.values(of: here) { ys.coordinate($0) } ?? here.map { ys.coordinate($0) }
          let interval = Statistics.interval(of: values)
          counts.insert(values.count)
          most = max(most, values.count)
          let x = xs.coordinate(one)
          mean.append(Point(x, interval.mean))
          var spread = spread(interval, values)
          if band != .range,
            let own = try ownInterval(metric, here.map { plot.runs[$0] }, context.runs)
          {
            spread = (own.lowerBound, own.upperBound)
            hasOwn = true
          }
          low.append(Point(x, spread.low))
          high.append(Point(x, spread.high))
        }
        let hasBand = most > 1 ? band != nil : hasOwn
        showsOwn = showsOwn || hasOwn && hasBand
        return XYPlot.Line(
          label: palette.label(first), color: palette.color(first), curve: Curve(mean),
          band: hasBand ? (Curve(low), Curve(high)) : nil)
      }
      drawn.append(
        XYPlot.Panel(
          title: panel.title, lines: lines,
          dots: sorted(Array(pruned.keys)).map {
            XYPlot.Dots(color: $0, points: pruned[$0] ?? [], isFaint: true)
          }))
    }
    plot.notePruned(drawn.contains { !$0.dots.isEmpty }, singly: true)
    guard drawn.contains(where: { !$0.lines.isEmpty }) else {
      return plot.nothing("no finished run has both \(x.name) and \(metric)")
    }
    plot.noteOwnIntervals(showsOwn, "Bands at points of one run are")
    plot.noteMissing(ys.values.count { $0 == .none }, metric)
    if let seeds, seeds.averages {
      let isBand = band == .interval
      plot.notes.append(
        seeds.note(
          "Points are means", counts: Array(counts),
          intervals: isBand ? "; bands are 95 % intervals of the mean" : "",
          none: isBand ? ": no interval" : ""))
    } else if let most = counts.max(), most > 1 {
      let least = counts.min() ?? most
      let number = least == most ? "\(most)" : "\(least) to \(most)"
      var note =
        "Points are means of \(number) runs (\(plot.averaged(besides: [x, color, facet])))"
      if band == .interval { note += "; bands are 95 % intervals of the mean" }
      if band == .range { note += "; bands reach from the lowest to the highest run" }
      plot.notes.append(note + ".")
    }
    let svg = XYPlot(
      title: "\(metric) against \(x.name)",
      x: xs.axis(title: plot.title(x), label: xLabel, isLogarithmic: isLogarithmic("x")),
      y: ys.axis(
        title: plot.title(.metric(metric), choice: choice), label: yLabel,
        isLogarithmic: isLogarithmic("y")),
      panels: drawn, references: try plot.references(metric), colors: palette.scale,
      colorTitle: palette.title, marksPoints: true
    ).svg(page.plotPage)
    return plot.cell(
      svg, alternative: "\(metric) against \(x.name)",
      data: PlotData.lines(drawn, panels: panels.map(\.title), most: context.mostLines))
  }

  private func spread(
    _ interval: Statistics.Interval, _ values: [Double]
  ) -> (low: Double, high: Double) {
    switch band {
    case .range:
      let isHole = values.contains(where: \.isNaN)
      return isHole ? (.nan, .nan) : (values.min() ?? .nan, values.max() ?? .nan)
    default:
      // Of a single run the band is as thin as the line.
      let half = interval.halfWidth ?? 0
      return (interval.mean - half, interval.mean + half)
    }
  }
}
