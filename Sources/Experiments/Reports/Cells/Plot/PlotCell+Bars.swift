import Analysis
import ExperimentFiles
import Plots
import Statistics
import Store
import Values

extension PlotCell {
  /// Rows of bars; those of a facet are in panels side by side.
  func renderBars(_ context: CellContext) throws -> RenderedCell {
    guard case .metric(let metric)? = y else { return RenderedCell() }
    var plot = PlotRuns.ended(context, called: names)
    let column = try plot.column(
      x.isAlongRuns ? .sweptSetting : x, choice, besides: [color, facet])
    let colors = try color.map { try plot.column($0, choice, besides: [x, facet]) }
    let ys = try plot.column(.metric(metric), choice)
    let panels = plot.panels(try facet.map { try plot.column($0, choice) })
    let goal = plot.goal(metric)

    var places: [BarPlace] = []
    var seen: Set<BarPlace> = []
    for run in plot.runs.indices {
      let place = BarPlace(x: column.place(run), color: colors?.place(run) ?? 0)
      if seen.insert(place).inserted { places.append(place) }
    }
    places.sort { ($0.x, $0.color) < ($1.x, $1.color) }
    func members(_ place: BarPlace, _ runs: [Int]) -> [Int] {
      runs.filter {
        column.place($0) == place.x && (colors?.place($0) ?? 0) == place.color
          && ys.values[$0] != .none
      }
    }
    guard ys.distinct != [.none], !places.isEmpty else {
      return plot.nothing("no finished run has \(metric)")
    }
    var seeds = try SeedMeans(plot.runs, context.runs)
    var intervals = try panels.map { panel in
      try places.map { place -> Bar? in
        let (runs, arePruned) = plot.standing(members(place, panel.runs))
        guard !runs.isEmpty else { return nil }
        return Bar(
          value: Statistics.interval(of: seeds.values(of: runs) { ys.coordinate($0) }),
          own: try ownInterval(metric, runs.map { plot.runs[$0] }, context.runs),
          isFaint: arePruned)
      }
    }
    plot.notePruned(intervals.joined().contains { $0?.isFaint == true })
    plot.noteMissing(ys.values.count { $0 == .none }, metric)
    plot.noteIntervals(
      intervals.joined().compactMap { $0?.value }, besides: [x, color, facet], seeds)
    plot.noteOwnIntervals(intervals.joined().contains { $0?.own != nil }, "Whiskers of one run are")
    limit(&places, &intervals, goal: goal, in: &plot)

    // A swept group and one bar per colour, or one bar per x.
    let isGrouped = colors != nil && column.quantity != colors?.quantity
    let palette = PlotPalette(colors, isLogarithmic: false, chosen: self.colors)
    let rows = places.map { place in
      BarPlot.Row(
        label: isGrouped ? colors?.names[place.color] ?? "" : column.names[place.x],
        color: colors == nil
          ? .series(self.colors[column.names[place.x]] ?? 0) : palette.color(at: place.color),
        group: isGrouped ? column.heading(column.distinct[place.x], isShort: false) : nil)
    }
    let title = yLabel ?? names[metric] ?? metric + MetricName.arrow(goal)
    let reference = try plot.references(metric).first
    let svg = BarPlot(
      title: "\(metric) by \(column.quantity.name)", rows: rows,
      panels: zip(panels, intervals).map { panel, values in
        BarPlot.Panel(
          title: panel.title.isEmpty ? title : panel.title, values: values.map { $0?.value },
          reference: reference.map { ($0.label, $0.value) },
          best: Self.best(values.map { $0?.isFaint == true ? nil : $0?.value }, goal),
          faint: Set(values.indices.filter { values[$0]?.isFaint == true }),
          whiskers: values.map { $0?.own ?? $0?.value.range })
      },
      heading: panels[0].title.isEmpty ? nil : title, sharesScale: true
    ).svg(page.plotPage)
    let data = zip(panels, intervals).flatMap { panel, values in
      zip(places, values).compactMap { place, value in
        value.map { value in
          (
            name: [panel.title, column.names[place.x], colors?.names[place.color] ?? ""]
              .filter { !$0.isEmpty }, value: value.value
          )
        }
      }
    }
    return plot.cell(
      svg, alternative: "\(metric) by \(column.quantity.name)", data: PlotData.intervals(data))
  }

  private static var mostBars: Int { 40 }

  /// Keeps the best where there are too many to read.
  private func limit(
    _ places: inout [BarPlace], _ intervals: inout [[Bar?]],
    goal: Objective.Goal?, in plot: inout PlotRuns
  ) {
    guard places.count > Self.mostBars else { return }
    let scores = places.indices.map { index -> Double in
      let means = intervals.compactMap { $0[index]?.value.mean }.filter(\.isFinite)
      guard !means.isEmpty else { return .infinity }
      let mean = means.reduce(0, +) / Double(means.count)
      return goal == .maximize ? -mean : mean
    }
    let kept = places.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
      .prefix(Self.mostBars).sorted()
    let which = goal == nil ? "lowest" : "best"
    plot.notes.append("The \(which) \(Self.mostBars) of \(places.count) bars.")
    places = kept.map { places[$0] }
    intervals = intervals.map { values in kept.map { values[$0] } }
  }

  static func best(_ values: [Statistics.Interval?], _ goal: Objective.Goal?) -> Set<Int> {
    let means = values.enumerated().compactMap { index, value -> (Int, Double)? in
      guard let mean = value?.mean, !mean.isNaN else { return nil }
      return (index, mean)
    }
    guard let goal, means.count > 1 else { return [] }
    let best = goal == .minimize ? means.map(\.1).min() : means.map(\.1).max()
    return Set(means.filter { $0.1 == best }.map(\.0))
  }
}

/// A mean as long as it is.
private struct Bar {
  var value: Statistics.Interval
  /// Of one run.
  var own: ClosedRange<Double>?
  /// Of pruned runs alone.
  var isFaint: Bool
}

private struct BarPlace: Hashable {
  var x: Int
  var color: Int
}

extension PlotCell {
  /// What a single run has logged beside the value that is shown.
  func ownInterval(
    _ metric: String, _ runs: [RunSummary], _ table: RunTable
  ) throws -> ClosedRange<Double>? {
    choice == .last ? try OwnInterval.of(metric, runs, table) : nil
  }
}

extension Statistics.Interval {
  /// From end to end; nil where there is no interval.
  var range: ClosedRange<Double>? {
    guard let low, let high, low <= high else { return nil }
    return low...high
  }
}

extension PlotRuns {
  /// What intervals of single runs are.
  mutating func noteOwnIntervals(_ areShown: Bool, _ what: String) {
    if areShown { notes.append("\(what) \(OwnInterval.note)") }
  }

  /// What the means stand on.
  mutating func noteIntervals(
    _ intervals: [Statistics.Interval], besides shown: [PlotQuantity?], _ seeds: SeedMeans
  ) {
    let counts = intervals.map(\.count)
    if seeds.averages {
      notes.append(
        seeds.note(
          "Means", counts: counts, intervals: ", with their 95 % intervals", none: ": no interval"))
      return
    }
    guard let most = counts.max(), most > 1 else { return }
    let least = counts.min() ?? most
    let number = least == most ? "\(most)" : "\(least) to \(most)"
    notes.append(
      "Means of \(number) runs (\(averaged(besides: shown))) with their 95 % intervals.")
  }
}
