import Files
import Foundation
package import GRDB
import GRDBSQLite
import Synchronization

/// The database of a store that may only be read: another person's, a snapshot, one on a full disk. Nothing is made or
/// changed in the store's folder.
///
/// 1. Others are at work (the log `-wal` has content, and there is its index `-shm`): SQLite reads along with them.
/// 2. Nobody is (no log, no journal): SQLite takes the file for one that does not change. Each reading holds the store's
///    lock, shared, so that no write and no checkpoint comes between; where the file has changed since, or a log is
///    there, it is opened again.
/// 3. Something must be repaired first (a log without its index, a journal, an SQLite without URIs): a copy is read.
package final class ReadOnlyDatabase: @unchecked Sendable {
  private let path: String
  private let options: RunStore.Options
  /// The store's lock; nil where its file is not there or may not be read.
  private let storeLock: FileLock?
  /// Guards what follows.
  private let lock = NSLock()
  private var queue: DatabaseQueue
  /// What the file was when it was taken for one that does not change; nil where SQLite reads along.
  private var stamp: FileStamp?

  /// - Returns: nil where a copy has to be read.
  /// - Throws: `DatabaseError`.
  package init?(path: String, options: RunStore.Options) throws {
    self.path = path
    self.options = options
    let folder = Paths.folder(of: path)
    storeLock = FileLock(reading: folder + "/" + RunStore.lockName)
    guard let opened = try Self.open(path, options) else { return nil }
    (queue, stamp) = opened
  }

  /// Reads one consistent state.
  package func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
    lock.lock()
    defer { lock.unlock() }
    guard let known = stamp else { return try queue.read(body) }
    let isLocked = storeLock?.lock(waiting: options.busyTimeout, shared: true) ?? false
    defer { if isLocked { storeLock?.unlock() } }
    if FileStamp(path) != known || Self.size(path + "-wal") > 0 {
      guard let opened = try Self.open(path, options) else {
        throw StoreError(
          .busy, "\(path) is being written by another process; try again in a moment")
      }
      (queue, stamp) = opened
    }
    return try queue.read(body)
  }

  private static func open(
    _ path: String, _ options: RunStore.Options
  ) throws -> (DatabaseQueue, FileStamp?)? {
    let stamp = FileStamp(path)
    if size(path + "-journal") > 0 { return nil }
    if size(path + "-wal") > 0 {
      guard access(path + "-shm", R_OK) == 0 else { return nil }
      return try? (connection(path, options), nil)
    }
    guard sqlite3_compileoption_used("USE_URI") != 0 else { return nil }
    return (try connection(uri(path), options), stamp)
  }

  private static func connection(
    _ path: String, _ options: RunStore.Options
  ) throws -> DatabaseQueue {
    let queue = try DatabaseQueue(
      path: path, configuration: RunStore.configuration(options, readOnly: true))
    _ = try queue.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM sqlite_master") }
    return queue
  }

  /// sqlite.org/uri.html
  private static func uri(_ path: String) -> String {
    let absolute =
      path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    let allowed = CharacterSet.urlPathAllowed.subtracting(CharacterSet(charactersIn: "?#%"))
    let escaped = absolute.addingPercentEncoding(withAllowedCharacters: allowed) ?? absolute
    return "file://\(escaped)?immutable=1"
  }

  /// Zero where there is no such file.
  private static func size(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  // MARK: Copies

  /// A copy in memory of the database as its log or journal leaves it.
  /// - Throws: `StoreError.Kind.inputOutput` where there is no room for it, `DatabaseError`.
  package static func copy(of path: String, options: RunStore.Options) throws -> DatabaseQueue {
    let copy = try DatabaseQueue(configuration: RunStore.configuration(options, readOnly: false))
    if let reader = try ReadOnlyDatabase(path: path, options: options) {
      try reader.read { source in try copy.writeWithoutTransaction { try source.backup(to: $0) } }
      return copy
    }
    try withCopiedFiles(of: path, options) { file in
      // SQLite repairs this one as it would the store's own.
      let source = try DatabaseQueue(
        path: file, configuration: RunStore.configuration(options, readOnly: false))
      try source.backup(to: copy)
      try source.close()
    }
    return copy
  }

  private static func withCopiedFiles(
    of path: String, _ options: RunStore.Options, _ body: (String) throws -> Void
  ) throws {
    let storeFolder = Paths.folder(of: path)
    let lock = FileLock(reading: storeFolder + "/" + RunStore.lockName)
    let isLocked = lock?.lock(waiting: options.busyTimeout, shared: true) ?? false
    defer { if isLocked { lock?.unlock() } }
    var failure: (any Error)?
    // Memory, where the disk is the one that is full.
    for place in [NSTemporaryDirectory(), "/dev/shm"] {
      let folder = Paths.path("workbench-\(UUID().uuidString)", in: place)
      guard mkdir(folder, 0o700) == 0 else { continue }
      do {
        return try TemporaryFile.owning(folder) {
          defer { try? FileManager.default.removeItem(atPath: folder) }
          for ending in ["", "-wal", "-journal"] where access(path + ending, F_OK) == 0 {
            try copyFile(path + ending, to: "\(folder)/\(RunStore.databaseName)\(ending)")
          }
          return try body("\(folder)/\(RunStore.databaseName)")
        }
      } catch let error as FileFailure {
        failure = error
      }
    }
    throw StoreError(
      .inputOutput,
      "\(path) may not be written, and there is no room for a copy of it in "
        + "\(NSTemporaryDirectory()) (\(failure.map { "\($0)" } ?? systemError())); name a folder "
        + "with room in TMPDIR")
  }

  private static func copyFile(_ source: String, to target: String) throws {
    guard let handle = FileHandle(forReadingAtPath: source) else {
      throw StoreError(.inputOutput, "cannot read \(source) (\(systemError()))")
    }
    defer { try? handle.close() }
    let file = try FileWriter(target)
    while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty {
      try file.write(chunk)
    }
    try file.end(durably: false)
  }
}

/// By which a file is known to be as it was.
private struct FileStamp: Equatable {
  var device: UInt64
  var inode: UInt64
  var bytes: Int64
  var seconds: Int
  var nanoseconds: Int

  /// nil where there is no file.
  init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    #if os(Linux)
      let time = status.st_mtim
    #else
      let time = status.st_mtimespec
    #endif
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    bytes = Int64(status.st_size)
    (seconds, nanoseconds) = (time.tv_sec, time.tv_nsec)
  }
}
