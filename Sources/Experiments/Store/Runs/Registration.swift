import Statistics
package import Values

/// What a plan says about an experiment: saved before the first run starts.
package struct ExperimentRegistration: Sendable, Hashable {
  package var name: String
  package var question: String
  /// The experiment file as it was read, with everything it extends.
  package var fileText: String
  /// The whole plan, as `plan --json` prints it.
  package var planJSON: String
  /// The cells of its report, as JSON; nil where there are none.
  package var cellsJSON: String?
  package var objective: Objective?
  package var sweep: SweepRegistration?
  /// What a sweep that learns from its runs has proposed so far.
  package var search: SearchRegistration?
  /// In the order of the plan.
  package var runs: [RunRegistration]
  /// Earlier runs that are recognised.
  package var earlier: [EarlierRun] = []

  package init(
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

/// How the runs of an experiment were chosen.
package struct SweepRegistration: Sendable, Hashable {
  /// `grid`, `list`, `random` …
  package var method: String
  package var seed: Int?
  /// The swept paths in the file's order, without the repeated seed.
  package var paths: [String]

  package init(method: String, seed: Int? = nil, paths: [String]) {
    self.method = method
    self.seed = seed
    self.paths = paths
  }
}

/// The rounds of a search: what has been written is never changed.
package struct SearchRegistration: Sendable, Hashable {
  /// Hash of what the search follows from: another key is another search.
  package var key: String
  /// [round][point][dimension]; nil where a dimension is not there.
  package var rounds: [[[Double?]]]

  package init(key: String, rounds: [[[Double?]]]) {
    self.key = key
    self.rounds = rounds
  }
}

/// One planned run.
package struct RunRegistration: Sendable, Hashable {
  /// Hash of the frozen settings.
  package var id: String
  /// Hash of what training depends on.
  package var trainKey: String
  /// What differs from the experiment's other runs.
  package var label: String
  /// Place in the plan, from 0.
  package var index: Int
  /// What the sweep set, the repeated seed included.
  package var overrides: [Parameter]
  package var settingsJSON: String
  /// Every setting, flattened to dotted paths.
  package var parameters: [Parameter]
  package var seed: Int
  /// Runs that differ only in their seed share one; nil where nothing is repeated.
  package var repeatGroup: Int?
  /// Which round of a search proposed it, from 1; nil where there are none.
  package var round: Int?
  /// What it depends on beside its settings.
  package var inputs: [RunInput] = []

  package init(
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
