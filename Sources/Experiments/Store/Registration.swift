public import Statistics

/// What a plan says about an experiment: saved before the first run starts.
public struct ExperimentRegistration: Sendable, Hashable {
  public var name: String
  public var question: String
  /// The experiment file as it was read, with everything it extends.
  public var fileText: String
  /// The whole plan, as `plan --json` prints it.
  public var planJSON: String
  /// The cells of its report, as JSON; nil where there are none.
  public var cellsJSON: String?
  public var objective: Objective?
  public var sweep: SweepRegistration?
  /// What a sweep that learns from its runs has proposed so far.
  public var search: SearchRegistration?
  /// In the order of the plan.
  public var runs: [RunRegistration]
  /// Runs of before that are known again.
  public var earlier: [EarlierRun] = []

  public init(
    name: String, question: String = "", fileText: String, planJSON: String,
    cellsJSON: String? = nil, objective: Objective? = nil, sweep: SweepRegistration? = nil,
    search: SearchRegistration? = nil, runs: [RunRegistration]
  ) {
    self.name = name
    self.question = question
    self.fileText = fileText
    self.planJSON = planJSON
    self.cellsJSON = cellsJSON
    self.objective = objective
    self.sweep = sweep
    self.search = search
    self.runs = runs
  }
}

/// What decides which run won.
public struct Objective: Sendable, Hashable, Codable {
  public typealias Goal = Statistics.Goal

  /// The metric's name, like `eval/frechet_pca64`.
  public var metric: String
  public var goal: Goal

  public init(metric: String, goal: Goal) {
    self.metric = metric
    self.goal = goal
  }

  /// Whether `a` beats `b`; NaN beats nothing.
  public func prefers(_ a: Double, to b: Double) -> Bool {
    if a.isNaN { return false }
    if b.isNaN { return true }
    return goal == .minimize ? a < b : a > b
  }
}

/// How the runs of an experiment were chosen.
public struct SweepRegistration: Sendable, Hashable {
  /// `grid`, `list`, `random` …
  public var method: String
  public var seed: Int?
  /// The swept paths in the file's order, without the repeated seed.
  public var paths: [String]

  public init(method: String, seed: Int? = nil, paths: [String]) {
    self.method = method
    self.seed = seed
    self.paths = paths
  }
}

/// The rounds of a search: what has been written is never changed.
public struct SearchRegistration: Sendable, Hashable {
  /// Hash of what the search follows from: another key is another search.
  public var key: String
  /// [round][point][dimension]; nil where a dimension is not there.
  public var rounds: [[[Double?]]]

  public init(key: String, rounds: [[[Double?]]]) {
    self.key = key
    self.rounds = rounds
  }
}

/// One planned run.
public struct RunRegistration: Sendable, Hashable {
  /// Hash of the frozen settings.
  public var id: String
  /// Hash of what training depends on.
  public var trainKey: String
  /// What differs from the experiment's other runs.
  public var label: String
  /// Place in the plan, from 0.
  public var index: Int
  /// What the sweep set, the repeated seed included.
  public var overrides: [Parameter]
  public var settingsJSON: String
  /// Every setting, flattened to dotted paths.
  public var parameters: [Parameter]
  public var seed: Int
  /// Runs that differ only in their seed share one; nil where nothing is repeated.
  public var repeatGroup: Int?
  /// Which round of a search proposed it, from 1; nil where there are none.
  public var round: Int?
  /// What it depends on beside its settings.
  public var inputs: [RunInput] = []

  public init(
    id: String, trainKey: String, label: String, index: Int, overrides: [Parameter],
    settingsJSON: String, parameters: [Parameter], seed: Int, repeatGroup: Int? = nil,
    round: Int? = nil
  ) {
    self.id = id
    self.trainKey = trainKey
    self.label = label
    self.index = index
    self.overrides = overrides
    self.settingsJSON = settingsJSON
    self.parameters = parameters
    self.seed = seed
    self.repeatGroup = repeatGroup
    self.round = round
  }
}
