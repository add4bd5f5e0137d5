import Files
import Foundation
import GRDB
import Store

/// A capsule that has been looked through. What is read is a copy beside the store, gone with this
/// object: nobody changes it meanwhile, and one of an earlier version can be brought up to date.
///
/// A capsule is a stranger's: before any of its tables is read, its schema has to be, word by word,
/// the one that the program itself makes. So there are no triggers, views or virtual tables but
/// ours, and nothing of the file is ever executed.
final class CapsuleFile {
  let queue: DatabaseQueue
  private let copy: String
  /// Holds the copy's lock, by which `clean` knows that it is in use.
  private let writer: FileWriter

  private static let header = Array("SQLite format 3\0".utf8)

  /// - Parameter folder: where the copy may lie.
  /// - Throws: `StoreError`: `notFound`; `badInput` where the file is no capsule, damaged, newer than
  ///   the program, or not what the program writes; `cannotCreate`, `inputOutput`.
  init(_ path: String, copyIn folder: String) throws {
    try CapsuleFile.checkFile(path)
    let copy = "\(folder)/\(RunStore.importPrefix)\(UUID().uuidString).sqlite"
    writer = try CapsuleFile.copyFile(path, to: copy)
    do {
      let queue = try CapsuleFile.reading(path) {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = false
        configuration.prepareDatabase { db in
          try db.execute(
            sql: """
              PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;
              PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY
              """)
        }
        return try DatabaseQueue(path: copy, configuration: configuration)
      }
      try CapsuleFile.reading(path) { try CapsuleFile.check(queue, path) }
      self.queue = queue
      self.copy = copy
    } catch {
      CapsuleFile.remove(copy)
      throw error
    }
  }

  deinit { CapsuleFile.remove(copy) }

  private static func remove(_ copy: String) {
    for ending in ["", "-journal", "-wal", "-shm"] { unlink(copy + ending) }
  }

  // MARK: The file

  private static func checkFile(_ path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw StoreError(.notFound, "cannot read '\(path)' (\(systemError()))")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw StoreError(.badInput, "'\(path)' is not a file; name a capsule that 'export' wrote")
    }
    let handle = FileHandle(forReadingAtPath: path)
    defer { try? handle?.close() }
    let begin = [UInt8]((try? handle?.read(upToCount: 100)) ?? Data())
    guard handle != nil else {
      throw StoreError(.inputOutput, "cannot read '\(path)' (\(systemError()))")
    }
    guard begin.count == 100, begin.starts(with: header) else {
      throw StoreError(.badInput, "'\(path)' is not a capsule: it is not an SQLite file")
    }
    let application = begin[68..<72].reduce(0) { $0 << 8 | Int($1) }
    if application == StoreSchema.applicationID {
      throw StoreError(
        .badInput,
        "'\(path)' is a run store's own file, not a capsule; make one with 'workbench export NAME "
          + "--format capsule -o FILE --store FOLDER'")
    }
    guard application == CapsuleSchema.applicationID else {
      throw StoreError(.badInput, "'\(path)' is a database of another program, not a capsule")
    }
    let format = begin[60..<64].reduce(0) { $0 << 8 | Int($1) }
    guard format <= CapsuleSchema.format else {
      throw StoreError(
        .badInput,
        "'\(path)' was written by a newer workbench than this one (capsule format \(format)); "
          + "update the program")
    }
    if stat(path + "-wal", &status) == 0, status.st_size > 0 {
      throw StoreError(
        .badInput,
        "'\(path)' is open in another program, which has not saved all of it ('\(path)-wal'); "
          + "close that program")
    }
  }

  private static func copyFile(_ path: String, to copy: String) throws -> FileWriter {
    guard let source = FileHandle(forReadingAtPath: path) else {
      throw StoreError(.inputOutput, "cannot read '\(path)' (\(systemError()))")
    }
    defer { try? source.close() }
    do {
      return try StoreError.describingFiles {
        let target = try FileWriter(copy)
        while let chunk = try source.read(upToCount: 1 << 20), !chunk.isEmpty {
          try target.write(chunk)
        }
        try target.end(durably: false)
        return target
      }
    } catch {
      unlink(copy)
      throw error
    }
  }

  /// What SQLite's errors mean here: always something about the capsule.
  static func reading<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as DatabaseError {
      switch error.resultCode {
      case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_READONLY:
        throw StoreError(error, store: path)
      default:
        throw StoreError(
          .badInput,
          "the capsule '\(path)' is damaged (\(error.message ?? "\(error.resultCode)")); nothing "
            + "of it was imported; export it again")
      }
    } catch let error as RowDecodingError {
      throw StoreError(
        .badInput, "the capsule '\(path)' holds a value of the wrong type: \(error)")
    }
  }

  // MARK: What is in it

  private static func check(_ queue: DatabaseQueue, _ path: String) throws {
    let isOlder = try queue.read { db in try checkSchema(db, path) }
    try queue.read { db in
      if let damage = try String.fetchOne(db, sql: "PRAGMA integrity_check(1)"), damage != "ok" {
        throw StoreError(
          .badInput, "the capsule '\(path)' is damaged (\(damage)); export it again")
      }
    }
    if isOlder { try StoreSchema.migrator.migrate(queue) }
    try queue.read { db in
      try CapsuleContent(db: db, path: path).check()
      if let row = try Row.fetchOne(db, sql: "PRAGMA foreign_key_check") {
        throw StoreError(
          .badInput,
          "the capsule '\(path)' is damaged: a row of \(row[0] as String? ?? "") belongs to none "
            + "of \(row[2] as String? ?? "")")
      }
    }
  }

  /// - Returns: whether migrations are missing.
  private static func checkSchema(_ db: Database, _ path: String) throws -> Bool {
    let objects = try CapsuleSchema.objects(db)
    let migrator = StoreSchema.migrator
    let newest = try DatabaseQueue()
    try CapsuleSchema.make(newest)
    let versions = try newest.read { try CapsuleSchema.objects($0) }
      .filter { $0.table == "grdb_migrations" }
    guard !versions.isEmpty, objects.isSuperset(of: versions) else {
      throw StoreError(
        .badInput, "'\(path)' is not a capsule: it does not state the version of its tables")
    }
    let applied = Set(
      try String.fetchAll(
        db, sql: "SELECT CAST(identifier AS TEXT) FROM grdb_migrations LIMIT 1000"))
    let known = migrator.migrations
    guard applied.isSubset(of: known) else {
      throw StoreError(
        .badInput,
        "'\(path)' was written by a newer workbench than this one; update the program, then import "
          + "it")
    }
    let prefix = known.prefix(applied.count)
    guard let last = prefix.last, Set(prefix) == applied else {
      throw StoreError(.badInput, "'\(path)' is not a capsule: its tables have no known version")
    }
    let reference = try DatabaseQueue()
    try CapsuleSchema.make(reference, upTo: last)
    let expected = try reference.read { try CapsuleSchema.objects($0) }
    if let strange = objects.subtracting(expected).map(\.name).min() {
      throw StoreError(
        .badInput,
        "'\(path)' is refused: '\(strange)' in it does not belong in a capsule; export it again")
    }
    if let missing = expected.subtracting(objects).map(\.name).min() {
      throw StoreError(.badInput, "the capsule '\(path)' is damaged: it lacks '\(missing)'")
    }
    return prefix.count < known.count
  }
}
