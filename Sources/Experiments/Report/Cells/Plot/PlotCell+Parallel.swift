extension PlotCell {
  /// A line a run through all that was swept to what came out.
  func renderParallel(_ context: CellContext) throws -> RenderedCell {
    var plot = PlotRuns.finished(context)
    let result = y ?? .metric(context.objective.metric)
    let results = try plot.column(result, choice)
    let quantities =
      axes.isEmpty ? context.runs.sweptPaths.map { PlotQuantity.setting($0) } : axes
    guard !plot.runs.isEmpty, results.distinct != [.none] else {
      return plot.nothing("no finished run has \(result.name)")
    }
    guard !quantities.isEmpty else {
      return plot.nothing("nothing was swept; name the axes")
    }
    let names = Settings.shortNames(quantities.map(\.name))
    let drawn = try quantities.map { quantity in
      let column = try plot.column(quantity, choice)
      let kind = kind(of: column)
      return ParallelPlot.Axis(
        title: names[quantity.name] ?? quantity.name, kind: kind,
        values: plot.runs.indices.map { run in
          if case .categories = kind {
            return column.values[run] == .none ? .nan : Double(column.place(run))
          }
          return column.coordinate(run)
        })
    }
    let goal = plot.goal(result.name)
    let values = plot.runs.indices.map { results.coordinate($0) }
    let best = goal.flatMap { goal in
      values.indices.filter { !values[$0].isNaN }.min { a, b in
        if values[a] == values[b] { return a < b }
        return goal == .minimize ? values[a] < values[b] : values[a] > values[b]
      }
    }
    plot.noteMissing(values.count(where: \.isNaN), "\(result.name) that is a number")
    let svg = ParallelPlot(
      title: "\(result.name) by \(drawn.map(\.title).joined(separator: ", "))", axes: drawn,
      result: .init(
        title: result.name + MetricName.arrow(goal),
        kind: logarithmic.contains("y") ? .logarithmic : .linear, values: values),
      goal: goal, best: best, bestLabel: best.map { plot.runs[$0].label } ?? ""
    ).svg()
    return plot.cell(
      svg,
      alternative:
        "Parallel coordinates: \(result.name) by \(drawn.map(\.title).joined(separator: ", "))",
      data: .array(
        plot.runs.indices.map { run in
          .object(["run": .string(plot.runs[run].id), "y": .number(values[run])])
        }))
  }

  private static var fewNumbers: Int { 8 }

  /// Numbers over two powers of ten or more, or where `log` says so, on a logarithmic axis; few
  /// numbers as names, so that lines fan out.
  private func kind(of column: PlotColumn) -> PlotAxis.Kind {
    let isFew = column.distinct.count <= Self.fewNumbers && !column.quantity.isMetric
    guard column.isNumeric, !isFew else {
      let names = zip(column.distinct, column.names).filter { $0.0 != .none }.map(\.1)
      return .categories(names)
    }
    let numbers = column.distinct.compactMap { value in
      if case .number(let number) = value, number.isFinite { number } else { nil }
    }
    guard let low = numbers.min(), let high = numbers.max(), low > 0 else { return .linear }
    return high / low >= 100 || logarithmic.contains("x") ? .logarithmic : .linear
  }
}
