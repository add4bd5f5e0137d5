internal import Diffusion

/// Whether a run measures what its sweep decides by, and in time.
enum SweepMeasureChecks {
  /// What training logs by itself.
  private static let trained = [
    "train/loss", "train/learning_rate", "train/gradient_norm", "train/skipped_steps",
    "train/loss_scale", "speed/images_per_second", "time/seconds", "time/unix",
  ]

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
        metric, "what sweep.prune looks at", stack, at: place, into: &diagnostics),
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
        "\(quoted(metric)) is measured every \(every) steps, and sweep.prune looks at it every \(off)",
        at: place, hint: "make \(key) a divisor of it, for instance \(off)")
    }
  }

  @discardableResult
  private static func measured(
    _ metric: String, _ role: String, _ stack: SettingStack, at place: Place,
    into diagnostics: inout Diagnostics
  ) -> Bool {
    let measures = EvaluationSettings.Metric.allCases
    guard metric.hasPrefix("eval/") else {
      if trained.contains(metric) { return true }
      diagnostics.error(
        "nothing logs \(quoted(metric)), \(role)", at: place,
        hint: Suggestion.hint(for: metric, among: trained + measures.map(\.name))
          ?? "for instance train/loss or eval/loss")
      return false
    }
    guard
      let measure = measures.first(where: { $0.name == metric || $0.referenceName == metric })
    else {
      diagnostics.error(
        "nothing measures \(quoted(metric)), \(role)", at: place,
        hint: Suggestion.hint(for: metric, among: measures.map(\.name)))
      return false
    }
    guard !stack.isFailed("evaluation.metrics"),
      case .list(let words)? = stack.value("evaluation.metrics")
    else { return false }
    if words.contains(.string(measure.rawValue)) { return true }
    diagnostics.error(
      "nothing measures \(quoted(metric)), \(role): evaluation.metrics is "
        + "[\(words.map(\.text).joined(separator: ", "))]", at: place,
      hint: "add \(measure.rawValue) to evaluation.metrics")
    return false
  }
}
