public import Foundation
import GRDB

/// Every run of every experiment: settings, points, pictures, events. A folder:
///
///     workbench.sqlite         tables and views
///     workbench.lock           held around every write
///     workbench.artifacts.lock held between a file below artifacts/ and its row
///     artifacts/ab/SHA256      what is too big for the database
///     work/RUN/                what is under way
///
/// Writes are named transactions, in the extensions of this type. SQLite up to 3.51.2 has a data
/// race between a checkpoint in one connection and a commit in another (sqlite.org/wal.html, "WAL
/// reset bug"), and it is those versions that distributions ship: so each write transaction, with
/// the checkpoint that may follow it, holds a file lock beside the database, and the file is never
/// mapped into memory.
public final class RunStore: Sendable {
  public struct Options: Sendable {
    public enum Journal: Sendable {
      /// The write-ahead log, or `truncate` on a network file system.
      case automatic
      case writeAheadLog
      case truncate
    }

    /// Seconds to wait for another process before `StoreError.Kind.busy`.
    public var busyTimeout: Double
    public var journal: Journal
    /// What time it is.
    public var clock: @Sendable () -> Date

    public init(
      busyTimeout: Double = 30, journal: Journal = .automatic,
      clock: @escaping @Sendable () -> Date = { Date() }
    ) {
      self.busyTimeout = busyTimeout
      self.journal = journal
      self.clock = clock
    }
  }

  public let folder: String
  let options: Options
  let queue: DatabaseQueue
  let writeLock: FileLock

  /// Where the tables are.
  public var databasePath: String { folder + "/workbench.sqlite" }

  /// Opens the store in `folder`, bringing an older one up to date.
  /// - Parameter creating: makes folder and store where there are none.
  /// - Throws: `StoreError`: `notFound` (there is none), `cannotCreate`, `badInput` (damaged, or
  ///   newer than this program), `busy`.
  public init(folder: String, creating: Bool = false, options: Options = Options()) throws {
    let path = folder + "/workbench.sqlite"
    if creating {
      try makeFolder(folder)
    } else if access(path, F_OK) != 0 {
      throw StoreError(
        .notFound,
        "no run store in '\(folder)'; 'workbench run FILE' makes one, --store DIR names another")
    }
    let lock = try FileLock(path: folder + "/workbench.lock")
    guard lock.lock(waiting: options.busyTimeout) else { throw RunStore.busy(path, options) }
    defer { lock.unlock() }
    let queue = try StoreError.describing(store: path) {
      let queue = try DatabaseQueue(
        path: path, configuration: RunStore.configuration(options, readOnly: false))
      try RunStore.prepare(queue, path: path, folder: folder, options: options)
      return queue
    }
    self.folder = folder
    self.options = options
    self.queue = queue
    self.writeLock = lock
  }

  deinit {
    // Closing the last connection makes a checkpoint: that too under the lock.
    let locked = writeLock.lock(waiting: 1)
    try? queue.close()
    if locked { writeLock.unlock() }
  }

  static func configuration(_ options: Options, readOnly: Bool) -> Configuration {
    var configuration = Configuration()
    configuration.readonly = readOnly
    configuration.busyMode = .timeout(options.busyTimeout)
    configuration.prepareDatabase { db in
      // A cache of 16 MB at most, so that pages just written are not read again; a checkpoint every
      // 16 MB of the log, since each one waits for the disk twice.
      try db.execute(
        sql: """
          PRAGMA mmap_size = 0; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY;
          PRAGMA cache_size = -16000; PRAGMA wal_autocheckpoint = 4000
          """)
    }
    return configuration
  }

  /// Checks that the file is ours and not newer, chooses the journal, migrates.
  private static func prepare(
    _ queue: DatabaseQueue, path: String, folder: String, options: Options
  ) throws {
    let isCurrent = try queue.read { db in
      let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
      let objects = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master") ?? 0
      if application != StoreSchema.applicationID, objects > 0 {
        throw StoreError(
          .badInput,
          "\(path) is a database of another program; name another folder with --store")
      }
      if try StoreSchema.migrator.hasBeenSuperseded(db) {
        throw StoreError(
          .badInput,
          "\(path) was written by a newer workbench than this one; update the program, or name "
            + "another store with --store")
      }
      return try StoreSchema.migrator.hasCompletedMigrations(db)
    }
    let truncates =
      switch options.journal {
      case .automatic: isOnNetworkFileSystem(folder)
      case .writeAheadLog: false
      case .truncate: true
      }
    try queue.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA journal_mode = \(truncates ? "TRUNCATE" : "WAL")")
    }
    if !isCurrent { try StoreSchema.migrator.migrate(queue) }
  }

  // MARK: Transactions

  /// One write transaction: all of it happens or nothing.
  func write<Result>(_ body: (Database) throws -> Result) throws -> Result {
    try StoreError.describing(store: databasePath) {
      try queue.writeWithoutTransaction { db in
        try withWriteLock {
          var result: Result?
          try db.inTransaction(.immediate) {
            result = try body(db)
            return .commit
          }
          return result!
        }
      }
    }
  }

  /// Holds the lock that keeps commits and checkpoints of different processes apart. On the
  /// database's queue only.
  func withWriteLock<Result>(_ body: () throws -> Result) throws -> Result {
    guard writeLock.lock(waiting: options.busyTimeout) else {
      throw RunStore.busy(databasePath, options)
    }
    defer { writeLock.unlock() }
    return try body()
  }

  /// Reads one consistent state.
  func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
    try StoreError.describing(store: databasePath) { try queue.read(body) }
  }

  private static func busy(_ path: String, _ options: Options) -> StoreError {
    StoreError(
      .busy,
      "\(path) has been held by another process for \(Int(options.busyTimeout)) s; try again "
        + "when it is done")
  }

  /// Now, as the store writes times.
  var now: String { RunStore.timestamp(options.clock()) }

  /// UTC, ISO 8601 with milliseconds: `2026-02-01T12:00:00.000Z`.
  static func timestamp(_ date: Date) -> String {
    date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }

  /// The date that a time of the store says.
  public static func date(_ timestamp: String) -> Date? {
    try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(timestamp)
  }
}

/// Makes a folder and those above it.
/// - Throws: `StoreError.Kind.cannotCreate`.
public func makeFolder(_ path: String) throws {
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  } catch {
    var status = stat()
    let reason =
      stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR
      ? "a file of that name is in the way" : systemError()
    throw StoreError(
      .cannotCreate, "cannot make the folder '\(path)' (\(reason)); name another place")
  }
}
