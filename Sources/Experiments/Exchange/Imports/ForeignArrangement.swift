import Foundation
import GRDB
import Store
import Values

/// What a plan says of its runs, made of imported ones as they are found: their order, by when they began; which settings
/// tell them apart; which repeat one another with another seed.
struct ForeignArrangement {
  let db: Database
  let experiment: Int64
  /// The setting that repeats runs; nil: as it was.
  let seed: String?
  /// What repeats runs, where some run has it and nobody has said another.
  var usualSeed: String?

  private static let members = """
    SELECT member.runId FROM experimentRun AS member
    JOIN importedRun ON importedRun.runId = member.runId WHERE member.experimentId = ?
    """

  func callAsFunction(_ name: String, _ notices: inout ImportNotices) throws {
    let settings = try settings()
    var swept = try ownPaths()
    let usual = usualSeed.flatMap { seed in
      settings.values.contains { $0[seed] != nil } ? seed : nil
    }
    let seed = try self.seed ?? earlierSeed(swept ?? []) ?? usual
    if let seed = self.seed, !settings.values.contains(where: { $0[seed] != nil }) {
      throw StoreError(
        .badInput, "no run of '\(name)' has the setting '\(seed)', which --seed names")
    }
    if swept == nil {
      let paths = Set(settings.values.flatMap(\.keys)).subtracting([seed].compactMap { $0 })
      let differing = paths.filter { path in
        let first = settings.first?.value[path]
        return settings.values.contains { $0[path] != first }
      }.sorted()
      swept = differing
      try db.execute(
        sql:
          "INSERT OR REPLACE INTO sweep (experimentId, method, seed, paths) VALUES (?, 'import', NULL, ?)",
        arguments: [experiment, try StoredJSON.text(differing)])
    }
    let first =
      try Int.fetchOne(
        db,
        sql: """
          SELECT ifnull(max(position) + 1, 0) FROM experimentRun
          WHERE experimentId = ? AND runId NOT IN (SELECT runId FROM importedRun)
          """, arguments: [experiment]) ?? 0
    let runs = try String.fetchAll(
      db, sql: "SELECT id FROM run WHERE id IN (\(Self.members)) ORDER BY created, rowid",
      arguments: [experiment])
    var groups: [[String: ParameterValue]: Int] = [:]
    for (index, run) in runs.enumerated() {
      var values = settings[run] ?? [:]
      let overrides = ((swept ?? []) + [seed].compactMap { $0 })
        .compactMap { path in values[path].map { Parameter(path, $0) } }
      let number = seed.flatMap { values.removeValue(forKey: $0) }
      var group: Int?
      if seed != nil {
        group = groups[values] ?? groups.count
        groups[values] = group
      }
      try db.execute(
        sql: """
          UPDATE experimentRun SET position = ?, overrides = ?, repeatGroup = ?
          WHERE experimentId = ? AND runId = ?
          """,
        arguments: [first + index, StoredSettings.text(overrides), group, experiment, run])
      let named = number ?? values["training.seed"] ?? values["seed"]
      try db.execute(
        sql: "UPDATE run SET seed = ? WHERE id = ?", arguments: [named?.integer ?? 0, run])
    }
    try RunStore.markSwept(experiment: experiment, db)
    hint(settings, seed, &notices)
  }

  /// Of each imported run, by path.
  private func settings() throws -> [String: [String: ParameterValue]] {
    var rows = try RowReader(
      db, "SELECT runId, path, json FROM parameter WHERE runId IN (\(Self.members))",
      integers: [experiment])
    var reader = StoredSettings.Reader()
    var settings: [String: [String: ParameterValue]] = [:]
    while try rows.next() {
      settings[rows.text(0), default: [:]][rows.text(1)] = try reader.value(rows.text(2))
    }
    return settings
  }

  /// What the experiment's file sweeps; nil where it sweeps nothing.
  private func ownPaths() throws -> [String]? {
    try String.fetchOne(
      db, sql: "SELECT paths FROM sweep WHERE experimentId = ? AND method <> 'import'",
      arguments: [experiment]
    ).map { try StoredJSON.decode([String].self, $0) }
  }

  /// The seed of an earlier import: what runs set beside what is swept.
  private func earlierSeed(_ swept: [String]) throws -> String? {
    let row = try Row.fetchOne(
      db,
      sql: """
        SELECT member.overrides, sweep.paths FROM experimentRun AS member
        LEFT JOIN sweep ON sweep.experimentId = member.experimentId
        WHERE member.experimentId = ? AND member.repeatGroup IS NOT NULL
          AND member.runId IN (SELECT runId FROM importedRun) LIMIT 1
        """, arguments: [experiment])
    guard let row else { return nil }
    let text: String? = row["paths"]
    let paths = try text.map { try StoredJSON.decode([String].self, $0) } ?? []
    return try StoredSettings.overrides(row["overrides"]).map(\.path).last { !paths.contains($0) }
  }

  /// Which setting is a seed is not guessed; what might be one is said.
  private func hint(
    _ settings: [String: [String: ParameterValue]], _ seed: String?, _ notices: inout ImportNotices
  ) {
    guard seed == nil, settings.count > 1 else { return }
    let candidates = Set(settings.values.flatMap(\.keys)).filter { path in
      path.split(whereSeparator: { "./_".contains($0) }).last?.lowercased() == "seed"
        && Set(settings.values.compactMap { $0[path] }).count > 1
    }
    guard let candidate = candidates.min() else { return }
    notices.add(
      place:
        "if '\(candidate)' only repeats runs, --seed '\(candidate)' has comparisons average over it"
    )
  }
}
