import Experiments

/// `runs --where`: a condition over columns, settings and last values of metrics.
enum RunFilter {
  /// The runs for which the condition holds.
  /// - Throws: `ExpressionError`, also for a name that is nothing of the three in any run.
  static func filtered(_ runs: [RunSummary], where condition: String) throws -> [RunSummary] {
    let expression = try Expression(condition)
    if runs.isEmpty { return [] }
    let known = Set(runs.flatMap { Array($0.parameters.keys) + Array($0.metrics.keys) })
    try expression.check(
      names: { column($0, runs[0]) != nil || known.contains($0) ? .unknown : nil },
      candidates: known.sorted())
    return try runs.filter { run in
      try expression.holds { name in
        column(name, run) ?? run.parameters[name]?.expressionValue
          ?? run.metrics[name].map { .number($0.last) } ?? .none
      }
    }
  }

  /// The value of a column of the view `runs`; nil for another name.
  private static func column(_ name: String, _ run: RunSummary) -> ExpressionValue? {
    func text(_ value: String?) -> ExpressionValue { value.map { .text($0) } ?? .none }
    return switch name {
    case "id": .text(run.id)
    case "experiment": text(run.experiment)
    case "label": text(run.label)
    case "state": .text(run.state.rawValue)
    case "created": .text(run.created)
    case "ended": text(run.ended)
    case "seconds": run.seconds.map { .number($0) } ?? ExpressionValue.none
    case "seed": .number(Double(run.seed))
    case "step": .number(Double(run.step))
    case "error": text(run.error)
    default: nil
    }
  }
}
