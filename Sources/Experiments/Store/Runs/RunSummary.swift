package import Values

/// A run as a member of an experiment, with everything lists and tables need.
package struct RunSummary: Sendable, Hashable {
  package var id: String
  package var trainKey: String
  /// nil for a run that no experiment has.
  package var experiment: String?
  package var label: String?
  /// Place in the experiment's plan.
  package var position: Int
  /// Which program has logged it, like `wandb`; nil for runs of the workbench.
  package var source: String?
  package var state: RunState
  package var created: String
  /// The last sign of life.
  package var updated: String
  package var ended: String?
  /// Of all attempts since the run was last begun anew.
  package var seconds: Double?
  package var seed: Int
  /// Steps done.
  package var step: Int
  package var error: String?
  /// Whether it is no longer in the experiment's file.
  package var isOrphan: Bool
  /// What the experiment's sweep set.
  package var overrides: [Parameter]
  /// Runs of the experiment that differ only in their seed share one.
  package var repeatGroup: Int?
  /// What people put on it, in alphabetical order.
  package var tags: [String]
  /// Oldest first.
  package var notes: [String]
  /// When it was pinned, if it was: then it is kept from deletion.
  package var pinned: String?
  /// When it was deleted, if it was: then only `deletedRuns` gives it.
  package var deleted: String?
  /// Settings by their dotted paths: every one, unless fewer were asked for.
  package var parameters: [String: ParameterValue]
  /// By name: every one, unless fewer were asked for.
  package var metrics: [String: MetricSummary]

  /// Its label, or the beginning of its id.
  package var title: String {
    label.flatMap { $0.isEmpty ? nil : $0 } ?? String(id.prefix(8))
  }
}

/// What to read of runs: a list of a thousand that shows two metrics need not read sixty settings
/// of each.
package struct RunFields: Sendable, Hashable {
  package enum Names: Sendable, Hashable {
    case all
    case only(Set<String>)
  }

  package var parameters: Names
  package var metrics: Names
  /// Whether `overrides` is read.
  package var overrides: Bool

  package static let all = RunFields(parameters: .all, metrics: .all)
  /// Neither settings nor metrics.
  package static let none = RunFields(parameters: .only([]), metrics: .only([]))

  package init(parameters: Names, metrics: Names, overrides: Bool = true) {
    self.parameters = parameters
    self.metrics = metrics
    self.overrides = overrides
  }
}

/// One try at a run.
package struct Attempt: Sendable, Hashable, Codable {
  /// From 1.
  package var number: Int
  package var state: RunState
  package var started: String
  package var ended: String?
  package var seconds: Double?
  package var error: String?
  /// Provenance, like `git.commit`.
  package var environment: [String: String]
}

/// An experiment as it was last planned.
package struct ExperimentSummary: Sendable, Hashable {
  package var name: String
  package var question: String
  package var fileText: String
  package var planJSON: String
  package var objective: Objective?
  package var sweep: SweepRegistration?
  package var created: String
  /// When it was last planned.
  package var updated: String

  /// Runs that its search had not proposed by then.
  package var pending: Int {
    // The last of its keys: a plan of thousands of runs is not read for a word that is not there.
    guard planJSON.suffix(40).contains("\"toCome\""),
      case .object(let plan)? = JSONValue(text: planJSON),
      case .integer(let count)? = plan["toCome"]
    else { return 0 }
    return count
  }
}
