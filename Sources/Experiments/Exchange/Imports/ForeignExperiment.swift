import GRDB
import Statistics
import Store
import Values

/// The rows of experiments that runs of other programs go into, and of these runs' settings.
enum ForeignExperiment {
  /// An experiment's number; it is made where there is none of that name.
  /// - Parameter objective: what decides in it; nil: as it was.
  /// - Throws: `StoreError.Kind.badInput` where its file says what decides.
  static func id(
    of name: String, objective: Objective?, _ store: RunStore, _ db: Database
  ) throws -> Int64 {
    try db.execute(
      sql: """
        INSERT INTO experiment (name, question, fileText, plan, created, updated)
        VALUES (?1, '', '', '{}', ?2, ?2) ON CONFLICT DO NOTHING
        """, arguments: [name, store.now])
    guard
      let row = try Row.fetchOne(
        db, sql: "SELECT id, fileText FROM experiment WHERE name = ?", arguments: [name])
    else { throw StoreError(.inputOutput, "\(store.databasePath) gave no id") }
    if let objective {
      guard (row["fileText"] as String).isEmpty else {
        throw StoreError(
          .badInput,
          "what decides in '\(name)' its file says; leave out --minimize and --maximize")
      }
      try db.execute(
        sql: "UPDATE experiment SET objectiveMetric = ?, objectiveGoal = ? WHERE name = ?",
        arguments: [objective.metric, objective.goal.rawValue, name])
    }
    return row["id"]
  }

  /// - Precondition: the run has none of them.
  static func insert(
    _ settings: [String: ParameterValue], of run: String, _ db: Database
  ) throws {
    let insertion = try db.cachedStatement(
      sql:
        "INSERT INTO ownParameter (runId, path, value, number, json, swept) VALUES (?, ?, ?, ?, ?, 0)"
    )
    for (path, value) in settings.sorted(by: { $0.key < $1.key }) {
      try insertion.execute(
        arguments: [run, path, value.text, value.number, StoredSettings.text(value)])
    }
  }
}
