/// What stands between a planned run and its result.
public enum RunState: String, Sendable, Hashable, CaseIterable {
  /// Never begun, or waiting.
  case new
  case running
  /// Finished or pruned: it is not run again.
  case done
  /// Stopped half-way: the next `run` goes on.
  case interrupted
  /// Ended with an error: the next `run` tries again.
  case failed
  /// In the store under this experiment, and no longer asked for.
  case orphan
}

/// Knows what has become of runs: the run store.
public protocol RunStateSource {
  /// Nil: never heard of it.
  func state(of id: String) throws -> RunState?
  /// Runs of the experiment that are not among these ids.
  func orphans(of experiment: String, besides ids: Set<String>) throws -> [OrphanRun]
}

/// A run of the store that the plan does not ask for.
public struct OrphanRun: Sendable, Hashable {
  public let id: String
  public let label: String
  /// Its frozen settings.
  public let settingsJSON: String

  public init(id: String, label: String, settingsJSON: String) {
    self.id = id
    self.label = label
    self.settingsJSON = settingsJSON
  }
}

/// What a run will take.
public struct RunCost: Sendable, Hashable {
  public var seconds: Double?
  public var bytes: Int?

  public init(seconds: Double? = nil, bytes: Int? = nil) {
    self.seconds = seconds
    self.bytes = bytes
  }
}

/// Guesses what runs will take, from what like runs took.
public protocol RunCostSource {
  func cost(of run: PlannedRun) throws -> RunCost?
}
