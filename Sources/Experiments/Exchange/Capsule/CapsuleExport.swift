import Files
import Foundation
import GRDB
import Store

/// `export --format capsule`: one SQLite file with runs, settings, points, pictures and reports,
/// and the store's documented views. The same runs give the same bytes (of one version of the
/// program and of SQLite), from whichever store.
package struct CapsuleExport: Sendable {
  private let selection: ExportSelection
  private let takesNetworks: Bool

  /// What was left out.
  package struct Omissions: Sendable, Hashable {
    /// Networks that were not asked for.
    package var networks = 0
    /// Files that are gone from the store, damaged, or larger than SQLite takes.
    package var files: [String] = []
  }

  /// - Parameter networks: whether to include trained networks.
  package init(_ selection: ExportSelection, networks: Bool = false) {
    self.selection = selection
    takesNetworks = networks
  }

  /// - Returns: what was left out.
  /// - Throws: `StoreError`: `cannotCreate`, `inputOutput`; then nothing is left behind.
  @discardableResult
  package func write(to path: String) throws -> Omissions {
    var omissions = Omissions()
    // The file is made here, so that what is in the way is told apart from what SQLite could say.
    try NewFile.make(at: path) { file in
      try StoreError.describing(store: path) { omissions = try fill(file.path) }
    }
    return omissions
  }

  private func fill(_ path: String) throws -> Omissions {
    var omissions = Omissions()
    var configuration = Configuration()
    configuration.foreignKeysEnabled = false
    configuration.prepareDatabase { db in
      try db.execute(sql: "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
    }
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    try CapsuleSchema.make(queue)
    try selection.store.read { source in
      try queue.write { target in
        var copy = CapsuleCopy(
          selection: selection, takesNetworks: takesNetworks,
          copy: RowCopy(source: source, target: target))
        try copy()
        omissions = copy.omissions
      }
    }
    try queue.close()
    return omissions
  }
}

/// The copying itself. Every number of a row follows from the order of names and ids, not from the
/// store.
private struct CapsuleCopy {
  let selection: ExportSelection
  let takesNetworks: Bool
  let copy: RowCopy
  var omissions = CapsuleExport.Omissions()
  /// The next number of each table that has its own.
  var nextNumbers: [String: Int64] = [:]

  private var source: Database { copy.source }
  private var target: Database { copy.target }

  mutating func callAsFunction() throws {
    for (key, value) in [
      ("about", "Runs of the diffusion workbench; 'workbench import FILE' takes them in."),
      ("format", String(CapsuleSchema.format)),
    ] {
      try target.execute(
        sql: "INSERT INTO capsule (key, value) VALUES (?, ?)", arguments: [key, value])
    }
    let runs = Set(selection.runs.map(\.id)).sorted()
    for run in runs {
      try copy.rows(
        of: "run", where: "id = ?", [run.databaseValue], order: "id",
        // All its settings are its own there.
        replacing: ["sharedId": .null])
    }
    try experiments()
    var hashes: Set<String> = []
    for run in runs { try rows(of: run, &hashes) }
    try reports(&hashes)
    for hash in hashes.sorted() { try artifact(hash) }
    try clean()
  }

  private func experiments() throws {
    for (index, experiment) in selection.experiments.enumerated() {
      let number = Int64(index + 1).databaseValue
      guard let old = try experimentID(experiment.name) else { continue }
      try copy.rows(
        of: "experiment", where: "id = ?", [old], order: "id", replacing: ["id": number])
      try copy.rows(
        of: "sweep", where: "experimentId = ?", [old], order: "experimentId",
        replacing: ["experimentId": number])
      for run in selection.runs(of: experiment.name).map(\.id).sorted() {
        try copy.rows(
          of: "experimentRun", where: "experimentId = ? AND runId = ?",
          [old, run.databaseValue], order: "runId", replacing: ["experimentId": number])
      }
      let runs = try StoredJSON.text(selection.runs(of: experiment.name).map(\.id))
      for table in try CapsuleSchema.furtherTables(source) where table.hasExperiment {
        let chosen = table.hasRun ? "runId IN (SELECT value FROM json_each(?))" : "? <> ''"
        try copy.rows(
          of: table.name, where: "experimentId = ? AND \(chosen)", [old, runs.databaseValue],
          order: table.order, replacing: ["experimentId": number])
      }
    }
  }

  private func experimentID(_ name: String) throws -> DatabaseValue? {
    try Int64.fetchOne(source, sql: "SELECT id FROM experiment WHERE name = ?", arguments: [name])?
      .databaseValue
  }

  /// Everything of one run but its artifacts' bytes.
  private mutating func rows(of run: String, _ hashes: inout Set<String>) throws {
    let key = [run.databaseValue]
    for (table, order) in [("attempt", "number"), ("parameter", "path"), ("tag", "name")] {
      try copy.rows(of: table, where: "runId = ?", key, order: order)
    }
    for (table, order) in [("note", "id"), ("event", "id"), ("runArtifact", "name, step")] {
      let first = nextNumbers[table, default: 1]
      let condition =
        table == "runArtifact" && !takesNetworks
        ? """
        runId = ? AND sha256 NOT IN (
          SELECT sha256 FROM artifact WHERE mediaType = 'application/x-safetensors')
        """ : "runId = ?"
      nextNumbers[table] =
        first
        + (try copy.rows(
          of: table, where: condition, key, order: order, numbering: "id", from: first))
    }
    hashes.formUnion(
      try String.fetchAll(
        target, sql: "SELECT sha256 FROM runArtifact WHERE runId = ?", arguments: [run]))
    if !takesNetworks {
      omissions.networks +=
        try Int.fetchOne(
          source,
          sql: """
            SELECT count(*) FROM runArtifact JOIN artifact USING (sha256)
            WHERE runId = ? AND mediaType = 'application/x-safetensors'
            """, arguments: [run]) ?? 0
    }
    for table in try CapsuleSchema.furtherTables(source) where !table.hasExperiment {
      try copy.rows(of: table.name, where: "runId = ?", key, order: table.order)
    }
    try series(of: run)
  }

  private mutating func series(of run: String) throws {
    let all = try Int64.fetchAll(
      source, sql: "SELECT id FROM series WHERE runId = ? ORDER BY name", arguments: [run])
    for old in all {
      let new = nextNumbers["series", default: 1]
      nextNumbers["series"] = new + 1
      try copy.rows(
        of: "series", where: "id = ?", [old.databaseValue], order: "id",
        replacing: ["id": new.databaseValue])
      let points = try RunStore.points(of: old, count: 0, name: "", source)
      try RunStore.insert(points, into: new, target)
    }
  }

  private func reports(_ hashes: inout Set<String>) throws {
    for (index, experiment) in selection.experiments.enumerated() {
      guard let old = try experimentID(experiment.name) else { continue }
      try copy.rows(
        of: "report", where: "experimentId = ?", [old], order: "name",
        replacing: ["experimentId": Int64(index + 1).databaseValue])
      hashes.formUnion(
        try String.fetchAll(
          source, sql: "SELECT sha256 FROM report WHERE experimentId = ?", arguments: [old]))
    }
  }

  /// With its bytes, wherever the store keeps them.
  private mutating func artifact(_ hash: String) throws {
    guard
      let row = try Row.fetchOne(
        source, sql: "SELECT bytes, content IS NULL AS isFile FROM artifact WHERE sha256 = ?",
        arguments: [hash])
    else { return }
    var replaced: [String: DatabaseValue] = [:]
    if row["isFile"] as Bool {
      let files = ArtifactFiles(folder: selection.store.folder)
      guard let bytes = try? files.read(hash, bytes: row["bytes"]),
        bytes.count < 1_000_000_000
      else {
        omissions.files.append(hash)
        return
      }
      replaced["content"] = Data(bytes).databaseValue
    }
    try copy.rows(
      of: "artifact", where: "sha256 = ?", [hash.databaseValue], order: "sha256",
      replacing: replaced)
  }

  /// Rows that name a missing file go too.
  private func clean() throws {
    for table in ["runArtifact", "report"] {
      try target.execute(
        sql: "DELETE FROM \(table) WHERE sha256 NOT IN (SELECT sha256 FROM artifact)")
    }
  }
}
