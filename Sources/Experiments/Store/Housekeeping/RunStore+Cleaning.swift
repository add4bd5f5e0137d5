import Foundation
import GRDB

/// Removal for good.
///
/// Each step can be the last one: a deleted run goes in a transaction of its own, and its work
/// folder after it; artifacts that nothing refers to go from the database before their files do.
/// What a crash leaves over is found by the next `clean`. Whatever any table refers to stays: the
/// tables' own foreign keys say what that is, so that reports hold what they show.
extension RunStore {
  /// What `clean` would remove now.
  package func cleaning() throws -> StoreCleaning {
    var cleaning = try read { db in
      let (doomed, kept) = try deletedRuns(db)
      var cleaning = StoreCleaning(items: doomed, kept: kept)
      cleaning.items += try unreferencedArtifacts(doomed: doomed.map(\.name), db)
      cleaning.items += try workFolders(doomed: Set(doomed.map(\.name)), db)
      return cleaning
    }
    cleaning.items += try leftWork(except: Set(cleaning.items.map(\.name)))
    cleaning.items += leftCopies()
    cleaning.items += try strayFiles()
    cleaning.databaseBefore = databaseBytes
    cleaning.databaseAfter = databaseBytes
    return cleaning
  }

  /// Removes deleted runs, artifacts that nothing refers to and leftovers of work for good, then
  /// makes the database's file smaller where that pays.
  /// - Returns: what was removed.
  /// - Throws: `StoreError`; what was removed until then is.
  package func clean() throws -> StoreCleaning {
    try checkIsWritable()
    var cleaning = try cleaning()
    cleaning.items.removeAll {
      $0.kind == .artifact || $0.kind == .strayFile && $0.name.hasPrefix("artifacts/")
    }
    for run in cleaning.items where run.kind == .run { try removeForGood(run.name) }
    for item in cleaning.items where item.kind == .workFolder { try removeWorkFolder(item.name) }
    for item in cleaning.items where item.kind == .strayFile { try removeLeft(item.name) }
    // Nobody is between a file and its row now, and what was found before may have found an owner.
    cleaning.items += try withArtifactFiles(exclusively: true) {
      let artifacts = try write { db in
        let artifacts = try unreferencedArtifacts(doomed: [], db)
        for artifact in artifacts {
          try db.execute(sql: "DELETE FROM artifact WHERE sha256 = ?", arguments: [artifact.name])
        }
        return artifacts
      }
      let files = try strayFiles()
      for file in files { try removeItem(folder + "/" + file.name) }
      removeEmptyFolders()
      let hashes = Set(artifacts.map(\.name))
      return artifacts + files.filter { !hashes.contains(String($0.name.suffix(64))) }
    }
    cleaning.notShrunk = try shrink()
    cleaning.databaseAfter = databaseBytes
    return cleaning
  }

  /// Runs `body` while no `clean` looks for files that no row names: between a file and its row.
  /// - Parameter exclusively: while nobody writes artifacts at all.
  package func withArtifactFiles<Result>(
    exclusively: Bool = false, _ body: () throws -> Result
  ) throws -> Result {
    let lock = try FileLock(path: folder + "/workbench.artifacts.lock")
    guard lock.lock(waiting: options.busyTimeout, shared: !exclusively) else {
      throw StoreError(
        .busy,
        "the artifacts of \(folder) have been held by another process for "
          + "\(Int(options.busyTimeout)) s; try again when it is done")
    }
    defer { lock.unlock() }
    return try body()
  }

  // MARK: What there is

  private func deletedRuns(
    _ db: Database
  ) throws -> (doomed: [StoreCleaning.Item], kept: [StoreCleaning.Item]) {
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT id, deleted, pinned,
          length(settings)
          + ifnull((SELECT sum(length(path) + length(value) + length(json) + 12)
              FROM ownParameter WHERE runId = run.id), 0)
          + ifnull((SELECT sum(22 * count + 90) FROM series WHERE runId = run.id), 0)
          + ifnull((SELECT sum(length(text) + 50) FROM event WHERE runId = run.id), 0)
          + ifnull((SELECT sum(length(environment) + 60) FROM attempt WHERE runId = run.id), 0)
        FROM run WHERE deleted IS NOT NULL ORDER BY id
        """)
    var (doomed, kept): ([StoreCleaning.Item], [StoreCleaning.Item]) = ([], [])
    for row in rows {
      let id: String = row[0]
      let deleted: String = row[1]
      var item = StoreCleaning.Item(
        kind: .run, name: id, bytes: row[3] ?? 0, why: "deleted \(deleted)")
      if RunLock.isHeld(run: id, store: folder) {
        item.why = "is being worked on"
        kept.append(item)
      } else if (row[2] as String?) != nil {
        item.why = "is pinned"
        kept.append(item)
      } else {
        doomed.append(item)
      }
    }
    return (doomed, kept)
  }

  /// - Parameter doomed: runs whose references do not count.
  private func unreferencedArtifacts(
    doomed: [String], _ db: Database
  ) throws -> [StoreCleaning.Item] {
    let references = try Row.fetchAll(
      db,
      sql: """
        SELECT m.name, key."from", EXISTS (
          SELECT 1 FROM pragma_foreign_key_list(m.name) AS other
          WHERE other."table" = 'run' AND other."from" = 'runId')
        FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS key
        WHERE m.type = 'table' AND key."table" = 'artifact' ORDER BY m.name, key."from"
        """)
    let conditions = references.map { row in
      let (table, column, isOfRun): (String, String, Bool) = (row[0], row[1], row[2])
      let counts = isOfRun ? " AND runId NOT IN (SELECT value FROM json_each(?1))" : ""
      return """
        NOT EXISTS (SELECT 1 FROM "\(table)" AS link
          WHERE link."\(column)" = artifact.sha256\(counts))
        """
    }
    return try Row.fetchAll(
      db,
      sql: """
        SELECT sha256, bytes, mediaType, json_array_length(?1) FROM artifact
        WHERE \((conditions + ["1"]).joined(separator: " AND ")) ORDER BY sha256
        """, arguments: [try StoredJSON.text(doomed)]
    ).map { row in
      StoreCleaning.Item(
        kind: .artifact, name: row[0], bytes: row[1],
        why: "\(row[2] as String) that no run and no report has")
    }
  }

  /// Of runs that the store does not have, or will not have.
  private func workFolders(doomed: Set<String>, _ db: Database) throws -> [StoreCleaning.Item] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/work")) ?? []
    return try names.sorted().filter(RunStore.isHash).compactMap { name in
      let isKnown =
        try Bool.fetchOne(
          db, sql: "SELECT EXISTS (SELECT 1 FROM run WHERE id = ?)", arguments: [name]) ?? true
      guard !isKnown || doomed.contains(name), !RunLock.isHeld(run: name, store: folder) else {
        return nil
      }
      return StoreCleaning.Item(
        kind: .workFolder, name: "work/\(name)",
        bytes: RunStore.bytes(below: "\(folder)/work/\(name)"),
        why: isKnown ? "of a deleted run" : "of a run that the store does not have")
    }
  }

  /// Files below `artifacts/` that no row names, and what a crash in the middle of writing left.
  private func strayFiles() throws -> [StoreCleaning.Item] {
    let top = folder + "/artifacts"
    let manager = FileManager.default
    var found: [(path: String, why: String)] = []
    for name in ((try? manager.contentsOfDirectory(atPath: top)) ?? []).sorted() {
      if name.hasPrefix(".new-") {
        found.append(("artifacts/\(name)", "partially written"))
        continue
      }
      guard name.count == 2 else { continue }
      let hashes = ((try? manager.contentsOfDirectory(atPath: "\(top)/\(name)")) ?? []).sorted()
        .filter { RunStore.isHash($0) && $0.hasPrefix(name) }
      let known = try read { db in
        try Set(
          String.fetchAll(
            db,
            sql: """
              SELECT sha256 FROM artifact
              WHERE content IS NULL AND sha256 IN (SELECT value FROM json_each(?))
              """, arguments: [try StoredJSON.text(hashes)]))
      }
      found += hashes.filter { !known.contains($0) }
        .map { ("artifacts/\(name)/\($0)", "a file unknown to the database") }
    }
    return found.map { file in
      StoreCleaning.Item(
        kind: .strayFile, name: file.path, bytes: RunStore.bytes(below: "\(folder)/\(file.path)"),
        why: file.why)
    }
  }

  // MARK: Removal

  package func removeForGood(_ run: String) throws {
    try write { db in
      let shared = try Int64.fetchOne(
        db, sql: "SELECT sharedId FROM run WHERE id = ?", arguments: [run])
      // It may have been restored since it was looked at.
      try db.execute(
        sql: "DELETE FROM run WHERE id = ? AND deleted IS NOT NULL AND pinned IS NULL",
        arguments: [run])
      if let shared { try SharedSettings.remove(shared, ifUnused: db) }
    }
  }

  private func removeWorkFolder(_ path: String) throws {
    let run = String(path.dropFirst("work/".count))
    // Held while the folder goes, so that nobody begins to work in it meanwhile.
    guard let lock = try? RunLock(run: run, store: folder) else { return }
    try withExtendedLifetime(lock) {
      let isKnown = try read {
        try Bool.fetchOne(
          $0, sql: "SELECT EXISTS (SELECT 1 FROM run WHERE id = ?)", arguments: [run]) ?? true
      }
      if !isKnown { try removeItem(folder + "/" + path) }
    }
  }

  /// Of `artifacts/`. What is not empty stays.
  private func removeEmptyFolders() {
    let top = folder + "/artifacts"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: top)) ?? []
    for name in names where name.count == 2 { rmdir("\(top)/\(name)") }
  }

  package func removeItem(_ path: String) throws {
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      // Another `clean` may have been faster.
      guard FileManager.default.fileExists(atPath: path) else { return }
      throw StoreError(
        .inputOutput, "cannot remove \(path) (\((error as NSError).localizedDescription))")
    }
  }

  /// Gives free pages back to the file system, if they are a twentieth of the database or more and
  /// no run is under way, which would have to wait.
  /// - Returns: why not; nil if it was done or there was nothing to do.
  private func shrink() throws -> String? {
    do {
      return try StoreError.describing(store: databasePath) {
        try withConnection { db in try withWriteLock { try shrink(db) } }
      }
    } catch let error as StoreError where error.kind == .busy {
      return "the store is busy"
    }
  }

  private func shrink(_ db: Database) throws -> String? {
    let free = try Int.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
    let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
    var reason: String?
    if free * 20 >= pages, free > 0 {
      let running = try Int.fetchOne(
        db,
        sql: """
          SELECT count(*) FROM run
          WHERE state = 'running' AND id NOT IN (\(RunStore.elsewhere))
          """)
      if running == 0 {
        reason = vacuum(db)
      } else {
        reason = "runs are under way"
      }
    }
    // Readers may hold the log; then the next checkpoint does it.
    _ = try? Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
    return reason
  }

  /// The copy it makes goes to a file, not to memory: the database may be larger than that.
  private func vacuum(_ db: Database) -> String? {
    defer { try? db.execute(sql: "PRAGMA temp_store = MEMORY") }
    do {
      try db.execute(sql: "PRAGMA temp_store = FILE")
      try db.execute(sql: "VACUUM")
      return nil
    } catch {
      return "no copy of it could be made (\((error as? DatabaseError)?.message ?? "\(error)"))"
    }
  }

  private var databaseBytes: Int {
    ["", "-wal"].reduce(0) { $0 + RunStore.bytes(below: databasePath + $1) }
  }

  package static func isHash(_ name: String) -> Bool {
    name.utf8.count == 64
      && name.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }

  /// Of a file, or of all files below a folder.
  package static func bytes(below path: String) -> Int {
    let manager = FileManager.default
    let inside = (try? manager.subpathsOfDirectory(atPath: path)) ?? []
    return ([path] + inside.map { "\(path)/\($0)" }).reduce(0) { sum, path in
      var status = stat()
      guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return sum }
      return sum + Int(status.st_size)
    }
  }
}
