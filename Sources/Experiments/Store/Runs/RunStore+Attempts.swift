package import GRDB
package import Values

extension RunStore {
  /// Begins to work on a run, for the first time or again; a deleted one comes back. Take the run's `RunLock` before: a run
  /// that is `running` and whose lock is free counts as crashed.
  /// - Parameter environment: provenance, like `git.commit`.
  /// - Returns: the attempt's number, from 1.
  /// - Throws: `StoreError.Kind.notFound`.
  @discardableResult
  package func beginAttempt(run: String, environment: [String: String]) throws -> Int {
    let environment = try StoredJSON.text(environment)
    return try write { try beginAttempt(run: run, environment: environment, $0) }
  }

  /// The same within a transaction.
  /// - Parameter environment: a JSON object of texts.
  @discardableResult
  package func beginAttempt(run: String, environment: String, _ db: Database) throws -> Int {
    let now = now
    try db.execute(
      sql: """
        UPDATE run SET state = 'running', updated = ?, ended = NULL, error = NULL,
          deleted = NULL
        WHERE id = ?
        """, arguments: [now, run])
    try requireChange(db, run)
    let number =
      try Int.fetchOne(
        db, sql: "SELECT ifnull(max(number), 0) + 1 FROM attempt WHERE runId = ?",
        arguments: [run]) ?? 1
    try db.execute(
      sql: """
        INSERT INTO attempt (runId, number, state, started, environment)
        VALUES (?, ?, 'running', ?, ?)
        """, arguments: [run, number, now, environment])
    return number
  }

  /// Ends the run's latest attempt. Call it before the `RunLock` goes.
  /// - Parameters:
  ///   - seconds: how long the machine was awake; nil: what the clock on the wall says, a night in between included.
  ///   - durably: whether the store knows it after a power cut as soon as this returns.
  package func finishAttempt(
    run: String, state: RunState, error: String? = nil, seconds: Double? = nil,
    durably: Bool = false
  ) throws {
    try write(durably: durably) { db in
      try end(run: run, state: state, error: error, at: now, seconds: seconds, db)
    }
  }

  /// Marks as crashed every run that is `running` though nobody holds its lock.
  /// - Returns: their ids.
  @discardableResult
  package func markCrashedRuns() throws -> [String] {
    if try read({ try RunStore.deadRuns($0, folder: folder) }).isEmpty { return [] }
    var runs: [String] = []
    let mark: (Database) throws -> Void = { [self] db in
      // Asked again, now that nothing moves: whoever ended a run in between has said so.
      runs = try RunStore.deadRuns(db, folder: folder)
      for run in runs {
        let lastSign = try String.fetchOne(
          db, sql: "SELECT updated FROM run WHERE id = ?", arguments: [run])
        try end(
          run: run, state: .crashed, error: "its process died", at: lastSign ?? now, db)
      }
    }
    if isWritable { try write(mark) } else { try noteInCopy(mark) }
    return runs
  }

  /// The same through a connection of its own, if there are such runs: so `dataVersion` of this one tells that they are.
  package func noticeCrashedRuns() throws {
    guard isWritable, try !read({ try RunStore.deadRuns($0, folder: folder) }).isEmpty else {
      return
    }
    _ = try RunStore.opened(folder, options: options)
  }

  /// Runs that are `running` though nobody holds their locks; those of other programs that `import` has read run elsewhere.
  package static func deadRuns(_ db: Database, folder: String) throws -> [String] {
    try String.fetchAll(
      db,
      sql: """
        SELECT id FROM run WHERE state = 'running' AND id NOT IN (\(elsewhere))
        ORDER BY id
        """
    ).filter { !RunLock.isHeld(run: $0, store: folder) }
  }

  /// Marks as interrupted a run that is `running` though nobody holds its lock: its process was told to end at once.
  package func markStopped(run: String) throws {
    try write { [folder] db in
      let state = try String.fetchOne(
        db, sql: "SELECT state FROM run WHERE id = ?", arguments: [run])
      guard state == RunState.running.rawValue, !RunLock.isHeld(run: run, store: folder) else {
        return
      }
      try end(run: run, state: .interrupted, error: nil, at: now, db)
    }
  }

  /// Forgets what a run has brought, so that it can be done anew: points, pictures, seconds.
  /// Its attempts, events, tags and notes stay. A run that is `running` stays so, any other is
  /// `queued` again.
  package func clearResults(run: String) throws {
    try write { db in
      try db.execute(
        sql: """
          UPDATE run SET state = iif(state = 'running', 'running', 'queued'), step = 0,
            ended = NULL, seconds = NULL, error = NULL, updated = ? WHERE id = ?
          """, arguments: [now, run])
      try requireChange(db, run)
      try db.execute(sql: "DELETE FROM series WHERE runId = ?", arguments: [run])
      try db.execute(sql: "DELETE FROM runArtifact WHERE runId = ?", arguments: [run])
    }
  }

  private func end(
    run: String, state: RunState, error: String?, at time: String, seconds: Double? = nil,
    _ db: Database
  ) throws {
    try db.execute(
      sql: """
        UPDATE attempt SET state = ?1, error = ?2, ended = ?3,
          seconds = ifnull(
            round(?5, 3), max(0, round((julianday(?3) - julianday(started)) * 86400, 3)))
        WHERE runId = ?4 AND number = (SELECT max(number) FROM attempt WHERE runId = ?4)
        """, arguments: [state.rawValue, error, time, run, seconds])
    try requireChange(db, run)
    try db.execute(
      sql: """
        UPDATE run SET state = ?1, error = ?2, ended = ?3, updated = ?3,
          seconds = ifnull(seconds, 0) + (
            SELECT attempt.seconds FROM attempt WHERE runId = ?4 ORDER BY number DESC LIMIT 1)
        WHERE id = ?4
        """, arguments: [state.rawValue, error, time, run])
    try RunStore.keepMedians(of: run, db)
  }

  package func requireChange(_ db: Database, _ run: String) throws {
    if db.changesCount == 0 { throw RunStore.noRun(run) }
  }

  package static func noRun(_ run: String) -> StoreError {
    StoreError(.notFound, "the store has no run '\(run)'; 'workbench runs' lists them")
  }
}
