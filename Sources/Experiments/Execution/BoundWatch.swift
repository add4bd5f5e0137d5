import ExperimentFiles
import Statistics
import Store
import Synchronization
import Text
import Values

/// Watches a run's metric against an absolute bound, as it is logged.
final class BoundWatch: Sendable {
  let rule: PruningRule
  private let found = Mutex<SweepDecision?>(nil)
  private let run: String

  /// It has seen what was logged before: a resumed execution knows what the one before it saw.
  /// - Throws: `StoreError`.
  init(_ rule: PruningRule, run: String, seen store: RunStore) throws {
    self.rule = rule
    self.run = run
    let history = try store.history(run: run, metric: rule.objective.metric)
    for (step, value) in zip(history.steps, history.values) {
      see(history.name, step: step, value)
    }
  }

  /// What ended the run; nil while it is within its bounds.
  var decision: SweepDecision? { found.withLock { $0 } }

  /// Looks at a value that was logged; the first one out of bounds counts.
  func see(_ metric: String, step: Int, _ value: Double) {
    guard metric == rule.objective.metric, rule.isOutOfBounds(value, step: step) else { return }
    let worse = rule.objective.goal == .minimize ? "above" : "below"
    let why =
      value.isFinite
      ? "\(metric) \(DecimalText.significant(value, digits: 4)) is \(worse) \(rule.threshold?.canonical ?? "")"
      : "\(metric) is not finite"
    found.withLock { found in
      found =
        found
        ?? SweepDecision(
          run: run, step: step, metric: metric, value: value, isKept: false,
          reason: "pruned at step \(step): \(why)")
    }
  }
}
