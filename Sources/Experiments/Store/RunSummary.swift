/// A run as a member of an experiment, with everything lists and tables need.
public struct RunSummary: Sendable, Hashable {
  public var id: String
  public var trainKey: String
  /// nil for a run that no experiment has.
  public var experiment: String?
  public var label: String?
  /// Place in the experiment's plan.
  public var position: Int
  public var state: RunState
  public var created: String
  public var ended: String?
  /// Of all attempts since the run was last begun anew.
  public var seconds: Double?
  public var seed: Int
  /// Steps done.
  public var step: Int
  public var error: String?
  /// Whether the experiment's file no longer asks for it.
  public var isOrphan: Bool
  /// What the experiment's sweep set.
  public var overrides: [Parameter]
  /// Runs of the experiment that differ only in their seed share one.
  public var repeatGroup: Int?
  /// What people put on it, in alphabetical order.
  public var tags: [String]
  /// Oldest first.
  public var notes: [String]
  /// When it was pinned, if it was: then it is kept from deletion.
  public var pinned: String?
  /// When it was deleted, if it was: then only `deletedRuns` gives it.
  public var deleted: String?
  /// Settings by their dotted paths: every one, unless fewer were asked for.
  public var parameters: [String: ParameterValue]
  /// By name: every one, unless fewer were asked for.
  public var metrics: [String: MetricSummary]
}

/// What to read of runs: a list of a thousand that shows two metrics need not read sixty settings
/// of each.
public struct RunFields: Sendable, Hashable {
  public enum Names: Sendable, Hashable {
    case all
    case only(Set<String>)
  }

  public var parameters: Names
  public var metrics: Names
  /// Whether `overrides` is read.
  public var overrides: Bool

  public static let all = RunFields(parameters: .all, metrics: .all)

  public init(parameters: Names, metrics: Names, overrides: Bool = true) {
    self.parameters = parameters
    self.metrics = metrics
    self.overrides = overrides
  }
}

/// What is kept about a metric's points.
public struct MetricSummary: Sendable, Hashable {
  public var count: Int
  public var nanCount: Int
  /// The value at `lastStep`, the highest.
  public var last: Double
  public var lastStep: Int
  /// Over the values that are numbers; NaN without any. Of equal values, the earliest step.
  public var min: Double
  public var minStep: Int?
  public var max: Double
  public var maxStep: Int?

  public init(
    count: Int, nanCount: Int, last: Double, lastStep: Int, min: Double, minStep: Int?,
    max: Double, maxStep: Int?
  ) {
    self.count = count
    self.nanCount = nanCount
    self.last = last
    self.lastStep = lastStep
    self.min = min
    self.minStep = minStep
    self.max = max
    self.maxStep = maxStep
  }
}

/// One try at a run.
public struct Attempt: Sendable, Hashable, Codable {
  /// From 1.
  public var number: Int
  public var state: RunState
  public var started: String
  public var ended: String?
  public var seconds: Double?
  public var error: String?
  /// Provenance, like `git.commit`.
  public var environment: [String: String]
}

/// An experiment as it was last planned.
public struct ExperimentSummary: Sendable, Hashable {
  public var name: String
  public var question: String
  public var fileText: String
  public var planJSON: String
  public var objective: Objective?
  public var sweep: SweepRegistration?
  public var created: String
  /// When it was last planned.
  public var updated: String

  /// Runs that its search had not proposed by then.
  public var toCome: Int {
    // The last of its keys: a plan of thousands of runs is not read for a word that is not there.
    guard planJSON.suffix(40).contains("\"toCome\""),
      case .object(let plan)? = JSONValue(text: planJSON),
      case .integer(let count)? = plan["toCome"]
    else { return 0 }
    return count
  }
}
