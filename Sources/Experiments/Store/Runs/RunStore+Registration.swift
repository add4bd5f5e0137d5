package import GRDB
import Statistics
package import Values

extension RunStore {
  /// Saves an experiment and its plan: the runs it has are kept with their state and results, new
  /// ones are queued, and those no longer in it become orphans. Imported ones are not the plan's, and stay.
  /// - Parameter marksOrphans: false for a plan with overrides of the command line, which adds
  ///   runs and leaves the others as they are.
  /// - Returns: the state of each of the plan's runs, by id.
  /// - Throws: `StoreError.Kind.badInput` if two runs of the plan are the same.
  @discardableResult
  package func register(
    _ experiment: ExperimentRegistration, marksOrphans: Bool = true
  ) throws -> [String: RunState] {
    var labels: [String: String] = [:]
    for run in experiment.runs {
      if let other = labels.updateValue(run.label, forKey: run.id) {
        throw StoreError(
          .badInput,
          "\(experiment.name): the runs '\(other)' and '\(run.label)' have the same settings; "
            + "leave one out with sweep.where")
      }
    }
    return try write { db in
      let id = try upsert(experiment, db)
      if marksOrphans {
        try db.execute(
          sql: """
            UPDATE experimentRun SET orphan = 1
            WHERE experimentId = ? AND runId NOT IN (SELECT runId FROM importedRun)
            """, arguments: [id])
      }
      try recognise(experiment.earlier, db)
      let shared = try SharedSettings(of: experiment.runs, db)
      for run in experiment.runs {
        try insert(run, into: id, shared, db)
        try insert(run.inputs, of: run.id, db)
      }
      try RunStore.markSwept(experiment: id, db)
      let states = try Row.fetchAll(
        db,
        sql: """
          SELECT run.id, run.state FROM experimentRun JOIN run ON run.id = experimentRun.runId
          WHERE experimentId = ?
          """, arguments: [id])
      let all = Dictionary(
        uniqueKeysWithValues: states.map { ($0["id"] as String, RunState(stored: $0["state"])) })
      return all.filter { labels[$0.key] != nil }
    }
  }

  /// Marks the parameters of an experiment's runs that some experiment sweeps; such a one is a run's own.
  package static func markSwept(experiment id: Int64, _ db: Database) throws {
    try db.execute(
      sql: """
        INSERT OR IGNORE INTO ownParameter (runId, path, value, number, json, swept)
        SELECT run.id, shared.path, shared.value, shared.number, shared.json, 1
        FROM experimentRun AS member JOIN run ON run.id = member.runId
          CROSS JOIN json_each(member.overrides) AS override
          JOIN sharedParameter AS shared
            ON shared.sharedId = run.sharedId AND shared.path = override.value ->> 'path'
        WHERE member.experimentId = ?
        """, arguments: [id])
    try db.execute(
      sql: """
        UPDATE ownParameter SET swept = EXISTS (
          SELECT 1 FROM experimentRun AS member, json_each(member.overrides) AS override
          WHERE member.runId = ownParameter.runId AND override.value ->> 'path' = ownParameter.path)
        WHERE runId IN (SELECT runId FROM experimentRun WHERE experimentId = ?)
        """, arguments: [id])
  }

  private func upsert(_ experiment: ExperimentRegistration, _ db: Database) throws -> Int64 {
    let now = now
    let id = try Int64.fetchOne(
      db,
      sql: """
        INSERT INTO experiment
          (name, question, fileText, plan, objectiveMetric, objectiveGoal, created, updated)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (name) DO UPDATE SET question = excluded.question,
          fileText = excluded.fileText, plan = excluded.plan,
          objectiveMetric = excluded.objectiveMetric, objectiveGoal = excluded.objectiveGoal,
          updated = excluded.updated
        RETURNING id
        """,
      arguments: [
        experiment.name, experiment.question, experiment.fileText, experiment.planJSON,
        experiment.objective?.metric, experiment.objective?.goal.rawValue, now, now,
      ])
    guard let id else { throw StoreError(.inputOutput, "\(databasePath) gave no id") }
    // What imported runs differ in goes on, unless the file has a sweep of its own.
    try db.execute(
      sql: "DELETE FROM sweep WHERE experimentId = ? AND (method <> 'import' OR ?)",
      arguments: [id, experiment.sweep != nil])
    try db.execute(sql: "DELETE FROM reportCells WHERE experimentId = ?", arguments: [id])
    if let cells = experiment.cellsJSON {
      try db.execute(
        sql: "INSERT INTO reportCells (experimentId, source) VALUES (?, ?)",
        arguments: [id, cells])
    }
    if let sweep = experiment.sweep {
      try db.execute(
        sql: "INSERT INTO sweep (experimentId, method, seed, paths) VALUES (?, ?, ?, ?)",
        arguments: [id, sweep.method, sweep.seed, try StoredJSON.text(sweep.paths)])
    }
    if let search = experiment.search { try freeze(search, of: id, db) }
    return id
  }

  private func insert(
    _ run: RunRegistration, into experiment: Int64, _ shared: SharedSettings, _ db: Database
  ) throws {
    let now = now
    let insertion = try db.cachedStatement(
      sql: """
        INSERT INTO run (id, trainKey, settings, seed, state, created, updated, sharedId)
        VALUES (?, ?, ?, ?, 'queued', ?, ?, ?) ON CONFLICT (id) DO NOTHING
        """)
    try insertion.execute(
      arguments: [run.id, run.trainKey, run.settingsJSON, run.seed, now, now, shared.id])
    if db.changesCount > 0 {
      let parameter = try db.cachedStatement(
        sql: """
          INSERT OR REPLACE INTO ownParameter (runId, path, value, number, json, swept)
          VALUES (?, ?, ?, ?, ?, 0)
          """)
      for setting in run.parameters where shared.values[setting.path] == nil {
        try parameter.execute(arguments: [
          run.id, setting.path, setting.value.text, setting.value.number,
          StoredSettings.text(setting.value),
        ])
      }
    }
    let membership = try db.cachedStatement(
      sql: """
        INSERT OR REPLACE INTO experimentRun
          (experimentId, runId, position, label, overrides, repeatGroup, orphan, round)
        VALUES (?, ?, ?, ?, ?, ?, 0, ?)
        """)
    try membership.execute(arguments: [
      experiment, run.id, run.index, run.label, StoredSettings.text(run.overrides),
      run.repeatGroup, run.round,
    ])
  }
}

extension RunState {
  /// The state that the `run` table holds; its CHECK lets no other text in.
  package init(stored: String) {
    self = RunState(rawValue: stored) ?? .crashed
  }
}
