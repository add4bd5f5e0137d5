import Diffusion
import Foundation
import GRDB

extension RunStore {
  /// Saves a file that a run has brought; one of the same name and step is replaced.
  /// - Parameter step: nil for the run as a whole.
  /// - Returns: the content's SHA-256.
  /// - Throws: `StoreError`.
  @discardableResult
  package func saveArtifact(
    run: String, name: String, step: Int? = nil, mediaType: String, bytes: [UInt8]
  ) throws -> String {
    try withArtifactFiles {
      let content = try keep(bytes, mediaType: mediaType)
      try write { db in
        try insert(content, db)
        try link(content.sha256, run: run, name: name, step: step, db)
      }
      return content.sha256
    }
  }

  /// The same for a file of any size on the disk, which is copied.
  @discardableResult
  package func saveArtifact(
    run: String, name: String, step: Int? = nil, mediaType: String, file: String
  ) throws -> String {
    guard let handle = FileHandle(forReadingAtPath: file) else {
      throw StoreError(.notFound, "cannot read '\(file)' (\(systemError()))")
    }
    defer { try? handle.close() }
    let limit = Artifact.largestInDatabase
    let head = [UInt8](try handle.read(upToCount: limit + 1) ?? Data())
    if head.count <= limit {
      return try saveArtifact(
        run: run, name: name, step: step, mediaType: mediaType, bytes: head)
    }
    return try withArtifactFiles {
      var first: [UInt8]? = head
      let (sha256, length) = try ArtifactFiles(folder: folder).write {
        if let head = first {
          first = nil
          return head
        }
        return try handle.read(upToCount: limit).flatMap { $0.isEmpty ? nil : [UInt8]($0) }
      }
      let content = Content(
        sha256: sha256, mediaType: mediaType, bytes: length, size: pngSize(head), blob: nil)
      try write { db in
        try insert(content, db)
        try link(sha256, run: run, name: name, step: step, db)
      }
      return sha256
    }
  }

  /// Saves an experiment's report in place of the one before.
  /// - Throws: `StoreError.Kind.notFound` if the store does not have the experiment.
  package func saveReport(experiment: String, files: [ReportFile]) throws {
    try withArtifactFiles {
      let contents = try files.map { try keep($0.bytes, mediaType: $0.mediaType) }
      try write { db in
        let id = try Int64.fetchOne(
          db, sql: "SELECT id FROM experiment WHERE name = ?", arguments: [experiment])
        guard let id else { throw RunStore.noExperiment(experiment) }
        try db.execute(sql: "DELETE FROM report WHERE experimentId = ?", arguments: [id])
        for (file, content) in zip(files, contents) {
          try insert(content, db)
          try db.execute(
            sql: """
              INSERT OR REPLACE INTO report (experimentId, name, sha256, created)
              VALUES (?, ?, ?, ?)
              """, arguments: [id, file.name, content.sha256, now])
        }
      }
    }
  }

  /// A run's files, by name and step.
  package func artifacts(run: String) throws -> [Artifact] {
    try artifacts(
      """
      SELECT link.name, link.step, link.created, artifact.* FROM runArtifact AS link
      JOIN artifact ON artifact.sha256 = link.sha256
      WHERE link.runId = ? ORDER BY link.name, link.step
      """, run)
  }

  /// The files of an experiment's last report.
  package func report(experiment: String) throws -> [Artifact] {
    try artifacts(
      """
      SELECT link.name, NULL AS step, link.created, artifact.* FROM report AS link
      JOIN artifact ON artifact.sha256 = link.sha256
      JOIN experiment ON experiment.id = link.experimentId
      WHERE experiment.name = ? ORDER BY link.name
      """, experiment)
  }

  /// The bytes of an artifact.
  /// - Throws: `StoreError`: `notFound`, `badInput` where a file is not what its hash says; it names the run to repeat.
  package func content(sha256: String) throws -> [UInt8] {
    let row = try read {
      try Row.fetchOne(
        $0, sql: "SELECT content, bytes FROM artifact WHERE sha256 = ?", arguments: [sha256])
    }
    guard let row else { throw StoreError(.notFound, "the store has no artifact \(sha256)") }
    if let data = row["content"] as Data? { return [UInt8](data) }
    do throws(ArtifactFiles.Damage) {
      return try ArtifactFiles(folder: folder).read(sha256, bytes: row["bytes"])
    } catch {
      throw StoreError(error.kind, try read { try problem(sha256, error, $0) }.description)
    }
  }

  // MARK: Rows

  private struct Content {
    var sha256: String
    var mediaType: String
    var bytes: Int
    var size: (width: Int, height: Int)?
    /// nil where it is a file.
    var blob: Data?
  }

  /// Hashes bytes and, where they are many, writes them to a file: before the transaction, which
  /// is to be short. A file that no row comes to name does no harm, and `clean` removes it.
  private func keep(_ bytes: [UInt8], mediaType: String) throws -> Content {
    let size = mediaType == "image/png" ? pngSize(bytes) : nil
    if bytes.count <= Artifact.largestInDatabase {
      return Content(
        sha256: SHA256.hexadecimal(of: bytes), mediaType: mediaType, bytes: bytes.count,
        size: size, blob: Data(bytes))
    }
    var rest: [UInt8]? = bytes
    let (sha256, length) = try ArtifactFiles(folder: folder).write {
      defer { rest = nil }
      return rest
    }
    return Content(sha256: sha256, mediaType: mediaType, bytes: length, size: size, blob: nil)
  }

  private func insert(_ content: Content, _ db: Database) throws {
    try db.execute(
      sql: """
        INSERT INTO artifact (sha256, mediaType, bytes, width, height, content)
        VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (sha256) DO NOTHING
        """,
      arguments: [
        content.sha256, content.mediaType, content.bytes, content.size?.width,
        content.size?.height, content.blob,
      ])
  }

  private func link(
    _ sha256: String, run: String, name: String, step: Int?, _ db: Database
  ) throws {
    guard
      try Bool.fetchOne(
        db, sql: "SELECT EXISTS (SELECT 1 FROM run WHERE id = ?)", arguments: [run]) == true
    else { throw RunStore.noRun(run) }
    try db.execute(
      sql: """
        INSERT OR REPLACE INTO runArtifact (runId, name, step, sha256, created)
        VALUES (?, ?, ?, ?, ?)
        """, arguments: [run, name, step, sha256, now])
  }

  private func artifacts(_ sql: String, _ key: String) throws -> [Artifact] {
    try read { db in
      try Row.fetchAll(db, sql: sql, arguments: [key]).map { row in
        Artifact(
          name: row["name"], step: row["step"], mediaType: row["mediaType"], bytes: row["bytes"],
          sha256: row["sha256"], width: row["width"], height: row["height"],
          created: row["created"])
      }
    }
  }
}
