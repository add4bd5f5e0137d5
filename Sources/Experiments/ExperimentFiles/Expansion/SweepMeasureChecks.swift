internal import Diffusion
import Text
import Values

/// Whether a run measures what its sweep decides by, and in time.
enum SweepMeasureChecks {
  static func check(
    _ sweep: Sweep, _ stack: SettingStack, into diagnostics: inout Diagnostics
  ) {
    if sweep.method == .tpe {
      measured(
        sweep.objective.metric, "the objective, which tpe searches by", stack, at: sweep.place,
        into: &diagnostics)
    }
    guard let rule = sweep.pruning, let place = sweep.pruningPlace else { return }
    let metric = rule.objective.metric
    guard
      measured(
        metric, "the metric of sweep.prune", stack, at: place, into: &diagnostics),
      case .integer(let steps)? = stack.value("training.steps"),
      rule.kind == .bound || !rule.rungs(of: steps).isEmpty
    else { return }
    let key = metric.hasPrefix("eval/") ? "evaluation.every" : "training.log_every"
    guard !stack.isFailed(key) else { return }
    guard case .integer(let every)? = stack.value(key) else {
      diagnostics.error(
        "\(quoted(metric)) is measured at the end only, too late for sweep.prune", at: place,
        hint: "set \(key): \(rule.after)")
      return
    }
    let intervals = rule.kind == .median ? [rule.after, rule.every] : [rule.after]
    if rule.kind != .bound, let off = intervals.first(where: { $0 % every != 0 }) {
      diagnostics.error(
        "\(quoted(metric)) is measured every \(every) steps, but sweep.prune compares it every \(off)",
        at: place, hint: "make \(key) a divisor of it, for instance \(off)")
    }
  }

  /// What ranks runs, to prune them or to search, needs a metric that means the same in all.
  static func checkComparable(_ sweep: Sweep, into diagnostics: inout Diagnostics) {
    let varying = sweep.paths.filter(sweep.variesByDrawing)
    if let rule = sweep.pruning, rule.kind != .bound, let place = sweep.pruningPlace,
      let reason = Incomparability(rule.objective.metric, across: varying)
    {
      diagnostics.error(
        "sweep.prune ranks runs by a metric that is not comparable across them: \(reason.sentence)",
        at: place, hint: "leave prune out, or sweep \(reason.settings[0]) in a file of its own")
    }
    if sweep.method == .tpe,
      let reason = Incomparability(sweep.objective.metric, across: varying)
    {
      diagnostics.error(
        "tpe searches by a metric that is not comparable across runs: \(reason.sentence)",
        at: sweep.place, hint: "use method: sobol, or another objective")
    }
  }

  /// A sweep may have runs that end before its rule looks at them, but not all of them.
  static func checkReach(
    of sweep: Sweep, _ runs: [ExpandedRun], into diagnostics: inout Diagnostics
  ) {
    guard let rule = sweep.pruning, let place = sweep.pruningStartPlace, !runs.isEmpty,
      // What a search has not proposed yet may train longer.
      sweep.method != .tpe || !sweep.variesByDrawing("training.steps")
    else { return }
    var longest = 0
    for run in runs {
      guard case .integer(let steps)? = run.values["training.steps"] else { return }
      longest = max(longest, steps)
    }
    // At its end a run is not held against others any more.
    let last = rule.kind == .bound ? longest : longest - 1
    guard rule.after > last else { return }
    diagnostics.error(
      "sweep.prune compares runs from step \(rule.after) on, but the longest has \(longest) steps",
      at: place, hint: last > 0 ? "at most \(last), or train longer" : "train longer")
  }

  @discardableResult
  private static func measured(
    _ metric: String, _ role: String, _ stack: SettingStack, at place: Place,
    into diagnostics: inout Diagnostics
  ) -> Bool {
    let measures = EvaluationSettings.Metric.allCases
    guard metric.hasPrefix("eval/") else {
      if LoggedMetrics.trained.contains(metric) { return true }
      diagnostics.error(
        "nothing logs \(quoted(metric)), \(role)", at: place,
        hint: Suggestion.hint(for: metric, among: LoggedMetrics.trained + measures.map(\.name))
          ?? "for instance train/loss or eval/loss")
      return false
    }
    guard
      let measure = measures.first(where: {
        $0.name == metric || $0.referenceName == metric || $0.furtherNames.contains(metric)
      })
    else {
      diagnostics.error(
        "nothing measures \(quoted(metric)), \(role)", at: place,
        hint: Suggestion.hint(for: metric, among: measures.map(\.name)))
      return false
    }
    guard !stack.isFailed("evaluation.metrics"),
      case .list(let words)? = stack.value("evaluation.metrics")
    else { return false }
    // Where the distance is not exact it is logged as what it is.
    let others = measure == .slicedWasserstein ? [EvaluationSettings.Metric.wasserstein2] : []
    if ([measure] + others).contains(where: { words.contains(.string($0.rawValue)) }) {
      return true
    }
    diagnostics.error(
      "nothing measures \(quoted(metric)), \(role): evaluation.metrics is "
        + "[\(words.map(\.text).joined(separator: ", "))]", at: place,
      hint: "add \(measure.rawValue) to evaluation.metrics")
    return false
  }
}
