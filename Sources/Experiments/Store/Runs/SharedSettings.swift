import Diffusion
import GRDB
import Values

/// Settings that runs have in common, which the store keeps once (`StoreSchema.sharedSettings`).
struct SharedSettings {
  /// Nil where there are none.
  private(set) var id: Int64?
  let values: [String: ParameterValue]

  /// What all of these runs have in common and no sweep sets: written down, if it is not yet.
  init(of runs: [RunRegistration], _ db: Database) throws {
    values = Self.common(runs)
    if values.isEmpty { return }
    let sorted = values.sorted { $0.key < $1.key }.map { Parameter($0.key, $0.value) }
    let hash = SHA256.hexadecimal(of: StoredSettings.text(sorted))
    id = try Int64.fetchOne(
      db, sql: "SELECT id FROM sharedSettings WHERE sha256 = ?", arguments: [hash])
    if id != nil { return }
    try db.execute(sql: "INSERT INTO sharedSettings (sha256) VALUES (?)", arguments: [hash])
    id = db.lastInsertedRowID
    let insertion = try db.cachedStatement(
      sql: """
        INSERT INTO sharedParameter (sharedId, path, value, number, json) VALUES (?, ?, ?, ?, ?)
        """)
    for setting in sorted {
      try insertion.execute(arguments: [
        id, setting.path, setting.value.text, setting.value.number,
        StoredSettings.text(setting.value),
      ])
    }
  }

  private static func common(_ runs: [RunRegistration]) -> [String: ParameterValue] {
    guard let first = runs.first else { return [:] }
    var common = Dictionary(first.parameters.map { ($0.path, $0.value) }) { $1 }
    for run in runs {
      for override in run.overrides { common[override.path] = nil }
      let values = Dictionary(run.parameters.map { ($0.path, $0.value) }) { $1 }
      for (path, value) in common where values[path] != value { common[path] = nil }
    }
    return common
  }

  /// All that are shared, by their numbers.
  static func all(
    _ db: Database, _ names: RunFields.Names
  ) throws -> [Int64: [String: ParameterValue]] {
    guard let (wanted, arguments) = try RunStore.restriction("path", names) else { return [:] }
    var rows = try RowReader(
      db, "SELECT sharedId, path, json FROM sharedParameter WHERE true\(wanted)",
      texts: arguments)
    var shared: [Int64: [String: ParameterValue]] = [:]
    var settings = StoredSettings.Reader()
    while try rows.next() {
      shared[Int64(rows.integer(0)), default: [:]][rows.text(1)] =
        try settings.value(rows.text(2))
    }
    return shared
  }

  /// Forgets those of a number where no run has them any more.
  static func remove(_ id: Int64, ifUnused db: Database) throws {
    try db.execute(
      sql: """
        DELETE FROM sharedSettings
        WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM run WHERE sharedId = ?1)
        """, arguments: [id])
  }
}

/// What the runs of an experiment have of one setting.
package struct SettingSpread: Sendable, Hashable {
  /// The least and the greatest of its values, as canonical JSON: the same where all are.
  package let least: String
  package let greatest: String
  /// How many runs have it.
  package let runs: Int
}

extension RunStore {
  /// The spread of each setting over an experiment's runs, by path. What runs share is looked at once: with ten thousand
  /// runs it is a hundredth of what all settings cost to read.
  /// - Parameter withOrphans: whether runs count that the experiment's file does not ask for any more.
  package func settingSpreads(
    experiment: String, withOrphans: Bool = true
  ) throws -> (runs: Int, spreads: [String: SettingSpread]) {
    try read { db in
      let members = """
        WITH member(runId, sharedId) AS MATERIALIZED (
          SELECT run.id, run.sharedId FROM experimentRun
          JOIN run ON run.id = experimentRun.runId
          JOIN experiment ON experiment.id = experimentRun.experimentId
          WHERE experiment.name = ?1 AND run.deleted IS NULL
            AND (?2 OR NOT experimentRun.orphan))
        """
      let arguments: StatementArguments = [experiment, withOrphans]
      let count = try Int.fetchOne(
        db, sql: "\(members) SELECT count(*) FROM member", arguments: arguments)
      let rows = try Row.fetchCursor(
        db,
        sql: """
          \(members),
          own(sharedId, path, least, greatest, runs) AS MATERIALIZED (
            SELECT member.sharedId, path, min(json), max(json), count(*)
            FROM member JOIN ownParameter ON ownParameter.runId = member.runId
            GROUP BY member.sharedId, path),
          size(sharedId, runs) AS (SELECT sharedId, count(*) FROM member GROUP BY sharedId),
          spread(path, least, greatest, runs) AS (
            SELECT path, least, greatest, runs FROM own
            UNION ALL
            SELECT shared.path, shared.json, shared.json, size.runs - ifnull((
              SELECT own.runs FROM own
              WHERE own.sharedId = shared.sharedId AND own.path = shared.path), 0)
            FROM size JOIN sharedParameter AS shared ON shared.sharedId = size.sharedId)
          SELECT path, min(least), max(greatest), sum(runs) FROM spread WHERE runs > 0 GROUP BY path
          """, arguments: arguments)
      var spreads: [String: SettingSpread] = [:]
      while let row = try rows.next() {
        spreads[row[0]] = SettingSpread(least: row[1], greatest: row[2], runs: row[3])
      }
      return (count ?? 0, spreads)
    }
  }

  /// The paths whose values are not the same in all of an experiment's runs, and those that only
  /// some of them have.
  package func differingSettings(experiment: String) throws -> Set<String> {
    let (count, spreads) = try settingSpreads(experiment: experiment)
    return Set(spreads.filter { $1.least != $1.greatest || $1.runs != count }.keys)
  }
}
