internal import Diffusion
import ExperimentFiles
package import Store
package import Values

/// What the plan's own rule has decided so far. A run may be `pruned` because another experiment, or
/// an earlier wording of this one, asked for less: to this plan it is not done then.
package struct PruningLog {
  package let key: String
  package private(set) var decisions: [String: [SweepDecision]] = [:]

  package init(_ plan: Plan, store: RunStore?) throws {
    key = plan.pruning.map { SHA256.hexadecimal(of: $0.json.canonical) } ?? ""
    if plan.pruning != nil, let store {
      decisions = try store.decisions(experiment: plan.experiment, ruleKey: key)
    }
  }

  /// Whether a run was judged at a step.
  package func isDecided(_ run: String, at step: Int) -> Bool {
    decisions[run]?.contains { $0.step == step } ?? false
  }

  /// The decision that ended a run.
  package func end(of run: String) -> SweepDecision? {
    decisions[run]?.first { !$0.isKept }
  }

  /// Whether nothing is left to do of a run in that state. What the rule has ended stays ended, whatever another program
  /// or experiment made of it since.
  package func isDone(_ run: String, _ state: RunState?) -> Bool {
    state == .finished || end(of: run) != nil
  }
}
