import GRDB
import Statistics
package import Values

extension RunStore {
  /// Every experiment, by name.
  package func experiments() throws -> [ExperimentSummary] {
    try experiments(where: "1", [])
  }

  private func experiments(
    where condition: String, _ arguments: StatementArguments
  ) throws -> [ExperimentSummary] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT experiment.*, sweep.method, sweep.seed AS sweepSeed, sweep.paths
          FROM experiment LEFT JOIN sweep ON sweep.experimentId = experiment.id
          WHERE \(condition) ORDER BY name
          """, arguments: arguments
      ).map(ExperimentSummary.init(row:))
    }
  }

  /// - Throws: `StoreError.Kind.notFound`.
  package func experiment(_ name: String) throws -> ExperimentSummary {
    guard let experiment = try experiments(where: "name = ?", [name]).first else {
      throw RunStore.noExperiment(name)
    }
    return experiment
  }

  /// The names of all experiments, and what decides in each: without their files and plans, which
  /// may be long.
  package func objectives() throws -> [String: Objective?] {
    try read { db in
      let rows = try Row.fetchAll(
        db, sql: "SELECT name, objectiveMetric, objectiveGoal FROM experiment")
      return Dictionary(
        uniqueKeysWithValues: rows.map { ($0["name"] as String, Objective(row: $0)) })
    }
  }

  package static func noExperiment(_ name: String) -> StoreError {
    StoreError(
      .notFound, "the store has no experiment '\(name)'; 'workbench runs' lists what it has")
  }

  /// Every state by run id, those of deleted runs too: what a plan asks.
  package func states() throws -> [String: RunState] {
    try read { db in
      let rows = try Row.fetchAll(db, sql: "SELECT id, state FROM run")
      return Dictionary(
        uniqueKeysWithValues: rows.map { ($0["id"] as String, RunState(stored: $0["state"])) })
    }
  }

  /// The run's frozen settings as they were planned.
  package func settingsJSON(run: String) throws -> String {
    let text = try read {
      try String.fetchOne($0, sql: "SELECT settings FROM run WHERE id = ?", arguments: [run])
    }
    guard let text else { throw RunStore.noRun(run) }
    return text
  }

  /// Every metric that any of the experiment's runs has, in alphabetical order.
  package func metricNames(experiment: String) throws -> [String] {
    try read { db in
      try String.fetchAll(
        db,
        sql: """
          SELECT DISTINCT name FROM series WHERE runId IN
            (SELECT member.runId FROM experimentRun AS member
             JOIN run ON run.id = member.runId AND run.deleted IS NULL
             JOIN experiment ON experiment.id = member.experimentId WHERE experiment.name = ?)
          ORDER BY name
          """, arguments: [experiment])
    }
  }

  /// A run's attempts, first to last.
  package func attempts(run: String) throws -> [Attempt] {
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
}

extension ExperimentSummary {
  fileprivate init(row: Row) throws {
    name = row["name"]
    question = row["question"]
    fileText = row["fileText"]
    planJSON = row["plan"]
    created = row["created"]
    updated = row["updated"]
    objective = Objective(row: row)
    if let method: String = row["method"] {
      sweep = SweepRegistration(
        method: method, seed: row["sweepSeed"],
        paths: try StoredJSON.decode([String].self, row["paths"]))
    }
  }
}

extension Objective {
  fileprivate init?(row: Row) {
    guard let metric: String = row["objectiveMetric"] else { return nil }
    self.init(metric: metric, goal: row["objectiveGoal"] == "maximize" ? .maximize : .minimize)
  }
}
