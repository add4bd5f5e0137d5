import Analysis
import ExperimentFiles
import Statistics
import Store
import Values

/// Expressions over the runs of a table.
///
/// - `count(runs where …)`: how many of the runs that the file asks for, in whatever state.
/// - `mean("m" where …)`: the mean over runs of the last value.
/// - `min`, `max`: the lowest and the highest value of any step of any of the runs.
/// - `last`: the last value of the run that ended last.
/// - `best`: the best last value, by the objective's goal, or the metric's own; the nearest to a true value.
///
/// All but `count` look at finished runs and at those that diverged, unless their `where` speaks of `state`
/// itself. A mean, a minimum and a maximum of values of which one is no number are none either; `best` is of
/// those that are.
struct RunsEvaluation {
  let table: RunTable
  /// The runs to look at.
  let runs: [RunSummary]
  let values: (_ cell: String, _ name: String) -> CellValue

  /// A value and how sure it is.
  struct Estimate: Hashable {
    var value: ExpressionValue
    /// Over seeds, of what rests on means; its own mean is over the seeds that all have.
    var interval: Statistics.Interval?
    /// Whether every run took part in the interval.
    var isComplete = true
  }

  init(_ context: CellContext) {
    self.init(table: context.runs, runs: context.selected) { cell, name in
      context.values[cell]?[name] ?? .none
    }
  }

  init(
    table: RunTable, runs: [RunSummary],
    values: @escaping (String, String) -> CellValue = { _, _ in .none }
  ) {
    self.table = table
    self.runs = runs
    self.values = values
  }

  // MARK: Functions

  /// The runs that a function looks at.
  /// - Throws: `StoreError`, `ExpressionError`.
  func runs(of call: Expression.Call) throws -> [RunSummary] {
    var chosen = runs
    if let condition = call.condition {
      let matching = Set(try table.runs(where: condition).map(\.id))
      chosen = chosen.filter { matching.contains($0.id) }
    }
    let isAboutState = call.condition?.names.contains(RunAttribute.state.rawValue) == true
    if call.function != .count, !isAboutState {
      chosen = chosen.filter(\.hasResult)
    }
    return chosen
  }

  /// The runs that have the metric with its last value.
  func entries(of call: Expression.Call) throws -> [(run: RunSummary, value: Double)] {
    guard let metric = call.metric else { return [] }
    return try runs(of: call).compactMap { run in
      try table.last(metric, of: run).map { (run, $0) }
    }
  }

  /// The value of a function; none if no run has the metric.
  func value(of call: Expression.Call) throws -> ExpressionValue {
    guard let metric = call.metric else { return .number(Double(try runs(of: call).count)) }
    switch call.function {
    case .count: return .none
    case .mean:
      let values = try entries(of: call).map(\.value)
      return values.isEmpty ? .none : .number(Statistics.interval(of: values).mean)
    case .last:
      let ended = try entries(of: call)
      // Of those that ended at one time, the later in the plan.
      let latest = ended.map { $0.run.ended ?? "" }.max()
      return ended.last { ($0.run.ended ?? "") == latest }.map { .number($0.value) } ?? .none
    case .min, .max:
      let summaries = try runs(of: call).compactMap { try table.summary(metric, of: $0) }
      if summaries.contains(where: { $0.nanCount > 0 }) { return .number(.nan) }
      let values = summaries.map { call.function == .min ? $0.min : $0.max }
      return (call.function == .min ? values.min() : values.max()).map { .number($0) } ?? .none
    case .best where table.countsDistance && metric == table.objective.metric:
      let all = try entries(of: call)
      let nearest = try all.filter { !$0.value.isNaN }
        .map { ($0.value, try table.score($0.value, metric, of: $0.run)) }
        .min { $0.1 < $1.1 }
      return nearest.map { .number($0.0) } ?? (all.isEmpty ? .none : .number(.nan))
    case .best:
      let goal = try call.goal(table.objective)
      let all = try entries(of: call).map(\.value)
      let values = all.filter { !$0.isNaN }
      if values.isEmpty, !all.isEmpty { return .number(.nan) }
      return (goal == .minimize ? values.min() : values.max()).map { .number($0) } ?? .none
    }
  }

  /// How many runs `best` leaves out, as their values are no numbers, and of how many.
  func leftOut(of call: Expression.Call) throws -> (count: Int, of: Int)? {
    guard call.function == .best else { return nil }
    let values = try entries(of: call).map(\.value)
    let count = values.count { $0.isNaN }
    return count == 0 || count == values.count ? nil : (count, values.count)
  }

  /// Why what several functions say of one metric is not comparable; nil where it is.
  func incomparability(_ calls: [Expression.Call]) throws -> Incomparability? {
    let metrics = distinct(calls.compactMap(\.metric))
    for metric in metrics {
      let ofMetric = calls.filter { $0.metric == metric }
      let groups = try ofMetric.map { try entries(of: $0).map(\.run) }
      guard groups.count > 1, groups.allSatisfy({ !$0.isEmpty }) else { continue }
      // Means are taken seed by seed, over what all of them have.
      let areMeans = ofMetric.allSatisfy { $0.function == .mean }
      let paths = try Incomparability.paths(
        apart: groups, among: table.tellingPaths(), matched: areMeans
      ) { try table.setting($0, of: $1) }
      if let reason = Incomparability(metric, across: paths) { return reason }
    }
    return nil
  }

  // MARK: Expressions

  /// - Throws: `StoreError`; `ExpressionError` on a division by zero or values that do not go
  ///   together.
  func estimate(_ root: Expression.Node) throws -> Estimate {
    let calls = root.calls
    var results: [Expression.Call: ExpressionValue] = [:]
    for call in calls { results[call] = try value(of: call) }
    let value = try evaluator(results).value(of: root)
    let means = calls.filter { $0.function == .mean }
    if !means.isEmpty, case .number = value {
      return try estimate(root, value, results, means: means)
    }
    return Estimate(value: value, interval: try interval(ofNamesIn: root, results))
  }

  private func evaluator(
    _ calls: [Expression.Call: ExpressionValue], names: [String: Double] = [:]
  ) -> Expression.Evaluator {
    Expression.Evaluator(
      name: { name in
        if let value = names[name] { return .number(value) }
        return cellValue(name).expressionValue
      }, call: { calls[$0] ?? .none })
  }

  func cellValue(_ name: String) -> CellValue {
    let parts = name.split(separator: ".").map(String.init)
    return parts.count == 2 ? values(parts[0], parts[1]) : .none
  }

  /// The expression seed by seed, each mean taken over the runs of that seed.
  private func estimate(
    _ root: Expression.Node, _ value: ExpressionValue,
    _ results: [Expression.Call: ExpressionValue], means: [Expression.Call]
  ) throws -> Estimate {
    let pairs = try table.pairs(try means.map { try entries(of: $0) })
    var values: [Double] = []
    for row in pairs.rows {
      var results = results
      for (call, mean) in zip(means, row) { results[call] = .number(mean) }
      guard case .number(let value) = try evaluator(results).value(of: root) else { continue }
      values.append(value)
    }
    return Estimate(
      value: value, interval: Statistics.interval(of: values), isComplete: pairs.isComplete)
  }

  /// The interval that one value of a cell has, through the arithmetic around it.
  private func interval(
    ofNamesIn root: Expression.Node, _ results: [Expression.Call: ExpressionValue]
  ) throws -> Statistics.Interval? {
    let uncertain = distinct(root.names).compactMap { name in
      if case .interval(let interval) = cellValue(name) { (name, interval) } else { nil }
    }
    guard uncertain.count == 1, let (name, interval) = uncertain.first, interval.count > 0 else {
      // Two of them may hang together, and nothing here says how.
      return uncertain.isEmpty ? nil : .init(mean: .nan, halfWidth: nil, count: 0)
    }
    func number(_ value: Double) throws -> Double? {
      let result = try evaluator(results, names: [name: value]).value(of: root)
      if case .number(let number) = result { return number }
      return nil
    }
    guard let middle = try number(interval.mean) else { return nil }
    var half: Double?
    if let width = interval.halfWidth, let low = try number(interval.mean - width),
      let high = try number(interval.mean + width)
    {
      half = max(abs(high - middle), abs(low - middle))
    }
    return .init(mean: middle, halfWidth: half, count: interval.count)
  }
}

extension Expression.Node {
  var names: [String] {
    var names: [String] = []
    visit { if case .name(let name, _) = $0 { names.append(name) } }
    return names
  }
}
