import Analysis
import ExperimentFiles
import Plots
import Statistics
import Store
import Values

extension PlotCell {
  /// One line per run through all that was swept to what came out.
  func renderParallel(_ context: CellContext) throws -> RenderedCell {
    let result = y ?? .metric(context.objective.metric)
    var plot = try withPruned(context, result.name)
    let results = try plot.column(result, choice)
    let quantities =
      axes.isEmpty ? context.runs.sweptPaths.map { PlotQuantity.setting($0) } : axes
    guard !plot.runs.isEmpty, results.distinct != [.none] else {
      return plot.nothing("no finished run has \(result.name)")
    }
    guard !quantities.isEmpty else {
      return plot.nothing("nothing was swept; name the axes")
    }
    let names = SettingNames.short(quantities.map(\.name))
    let drawn = try quantities.map { quantity in
      let column = try plot.column(quantity, choice)
      let kind = kind(of: column)
      return ParallelPlot.Axis(
        title: self.names[quantity.name] ?? names[quantity.name] ?? quantity.name,
        path: quantity.name, kind: kind,
        values: plot.runs.indices.map { run in
          if case .categories = kind {
            return column.values[run] == .none ? .nan : Double(column.place(run))
          }
          return column.coordinate(run)
        })
    }
    let goal = plot.goal(result.name)
    let values = plot.runs.indices.map { results.coordinate($0) }
    let pruned = plot.pruned
    // What a pruned run had is of fewer steps: it is no rival.
    let rivals = values.indices.filter { !values[$0].isNaN && !pruned.contains($0) }
    let best = goal.flatMap { goal in
      rivals.min { a, b in
        if values[a] == values[b] { return a < b }
        return goal == .minimize ? values[a] < values[b] : values[a] > values[b]
      }
    }
    let left = context.finished.isEmpty ? 0 : context.selected.count { $0.state == .pruned }
    plot.noteMissing(
      values.count(where: \.isNaN) + max(0, left - pruned.count),
      "\(result.name) that is a number")
    plot.notePruned(!pruned.isEmpty)
    let svg = ParallelPlot(
      title: "\(result.name) by \(drawn.map(\.title).joined(separator: ", "))", axes: drawn,
      result: .init(
        title: yLabel ?? self.names[result.name] ?? result.name + MetricName.arrow(goal),
        path: result.name,
        kind: logarithmic.contains("y") ? .logarithmic : .linear, values: values),
      goal: goal, best: best, bestLabel: best.map { plot.runs[$0].title } ?? "", faint: pruned
    ).svg(page.plotPage)
    return plot.cell(
      svg,
      alternative:
        "Parallel coordinates: \(result.name) by \(drawn.map(\.title).joined(separator: ", "))",
      data: .array(
        plot.runs.indices.map { run in
          .object(["run": .string(plot.runs[run].id), "y": .number(values[run])])
        }))
  }

  /// The finished runs, and those that were pruned when they had the metric already.
  private func withPruned(_ context: CellContext, _ metric: String) throws -> PlotRuns {
    let plot = PlotRuns.ended(context, called: names)
    return PlotRuns(
      context: context,
      runs: try plot.runs.filter { run in
        guard run.state == .pruned else { return true }
        return try context.runs.summary(metric, of: run) != nil
      }, called: names, notes: plot.notes)
  }

  /// So many numbers can stand as names.
  static var fewNumbers: Int { 8 }

  /// Numbers on a logarithmic axis where `log` says so or they span two powers of ten; few numbers
  /// as names, so that lines fan out. Few that span so much are names only where runs share them:
  /// what was drawn from a range is hardly two runs'.
  private func kind(of column: PlotColumn) -> PlotAxis.Kind {
    let numbers = column.distinct.compactMap { value in
      if case .number(let number) = value, number.isFinite { number } else { nil }
    }
    let isFew = column.distinct.count <= Self.fewNumbers && !column.quantity.isMetric
    let isShared = 2 * column.distinct.count <= column.values.count
    if column.isNumeric, let low = numbers.min(), let high = numbers.max(), low > 0 {
      let isWide = high / low >= 100 && !(isFew && isShared)
      if logarithmic.contains("x") || isWide { return .logarithmic }
    }
    guard column.isNumeric, !isFew else {
      let names = zip(column.distinct, column.names).filter { $0.0 != .none }.map(\.1)
      return .categories(names)
    }
    return .linear
  }
}
