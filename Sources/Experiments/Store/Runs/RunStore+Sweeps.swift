package import GRDB
package import Values

/// What a sweep has decided about a run at a step.
package struct SweepDecision: Sendable, Hashable {
  package var run: String
  /// The rung.
  package var step: Int
  package var metric: String
  package var value: Double
  package var isKept: Bool
  package var reason: String

  package init(
    run: String, step: Int, metric: String, value: Double, isKept: Bool, reason: String
  ) {
    self.run = run
    self.step = step
    self.metric = metric
    self.value = value
    self.isKept = isKept
    self.reason = reason
  }
}

/// How far a run is.
package struct RunStanding: Sendable, Hashable {
  package var state: RunState
  package var step: Int
  /// Of its attempts that have ended.
  package var seconds: Double
  package var error: String?
}

extension RunStore {
  // MARK: Rounds

  /// Writes the rounds of a search that are not there yet.
  package func freeze(_ search: SearchRegistration, of experiment: Int64, _ db: Database) throws {
    for (index, points) in search.rounds.enumerated() {
      try db.execute(
        sql: """
          INSERT INTO sweepRound (experimentId, searchKey, number, points, created)
          VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
          """,
        arguments: [experiment, search.key, index + 1, try StoredJSON.text(points), now])
    }
  }

  /// [round][point][dimension]: what a search has proposed, in order.
  package func rounds(experiment: String, searchKey: String) throws -> [[[Double?]]] {
    try read { db in
      try String.fetchAll(
        db,
        sql: """
          SELECT points FROM sweepRound JOIN experiment ON experiment.id = experimentId
          WHERE experiment.name = ? AND searchKey = ? ORDER BY number
          """, arguments: [experiment, searchKey]
      ).map { try StoredJSON.decode([[Double?]].self, $0) }
    }
  }

  // MARK: Decisions

  /// Writes decisions down, each with an event, and ends the runs that are not kept: all of it or
  /// nothing. A decision that is there already stays as it is.
  package func decide(_ decisions: [SweepDecision], experiment: String, ruleKey: String) throws {
    try write { db in
      let id = try Int64.fetchOne(
        db, sql: "SELECT id FROM experiment WHERE name = ?", arguments: [experiment])
      guard let id else { throw RunStore.noExperiment(experiment) }
      for decision in decisions {
        try db.execute(
          sql: """
            INSERT INTO sweepDecision
              (experimentId, ruleKey, runId, step, metric, value, kept, reason, created)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
            """,
          arguments: [
            id, ruleKey, decision.run, decision.step, decision.metric,
            decision.value.isNaN ? nil : decision.value, decision.isKept, decision.reason, now,
          ])
        guard db.changesCount > 0 else { continue }
        try db.execute(
          sql: """
            INSERT INTO event (runId, attempt, created, level, text)
            SELECT id, (SELECT max(number) FROM attempt WHERE runId = run.id), ?, 'info', ?
            FROM run WHERE id = ?
            """, arguments: [now, decision.reason, decision.run])
        if !decision.isKept {
          try db.execute(
            sql: """
              UPDATE run SET state = 'pruned', ended = ?1, updated = ?1, error = NULL
              WHERE id = ?2 AND state NOT IN ('running', 'finished')
              """, arguments: [now, decision.run])
        }
      }
    }
  }

  /// Ends runs that were decided upon and that nobody works on.
  package func markPruned(_ runs: [String]) throws {
    try write { [folder] db in
      for run in runs where !RunLock.isHeld(run: run, store: folder) {
        try db.execute(
          sql: """
            UPDATE run SET state = 'pruned', error = NULL
            WHERE id = ? AND state NOT IN ('running', 'finished')
            """, arguments: [run])
      }
    }
  }

  /// What a rule has decided about each run of an experiment, by run, earliest step first.
  package func decisions(experiment: String, ruleKey: String) throws -> [String: [SweepDecision]] {
    try read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT sweepDecision.* FROM sweepDecision JOIN experiment ON experiment.id = experimentId
          WHERE experiment.name = ? AND ruleKey = ? ORDER BY step
          """, arguments: [experiment, ruleKey])
      var decisions: [String: [SweepDecision]] = [:]
      for row in rows {
        let decision = SweepDecision(
          run: row["runId"], step: row["step"], metric: row["metric"],
          value: row["value"] ?? .nan, isKept: row["kept"], reason: row["reason"])
        decisions[decision.run, default: []].append(decision)
      }
      return decisions
    }
  }

  /// Forgets what was decided about a run of an experiment that is done anew.
  package func forgetDecisions(run: String, experiment: String) throws {
    try write { db in
      try db.execute(
        sql: """
          DELETE FROM sweepDecision WHERE runId = ?
            AND experimentId = (SELECT id FROM experiment WHERE name = ?)
          """, arguments: [run, experiment])
    }
  }

  /// How far every run is, by id.
  package func standings() throws -> [String: RunStanding] {
    try read { db in
      let rows = try Row.fetchAll(db, sql: "SELECT id, state, step, seconds, error FROM run")
      return Dictionary(
        uniqueKeysWithValues: rows.map { row in
          (
            row["id"] as String,
            RunStanding(
              state: RunState(stored: row["state"]), step: row["step"],
              seconds: row["seconds"] ?? 0, error: row["error"])
          )
        })
    }
  }

  /// The last value of a metric, by run; runs that do not have it are left out.
  package func lastValues(of metric: String) throws -> [String: Double] {
    try read { db in
      let rows = try Row.fetchAll(
        db, sql: "SELECT runId, last FROM series WHERE name = ? AND count > 0",
        arguments: [metric])
      return Dictionary(
        uniqueKeysWithValues: rows.map { ($0["runId"] as String, $0["last"] ?? Double.nan) })
    }
  }
}
