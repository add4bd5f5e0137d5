import ExperimentFiles
import Plots
import Statistics
import Values

extension PlotCell {
  /// A metric for each pair of two settings.
  func renderHeatMap(_ context: CellContext) throws -> RenderedCell {
    guard case .metric(let metric)? = color, let y else { return RenderedCell() }
    var plot = PlotRuns.ended(context, called: names)
    let xs = try plot.column(x, .last)
    let ys = try plot.column(y, .last)
    let results = try plot.column(.metric(metric), choice)
    let goal = plot.goal(metric)
    guard !plot.runs.isEmpty, results.distinct != [.none] else {
      return plot.nothing("no finished run has \(metric)")
    }
    guard xs.distinct.count <= Self.mostCells, ys.distinct.count <= Self.mostCells else {
      return plot.nothing(
        "\(ys.distinct.count) by \(xs.distinct.count) cells are too many to read; "
          + "a scatter plot shows settings drawn from ranges")
    }

    var members: [Int: [Int]] = [:]
    for run in plot.runs.indices where results.values[run] != .none {
      members[ys.place(run) * xs.distinct.count + xs.place(run), default: []].append(run)
    }
    var seeds = try SeedMeans(plot.runs, context.runs)
    // Numbers rise upwards, as on any axis; names go down the page, as in any list.
    let rows = ys.isNumeric ? Array(ys.distinct.indices.reversed()) : Array(ys.distinct.indices)
    let cells = rows.map { row in
      xs.distinct.indices.map { column -> HeatMap.Cell? in
        guard let all = members[row * xs.distinct.count + column] else { return nil }
        let (runs, arePruned) = plot.standing(all)
        let values = seeds.values(of: runs) { results.coordinate($0) }
        return HeatMap.Cell(value: Statistics.interval(of: values), isFaint: arePruned)
      }
    }
    let means = cells.flatMap { $0.map { $0?.value } }
    let rivals = cells.flatMap { $0.map { $0?.isFaint == true ? nil : $0?.value } }
    plot.notePruned(cells.joined().contains { $0?.isFaint == true })
    let best = Self.best(rivals, goal).min().map {
      (row: $0 / xs.distinct.count, column: $0 % xs.distinct.count)
    }
    plot.noteMissing(results.values.count { $0 == .none }, metric)
    plot.noteIntervals(means.compactMap { $0 }, besides: [x, y], seeds)
    let svg = HeatMap(
      title: "\(metric) by \(y.name) and \(x.name)", xTitle: xLabel ?? plot.title(x),
      yTitle: yLabel ?? plot.title(y),
      colorTitle: names[metric] ?? metric + MetricName.arrow(goal), columns: xs.names,
      rows: rows.map { ys.names[$0] },
      cells: cells, kind: logarithmic.contains("color") ? .logarithmic : .linear, best: best
    ).svg(page.plotPage)
    let data = rows.indices.flatMap { row in
      xs.names.indices.compactMap { column in
        cells[row][column].map { (name: [ys.names[rows[row]], xs.names[column]], value: $0.value) }
      }
    }
    return plot.cell(
      svg, alternative: "\(metric) by \(y.name) and \(x.name)", data: PlotData.intervals(data))
  }

  private static var mostCells: Int { 40 }
}
