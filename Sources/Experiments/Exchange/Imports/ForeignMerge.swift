import Diffusion
import Foundation
import GRDB
import Statistics
import Store
import Values

/// Writes imported runs into the store, within one transaction.
struct ForeignMerge {
  let store: RunStore
  let db: Database
  /// What was named on the command line.
  let place: String
  let options: ForeignImport.Options
  /// Experiments that got runs, by name: their number, and what the source calls them.
  private var experiments: [String: (id: Int64, names: Set<String>)] = [:]

  init(store: RunStore, db: Database, place: String, options: ForeignImport.Options) {
    self.store = store
    self.db = db
    self.place = place
    self.options = options
  }

  // MARK: Runs

  mutating func take(_ run: ForeignRun) throws -> ForeignImport.Result.Run {
    let name = options.experiment ?? Self.experimentName(run.experiment)
    let experiment = try self.experiment(name, calledIn: run)
    let id = SHA256.hexadecimal(
      of: ["workbench import", run.source.rawValue, run.sourceID].joined(separator: "\u{1F}"))
    let digest = Self.digest(run)
    let known = try String.fetchOne(
      db, sql: "SELECT sha256 FROM importedRun WHERE runId = ?", arguments: [id])
    let outcome: ForeignImport.Outcome = known == nil ? .new : known == digest ? .same : .updated
    if outcome == .updated { try clear(id) }
    if outcome != .same {
      try insert(run, id: id)
      try db.execute(
        sql: """
          INSERT OR REPLACE INTO importedRun (runId, source, sourceId, place, sha256, created)
          VALUES (?, ?, ?, ?, ?, ?)
          """,
        arguments: [id, run.source.rawValue, run.sourceID, place, digest, store.now])
    }
    // A deleted run comes back when it is imported.
    try db.execute(sql: "UPDATE run SET deleted = NULL WHERE id = ?", arguments: [id])
    try db.execute(
      sql: """
        INSERT INTO experimentRun (experimentId, runId, position, label, overrides)
        VALUES (?, ?, 0, ?, '[]')
        ON CONFLICT DO UPDATE SET label = excluded.label, orphan = 0
        """, arguments: [experiment, id, run.label])
    return .init(id: id, experiment: name, label: run.label, outcome: outcome)
  }

  /// Of everything that was read: the same text, the same run.
  private static func digest(_ run: ForeignRun) -> String {
    var hash = SHA256()
    let about: JSONValue = .object([
      "label": .string(run.label), "state": .string(run.state.rawValue),
      "error": run.error.map { .string($0) } ?? .null,
      "began": run.began.map { .number($0) } ?? .null,
      "ended": run.ended.map { .number($0) } ?? .null,
      "settings": .object(run.settings.mapValues(\.json)),
      "tags": .array(run.tags.map { .string($0) }), "notes": .array(run.notes.map { .string($0) }),
      "environment": .object(run.environment.mapValues { .string($0) }),
    ])
    hash.update(about.canonical)
    for series in run.series {
      hash.update("\n\(series.name)\n\(series.steps.count)\n")
      series.steps.withUnsafeBytes { hash.update($0) }
      // NaN is NaN, whatever its bits.
      series.values.map { $0.isNaN ? .nan : $0 }.withUnsafeBytes { hash.update($0) }
    }
    return hash.hexadecimal()
  }

  /// What the source said before; tags, notes and pins of people stay.
  private func clear(_ id: String) throws {
    for table in ["series", "attempt", "ownParameter"] {
      try db.execute(sql: "DELETE FROM \(table) WHERE runId = ?", arguments: [id])
    }
  }

  private func insert(_ run: ForeignRun, id: String) throws {
    let now = store.now
    let began = run.began.map(Self.timestamp)
    let ended = run.state == .running || run.state == .queued ? nil : run.ended.map(Self.timestamp)
    let seconds: Double? =
      if let first = run.began, let last = run.ended, last >= first { last - first } else { nil }
    try db.execute(
      sql: """
        INSERT INTO run (id, trainKey, settings, seed, state, step, created, updated, ended, seconds, error)
        VALUES (?1, ?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        ON CONFLICT (id) DO UPDATE SET settings = excluded.settings, state = excluded.state,
          step = excluded.step, updated = excluded.updated, ended = excluded.ended,
          seconds = excluded.seconds, error = excluded.error
        """,
      arguments: [
        id, JSONValue.object(run.settings.mapValues(\.json)).canonical, run.state.rawValue,
        run.step,
        began ?? now, run.ended.map(Self.timestamp) ?? began ?? now, ended, seconds, run.error,
      ])
    try db.execute(
      sql: """
        INSERT INTO attempt (runId, number, state, started, ended, seconds, error, environment)
        VALUES (?, 1, ?, ?, ?, ?, ?, ?)
        """,
      arguments: [
        id, run.state.rawValue, began ?? now, ended, seconds, run.error,
        JSONValue.object(run.environment.mapValues { .string($0) }).canonical,
      ])
    try ForeignExperiment.insert(run.settings, of: id, db)
    for points in run.series {
      var series = try Series.find(points.name, run: id, db)
      try RunStore.insert(points, into: series.id, db)
      if !series.extend(by: points) { try series.remake(db) }
      try series.save(db)
    }
    for tag in Set(run.tags).sorted() {
      try db.execute(
        sql: "INSERT OR IGNORE INTO tag (runId, name, created) VALUES (?, ?, ?)",
        arguments: [id, tag, began ?? now])
    }
    for note in run.notes {
      try db.execute(
        sql: """
          INSERT INTO note (runId, text, created) SELECT ?1, ?2, ?3
          WHERE NOT EXISTS (SELECT 1 FROM note WHERE runId = ?1 AND text = ?2)
          """, arguments: [id, note, began ?? now])
    }
  }

  private static func timestamp(_ seconds: Double) -> String {
    // Years that have four digits.
    RunStore.timestamp(Date(timeIntervalSince1970: min(max(seconds, 0), 253_402_300_799)))
  }

  // MARK: Experiments

  /// A name that experiments may have (`ExperimentName`): other characters are a hyphen.
  static func experimentName(_ name: String) -> String {
    var result = ""
    for scalar in name.unicodeScalars {
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", ".", "_", "-": result.unicodeScalars.append(scalar)
      default: if !result.hasSuffix("-") { result += "-" }
      }
    }
    result = String(result.prefix(64))
    return result.allSatisfy({ ".-".contains($0) }) ? "imported" : result
  }

  private mutating func experiment(_ name: String, calledIn run: ForeignRun) throws -> Int64 {
    if let known = experiments[name] {
      experiments[name]?.names.insert(run.experiment)
      return known.id
    }
    let id = try ForeignExperiment.id(of: name, objective: options.objective, store, db)
    experiments[name] = (id, [run.experiment])
    return id
  }

  /// Brings what depends on all imported runs of an experiment up to date: their order, which settings tell them apart, and
  /// which only repeat them.
  func arrange(_ notices: inout ImportNotices) throws {
    for (name, experiment) in experiments.sorted(by: { $0.key < $1.key }) {
      let others = experiment.names.filter { $0 != name }.sorted()
      if options.experiment == nil, !others.isEmpty {
        let list = experiment.names.sorted().map { "'\($0)'" }.joined(separator: ", ")
        notices.add(place: "\(list) \(others.count > 1 ? "are" : "is") called '\(name)' here")
      }
      try ForeignArrangement(db: db, experiment: experiment.id, seed: options.seed)(name, &notices)
    }
  }
}
