import Store
package import Values

/// Why the runs of a setting have no value in a metric.
package enum MissingValue {
  /// - Parameter states: of all its runs.
  /// - Returns: "pruned", "failed" or both; "not measured" where a run has finished without it.
  package static func reason(_ states: some Sequence<RunState>) -> String {
    let states = Set(states)
    if states.contains(.finished) { return "not measured" }
    var words: [String] = []
    if states.contains(.failed) || states.contains(.crashed) { words.append("failed") }
    if states.contains(.pruned) { words.append("pruned") }
    let isOpen = !states.isDisjoint(with: [.queued, .running, .interrupted])
    return isOpen || words.isEmpty ? "not finished" : words.joined(separator: ", ")
  }

  /// Why there is no difference between a setting and its baseline.
  /// - Parameter setting: why it has no value; nil where it has one. So for the baseline.
  package static func reason(setting: String?, baseline: String?) -> String {
    setting ?? baseline.map { "baseline \($0)" } ?? "no seed in common"
  }
}

extension Comparison {
  /// Why a row that is not the baseline has no difference from it.
  package func whyNotHeld(_ row: Int) -> String {
    guard let heldMetric, let held = rows[row].held else { return "no baseline like it" }
    return MissingValue.reason(
      setting: missing(heldMetric, row), baseline: missing(heldMetric, held.baseline))
  }

  /// nil where a finished run of the row has the metric.
  private func missing(_ metric: String, _ row: Int) -> String? {
    let hasValue = groups[row].contains { run in
      run.hasResult && Comparison.value(metric, of: run) != nil
    }
    return hasValue ? nil : MissingValue.reason(groups[row].map(\.state))
  }
}
