import Foundation
import GRDB
import Store
import Values

/// The merging itself, within one transaction of the store.
struct CapsuleMerge {
  let store: RunStore
  let conflict: CapsuleImport.Conflict
  let path: String
  let copy: RowCopy

  private var source: Database { copy.source }
  private var target: Database { copy.target }

  mutating func callAsFunction() throws -> CapsuleImport.Result {
    var result = CapsuleImport.Result(runs: [], otherVersions: [])
    try artifacts()
    for id in try String.fetchAll(source, sql: "SELECT id FROM run ORDER BY id") {
      let outcome = try merge(id)
      // A deleted run comes back when it is imported.
      try target.execute(sql: "UPDATE run SET deleted = NULL WHERE id = ?", arguments: [id])
      if outcome != .busy { try take(additionsOf: id) }
      result.runs.append((id, outcome))
    }
    for (id, name) in try experiments() {
      if try !merge(experiment: id, name) { result.otherVersions.append(name) }
    }
    return result
  }

  // MARK: Runs

  private func merge(_ id: String) throws -> CapsuleImport.Outcome {
    let key = [id.databaseValue]
    guard
      let here = try String.fetchOne(
        target, sql: "SELECT state FROM run WHERE id = ?", arguments: [id])
    else {
      try copy.rows(of: "run", where: "id = ?", key, order: "id", replacing: ["sharedId": .null])
      try copy.rows(of: "parameter", where: "runId = ?", key, order: "path")
      try takeResults(of: id)
      return .new
    }
    if RunLock.isHeld(run: id, store: store.folder) { return .busy }
    let comparison = try CapsuleComparison(id, source: source, target: target)
    switch comparison.relation {
    case .same:
      let isDoneThere =
        RunState(stored: try capsuleState(id)).isDone && !RunState(stored: here).isDone
      guard isDoneThere else { return .same }
      try replaceResults(of: id)
      return .longer
    case .capsuleHasMore:
      try replaceResults(of: id)
      return .longer
    case .storeHasMore: return .shorter
    case .differs(let metric, let step):
      switch conflict {
      case .keep: return .kept
      case .replace:
        try replaceResults(of: id)
        return .replaced
      case .refuse:
        throw StoreError(
          .badInput,
          "run \(id.prefix(12)) has other results here than in '\(path)': \(metric) differs from step "
            + "\(step); nothing was imported (--conflict keep or replace chooses which to keep)")
      }
    }
  }

  private func capsuleState(_ id: String) throws -> String {
    try String.fetchOne(source, sql: "SELECT state FROM run WHERE id = ?", arguments: [id]) ?? ""
  }

  private func replaceResults(of id: String) throws {
    for table in ["series", "attempt", "event", "runArtifact", "runInput"] {
      try target.execute(sql: "DELETE FROM \(table) WHERE runId = ?", arguments: [id])
    }
    // What the plan said stays, and when it was planned.
    let columns = try CapsuleSchema.columns("run", source)
      .filter {
        ![
          "id", "trainKey", "settings", "seed", "created", "pinned", "deleted", "sharedId",
        ].contains($0)
      }
    guard
      let row = try Row.fetchOne(source, sql: "SELECT * FROM run WHERE id = ?", arguments: [id])
    else { return }
    let values: [DatabaseValue] = columns.map { row[$0] }
    try target.execute(
      sql: "UPDATE run SET \(columns.map { "\"\($0)\" = ?" }.joined(separator: ", ")) WHERE id = ?",
      arguments: StatementArguments(values + [id.databaseValue]))
    try takeResults(of: id)
  }

  private func takeResults(of id: String) throws {
    let key = [id.databaseValue]
    try copy.rows(of: "attempt", where: "runId = ?", key, order: "number")
    try copy.rows(
      of: "event", where: "runId = ?", key, order: "id", replacing: ["id": .null])
    for (name, number) in try CapsuleComparison.series(id, source).sorted(by: { $0.key < $1.key }) {
      let points = try RunStore.points(of: number, count: 0, name: name, source)
      // The summary is made from the points, not taken at the capsule's word.
      var summary = try Series.find(name, run: id, target)
      try RunStore.insert(points, into: summary.id, target)
      _ = summary.extend(by: points)
      try summary.save(target)
    }
    try RunStore.keepMedians(of: id, target)
    // A run in progress when the capsule was made is not in progress here.
    try target.execute(
      sql: """
        UPDATE run SET state = 'crashed', error = 'it was running when the capsule was made'
        WHERE id = ? AND state = 'running'
        """, arguments: [id])
  }

  /// What adds to a run whatever its results: pictures and networks that it lacks, tags, notes.
  private func take(additionsOf id: String) throws {
    let key = [id.databaseValue]
    try copy.rows(of: "tag", where: "runId = ?", key, order: "name", insertion: "INSERT OR IGNORE")
    for table in try CapsuleSchema.furtherTables(source) where !table.hasExperiment {
      try copy.rows(
        of: table.name, where: "runId = ?", key, order: table.order, insertion: "INSERT OR IGNORE")
    }
    let notes = try Row.fetchAll(
      source, sql: "SELECT text, created FROM note WHERE runId = ? ORDER BY id", arguments: [id])
    for note in notes {
      try target.execute(
        sql: """
          INSERT INTO note (runId, text, created) SELECT ?1, ?2, ?3
          WHERE NOT EXISTS (SELECT 1 FROM note WHERE runId = ?1 AND text = ?2 AND created = ?3)
          """, arguments: [id, note["text"], note["created"]])
    }
    let links = try Row.fetchAll(
      source,
      sql: "SELECT name, step, sha256, created FROM runArtifact WHERE runId = ? ORDER BY id",
      arguments: [id])
    for link in links {
      try target.execute(
        sql: """
          INSERT OR IGNORE INTO runArtifact (runId, name, step, sha256, created)
          VALUES (?, ?, ?, ?, ?)
          """, arguments: [id, link["name"], link["step"], link["sha256"], link["created"]])
    }
  }

  // MARK: Experiments

  private func experiments() throws -> [(id: Int64, name: String)] {
    try Row.fetchAll(source, sql: "SELECT id, name FROM experiment ORDER BY name")
      .map { ($0["id"], $0["name"]) }
  }

  /// - Returns: false where the store's experiment of that name has another file, which stayed.
  private func merge(experiment old: Int64, _ name: String) throws -> Bool {
    let here = try Row.fetchOne(
      target, sql: "SELECT id, fileText FROM experiment WHERE name = ?", arguments: [name])
    let number: Int64
    if let here {
      number = here["id"]
    } else {
      try copy.rows(
        of: "experiment", where: "id = ?", [old.databaseValue], order: "id",
        replacing: ["id": .null])
      number = target.lastInsertedRowID
    }
    func take(_ table: String, order: String, insertion: String = "INSERT OR IGNORE") throws {
      try copy.rows(
        of: table, where: "experimentId = ?", [old.databaseValue], order: order,
        replacing: ["experimentId": number.databaseValue], insertion: insertion)
    }
    if here == nil { try take("sweep", order: "experimentId", insertion: "INSERT") }
    try take("experimentRun", order: "position, runId")
    for table in try CapsuleSchema.furtherTables(source) where table.hasExperiment {
      try take(table.name, order: table.order)
    }
    let hasReport =
      try Bool.fetchOne(
        target, sql: "SELECT EXISTS (SELECT 1 FROM report WHERE experimentId = ?)",
        arguments: [number]) ?? false
    if !hasReport { try take("report", order: "name", insertion: "INSERT") }
    try RunStore.markSwept(experiment: number, target)
    guard let here else { return true }
    return try String.fetchOne(
      source, sql: "SELECT fileText FROM experiment WHERE id = ?", arguments: [old])
      == here["fileText"]
  }

  // MARK: Artifacts

  private func artifacts() throws {
    let cursor = try Row.fetchCursor(
      source, sql: "SELECT sha256, mediaType, bytes, content FROM artifact ORDER BY sha256")
    while let row = try cursor.next() {
      let content: Data = row["content"]
      let size = pngSize(content)
      let isInDatabase = content.count <= Artifact.largestInDatabase
      try target.execute(
        sql: """
          INSERT INTO artifact (sha256, mediaType, bytes, width, height, content)
          VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (sha256) DO NOTHING
          """,
        arguments: [
          row["sha256"], row["mediaType"], content.count, size?.width, size?.height,
          isInDatabase ? content : nil,
        ])
    }
  }
}

/// The points of a run in a capsule beside those of the store's.
struct CapsuleComparison {
  enum Relation: Hashable {
    case same
    case capsuleHasMore
    case storeHasMore
    /// The first metric, by name, that has another value at a step, or steps that the other lacks on
    /// both sides.
    case differs(metric: String, step: Int)
  }

  let relation: Relation

  /// Metrics of the machine and not of the experiment: done again, they are other numbers.
  static func isTiming(_ metric: String) -> Bool {
    ["time/", "speed/", "memory/"].contains { metric.hasPrefix($0) }
  }

  init(_ run: String, source: Database, target: Database) throws {
    let (there, here) = (try Self.series(run, source), try Self.series(run, target))
    var (capsuleHasMore, storeHasMore): (String?, String?)
    for name in Set(there.keys).union(here.keys).sorted() where !Self.isTiming(name) {
      let a = try there[name].map { try RunStore.points(of: $0, count: 0, name: name, source) }
      let b = try here[name].map { try RunStore.points(of: $0, count: 0, name: name, target) }
      let (capsule, store) = (a ?? SeriesPoints(name: name), b ?? SeriesPoints(name: name))
      let common = min(capsule.steps.count, store.steps.count)
      for index in 0..<common {
        // NaN is NaN, and SQLite keeps no sign of zero.
        let (x, y) = (capsule.values[index], store.values[index])
        guard capsule.steps[index] == store.steps[index], x == y || x.isNaN && y.isNaN else {
          relation = .differs(metric: name, step: min(capsule.steps[index], store.steps[index]))
          return
        }
      }
      if capsule.steps.count > common { capsuleHasMore = capsuleHasMore ?? name }
      if store.steps.count > common { storeHasMore = storeHasMore ?? name }
    }
    switch (capsuleHasMore, storeHasMore) {
    case (nil, nil): relation = .same
    case (_?, nil): relation = .capsuleHasMore
    case (nil, _?): relation = .storeHasMore
    case (let metric?, _?): relation = .differs(metric: metric, step: 0)
    }
  }

  static func series(_ run: String, _ db: Database) throws -> [String: Int64] {
    var rows = try RowReader(db, "SELECT name, id FROM series WHERE runId = ?", texts: [run])
    var series: [String: Int64] = [:]
    while try rows.next() { series[rows.text(0)] = Int64(rows.integer(1)) }
    return series
  }
}
