import GRDB
package import Values

/// What `remove` and `restore` did to a run.
package struct RunRemoval: Sendable, Hashable, Encodable {
  package var id: String
  /// `experiment/label`, once for each experiment that has it.
  package var names: [String]
  package var state: RunState
}

/// What is to be done with runs: keep them for good, hide them, bring them back.
///
/// A deleted run keeps all it has until `clean`; until then no list, report or view shows it, and
/// no reference finds it.
extension RunStore {
  /// Keeps runs from being deleted.
  /// - Throws: `StoreError.Kind.notFound`.
  package func pin(_ runs: [String]) throws {
    try write { db in
      for run in runs {
        try db.execute(
          sql: "UPDATE run SET pinned = ifnull(pinned, ?) WHERE id = ? AND deleted IS NULL",
          arguments: [now, run])
        try requireChange(db, run)
      }
    }
  }

  /// Lets runs be deleted again.
  /// - Throws: `StoreError.Kind.notFound`.
  package func unpin(_ runs: [String]) throws {
    try write { db in
      for run in runs {
        try db.execute(
          sql: "UPDATE run SET pinned = NULL WHERE id = ? AND deleted IS NULL", arguments: [run])
        try requireChange(db, run)
      }
    }
  }

  /// Hides runs until `clean` removes them for good or `restore` brings them back: all of them, or
  /// none where one must stay.
  /// - Parameter shared: also those that several experiments have.
  /// - Returns: one value per run.
  /// - Throws: `StoreError`: `notFound`; `badInput` for a pinned run, and a shared one where
  ///   `shared` is false; `busy` for one that is being worked on.
  @discardableResult
  package func remove(_ runs: [String], shared: Bool = false) throws -> [RunRemoval] {
    try write { db in
      try runs.map { run in
        let removal = try removal(run, db)
        let short = run.prefix(8)
        let pinned = try String.fetchOne(
          db, sql: "SELECT pinned FROM run WHERE id = ?", arguments: [run])
        if pinned != nil {
          throw StoreError(
            .badInput,
            "run \(short) is pinned, so nothing was deleted; 'workbench unpin \(short)' unpins it")
        }
        if removal.names.count > 1, !shared {
          throw StoreError(
            .badInput,
            "run \(short) belongs to \(removal.names.count) experiments, so nothing was deleted: "
              + removal.names.joined(separator: ", ") + "; --shared deletes it from all of them")
        }
        if RunLock.isHeld(run: run, store: folder) {
          throw StoreError(
            .busy, "run \(short) is being worked on, so nothing was deleted; stop it first")
        }
        try db.execute(
          sql: "UPDATE run SET deleted = ? WHERE id = ? AND deleted IS NULL",
          arguments: [now, run])
        try requireChange(db, run)
        return removal
      }
    }
  }

  /// Brings deleted runs back as they were; those that are not deleted stay as they are.
  /// - Returns: those that were deleted.
  /// - Throws: `StoreError.Kind.notFound`.
  @discardableResult
  package func restore(_ runs: [String]) throws -> [RunRemoval] {
    let deleted = try read {
      try Set(String.fetchAll($0, sql: "SELECT id FROM run WHERE deleted IS NOT NULL"))
    }
    // What is not deleted costs no write transaction: `run` asks for each of its plan.
    let wanted = runs.filter(deleted.contains)
    if wanted.isEmpty { return [] }
    return try write { db in
      try wanted.map { run in
        try db.execute(sql: "UPDATE run SET deleted = NULL WHERE id = ?", arguments: [run])
        try requireChange(db, run)
        return try removal(run, db)
      }
    }
  }

  /// The id of the deleted run that a person means: a beginning of its id, or `experiment/label`.
  /// - Throws: `StoreError`: `notFound`; `badInput` where several runs fit.
  package func resolveDeleted(_ reference: String) throws -> String {
    let deleted = try deletedRuns()
    let lowered = reference.lowercased()
    let matches = deleted.filter { run in
      if let experiment = run.experiment, let label = run.label,
        "\(experiment)/\(label)" == reference
      {
        return true
      }
      return !reference.isEmpty && run.id.hasPrefix(lowered)
    }
    let ids = Set(matches.map(\.id)).sorted()
    if ids.count > 1, matches.allSatisfy({ !$0.id.hasPrefix(lowered) }) {
      throw RunStore.ambiguous(reference, matches)
    }
    if ids.count > 1 {
      throw StoreError(
        .badInput,
        "'\(reference)' could be \(ids.prefix(4).map { String($0.prefix(reference.count + 6)) }.joined(separator: ", "))"
          + "; type more of the id")
    }
    guard let id = ids.first else {
      throw StoreError(
        .notFound,
        "there is no deleted run '\(reference)'; 'workbench runs --deleted' lists what can be restored"
      )
    }
    return id
  }

  /// How many of the runs that an experiment's file asks for are deleted.
  package func deletedCount(experiment: String) throws -> Int {
    try read { db in
      try Int.fetchOne(
        db,
        sql: """
          SELECT count(*) FROM experimentRun AS member
          JOIN run ON run.id = member.runId AND run.deleted IS NOT NULL
          JOIN experiment ON experiment.id = member.experimentId
          WHERE experiment.name = ? AND NOT member.orphan
          """, arguments: [experiment]) ?? 0
    }
  }

  private func removal(_ run: String, _ db: Database) throws -> RunRemoval {
    guard
      let state = try String.fetchOne(
        db, sql: "SELECT state FROM run WHERE id = ?", arguments: [run])
    else { throw RunStore.noRun(run) }
    let names = try String.fetchAll(
      db,
      sql: """
        SELECT experiment.name || '/' || member.label FROM experimentRun AS member
        JOIN experiment ON experiment.id = member.experimentId
        WHERE member.runId = ? ORDER BY experiment.name
        """, arguments: [run])
    return RunRemoval(id: run, names: names, state: RunState(stored: state))
  }
}
