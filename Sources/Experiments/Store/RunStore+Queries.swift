import GRDB

extension RunStore {
  /// Every experiment, by name.
  public func experiments() throws -> [ExperimentSummary] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT experiment.*, sweep.method, sweep.seed AS sweepSeed, sweep.paths
          FROM experiment LEFT JOIN sweep ON sweep.experimentId = experiment.id
          ORDER BY name
          """
      ).map(ExperimentSummary.init(row:))
    }
  }

  /// - Throws: `StoreError.Kind.notFound`.
  public func experiment(_ name: String) throws -> ExperimentSummary {
    guard let experiment = try experiments().first(where: { $0.name == name }) else {
      throw RunStore.noExperiment(name)
    }
    return experiment
  }

  static func noExperiment(_ name: String) -> StoreError {
    StoreError(
      .notFound, "the store has no experiment '\(name)'; 'workbench runs' lists what it has")
  }

  /// An experiment's runs in the order of its plan, orphans last.
  /// - Throws: `StoreError.Kind.notFound`.
  public func runs(experiment: String) throws -> [RunSummary] {
    _ = try self.experiment(experiment)
    return try runs(where: "experiment.name = ?", [experiment])
  }

  /// Every run, once for each experiment that has it, by experiment and plan.
  public func runs() throws -> [RunSummary] {
    try runs(where: "1", [])
  }

  /// The run of that full id, once for each experiment that has it.
  /// - Throws: `StoreError.Kind.notFound`.
  public func memberships(run: String) throws -> [RunSummary] {
    let found = try runs(where: "run.id = ?", [run])
    if found.isEmpty { throw RunStore.noRun(run) }
    return found
  }

  /// Every state by run id: what a plan asks.
  public func states() throws -> [String: RunState] {
    try read { db in
      let rows = try Row.fetchAll(db, sql: "SELECT id, state FROM run")
      return Dictionary(
        uniqueKeysWithValues: rows.map { ($0["id"] as String, RunState(stored: $0["state"])) })
    }
  }

  /// The run's frozen settings as they were planned.
  public func settingsJSON(run: String) throws -> String {
    let text = try read {
      try String.fetchOne($0, sql: "SELECT settings FROM run WHERE id = ?", arguments: [run])
    }
    guard let text else { throw RunStore.noRun(run) }
    return text
  }

  /// A run's attempts, first to last.
  public func attempts(run: String) throws -> [Attempt] {
    try read { db in
      try Row.fetchAll(
        db, sql: "SELECT * FROM attempt WHERE runId = ? ORDER BY number", arguments: [run]
      ).map { row in
        Attempt(
          number: row["number"], state: RunState(stored: row["state"]), started: row["started"],
          ended: row["ended"], seconds: row["seconds"], error: row["error"],
          environment: try StoredJSON.decode([String: String].self, row["environment"]))
      }
    }
  }

  // MARK: Rows

  /// Five queries whatever the number of runs, and none of them touches the points.
  private func runs(where condition: String, _ arguments: StatementArguments) throws
    -> [RunSummary]
  {
    let members = """
      FROM run LEFT JOIN experimentRun AS member ON member.runId = run.id
      LEFT JOIN experiment ON experiment.id = member.experimentId WHERE \(condition)
      """
    return try read { db in
      var parameters: [String: [String: ParameterValue]] = [:]
      var values: [String: ParameterValue] = [:]
      let settings = try Row.fetchCursor(
        db,
        sql: "SELECT runId, path, json FROM parameter WHERE runId IN (SELECT run.id \(members))",
        arguments: arguments)
      while let row = try settings.next() {
        let text: String = row[2]
        let value = try values[text] ?? StoredJSON.decode(ParameterValue.self, text)
        values[text] = value
        parameters[row[0], default: [:]][row[1]] = value
      }
      var metrics: [String: [String: MetricSummary]] = [:]
      let series = try Row.fetchCursor(
        db, sql: "SELECT * FROM series WHERE runId IN (SELECT run.id \(members))",
        arguments: arguments)
      while let row = try series.next() {
        metrics[row["runId"], default: [:]][row["name"]] = MetricSummary(row: row)
      }
      let tags = try RunStore.texts(db, "SELECT runId, name FROM tag ORDER BY name")
      let notes = try RunStore.texts(db, "SELECT runId, text FROM note ORDER BY id")
      return try Row.fetchAll(
        db,
        sql: """
          SELECT run.*, experiment.name AS experiment, member.* \(members)
          ORDER BY experiment.name IS NULL, experiment.name, member.orphan, member.position,
            run.created, run.id
          """, arguments: arguments
      ).map { row in
        let id: String = row["id"]
        return try RunSummary(
          row: row, tags: tags[id] ?? [], notes: notes[id] ?? [],
          parameters: parameters[id] ?? [:], metrics: metrics[id] ?? [:])
      }
    }
  }

  /// Texts by run, of a query that gives both; people write few.
  static func texts(_ db: Database, _ sql: String) throws -> [String: [String]] {
    var texts: [String: [String]] = [:]
    let rows = try Row.fetchCursor(db, sql: sql)
    while let row = try rows.next() { texts[row[0], default: []].append(row[1]) }
    return texts
  }
}

extension ExperimentSummary {
  fileprivate init(row: Row) throws {
    name = row["name"]
    question = row["question"]
    fileText = row["fileText"]
    planJSON = row["plan"]
    created = row["created"]
    updated = row["updated"]
    if let metric: String = row["objectiveMetric"] {
      objective = Objective(
        metric: metric, goal: row["objectiveGoal"] == "maximize" ? .maximize : .minimize)
    }
    if let method: String = row["method"] {
      sweep = SweepRegistration(
        method: method, seed: row["sweepSeed"],
        paths: try StoredJSON.decode([String].self, row["paths"]))
    }
  }
}

extension RunSummary {
  fileprivate init(
    row: Row, tags: [String], notes: [String], parameters: [String: ParameterValue],
    metrics: [String: MetricSummary]
  ) throws {
    id = row["id"]
    trainKey = row["trainKey"]
    experiment = row["experiment"]
    label = row["label"]
    position = row["position"] ?? 0
    state = RunState(stored: row["state"])
    created = row["created"]
    ended = row["ended"]
    seconds = row["seconds"]
    seed = row["seed"]
    step = row["step"]
    error = row["error"]
    isOrphan = row["orphan"] ?? false
    let overrides: String? = row["overrides"]
    self.overrides = try overrides.map { try StoredJSON.decode([Parameter].self, $0) } ?? []
    repeatGroup = row["repeatGroup"]
    self.tags = tags
    self.notes = notes
    self.parameters = parameters
    self.metrics = metrics
  }
}

extension MetricSummary {
  init(row: Row) {
    count = row["count"]
    nanCount = row["nanCount"]
    last = row["last"] ?? .nan
    lastStep = row["lastStep"] ?? 0
    min = row["min"] ?? .nan
    minStep = row["minStep"]
    max = row["max"] ?? .nan
    maxStep = row["maxStep"]
  }
}
