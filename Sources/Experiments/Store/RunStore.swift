import Files
package import Foundation
package import GRDB

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
package final class RunStore: Sendable {
  package struct Options: Sendable {
    package enum Journal: Sendable {
      /// The write-ahead log, or `truncate` on a network file system.
      case automatic
      case writeAheadLog
      case truncate
    }

    /// Seconds to wait for another process before `StoreError.Kind.busy`.
    package var busyTimeout: Double
    package var journal: Journal
    /// Why a store that is opened for reading is not to be written, and what to do; nil: it cannot be.
    package var readOnlyReason: String?
    /// What time it is.
    package var clock: @Sendable () -> Date

    package init(
      busyTimeout: Double = 30, journal: Journal = .automatic,
      clock: @escaping @Sendable () -> Date = { Date() }
    ) {
      self.busyTimeout = busyTimeout
      self.journal = journal
      self.clock = clock
    }
  }

  package let folder: String
  package let options: Options
  private let connection: Connection
  /// Whether writes are taken: no where the store may only be read.
  package let isWritable: Bool
  /// Whether what is written is there for the next who opens the store.
  package var keepsWrites: Bool { if case .own = connection { true } else { false } }

  private enum Connection: Sendable {
    /// The store's own file, and the lock held around every write.
    case own(DatabaseQueue, FileLock)
    /// The store's own file, which may only be read.
    case reading(ReadOnlyDatabase)
    /// A copy in memory, gone with this object.
    case copy(DatabaseQueue)
  }

  package static let databaseName = "workbench.sqlite"
  package static let lockName = "workbench.lock"

  /// Where the tables are.
  package var databasePath: String { "\(folder)/\(RunStore.databaseName)" }

  /// Opens the store in `folder`, bringing an older one up to date.
  /// - Parameter creating: makes folder and store where there are none.
  /// - Throws: `StoreError`: `notFound` (there is none), `cannotCreate`, `badInput` (damaged, or
  ///   newer than this program), `busy`.
  package init(folder: String, creating: Bool = false, options: Options = Options()) throws {
    let path = "\(folder)/\(RunStore.databaseName)"
    if creating { try makeFolder(folder) } else { try RunStore.checkIsThere(folder) }
    let lock = try FileLock(path: "\(folder)/\(RunStore.lockName)")
    guard lock.lock(waiting: options.busyTimeout) else { throw RunStore.busy(path, options) }
    defer { lock.unlock() }
    // SQLite would make it readable and writable for its owner and readable for the others, whatever the umask says. One
    // that is there is not touched: closing a descriptor of it would take the locks away that another connection of this
    // process holds on it (sqlite.org/howtocorrupt.html, 2.2), and a process that ends would delete the log under it.
    if access(path, F_OK) != 0 {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      if descriptor >= 0 { close(descriptor) }
    }
    let queue = try StoreError.describing(store: path) {
      let queue = try DatabaseQueue(
        path: path, configuration: RunStore.configuration(options, readOnly: false))
      try RunStore.prepare(queue, path: path, folder: folder, options: options)
      return queue
    }
    self.folder = folder
    self.options = options
    connection = .own(queue, lock)
    isWritable = true
  }

  /// Opens a store without touching it.
  /// - Parameter scratch: takes writes, all of which are gone with this object.
  /// - Throws: `StoreError`: `notFound`, `badInput`, `inputOutput`.
  package init(reading folder: String, scratch: Bool = false, options: Options = Options()) throws {
    try RunStore.checkIsThere(folder)
    let path = "\(folder)/\(RunStore.databaseName)"
    guard access(path, R_OK) == 0 else {
      throw StoreError(.inputOutput, "cannot read \(path) (\(systemError()))")
    }
    self.folder = folder
    self.options = options
    isWritable = scratch
    connection = try StoreError.describing(store: path) {
      if !scratch, let reader = try ReadOnlyDatabase(path: path, options: options) {
        let isAsItShouldBe = try reader.read { db in
          try RunStore.check(db, path: path, mayBeEmpty: false)
            && RunStore.deadRuns(db, folder: folder).isEmpty
        }
        if isAsItShouldBe { return .reading(reader) }
      }
      let copy = try ReadOnlyDatabase.copy(of: path, options: options)
      let isCurrent = try copy.read { try RunStore.check($0, path: path, mayBeEmpty: false) }
      if !isCurrent { try StoreSchema.migrator.migrate(copy) }
      return .copy(copy)
    }
    // A copy can say of dead runs what the store does not know yet.
    if case .copy = connection { try markCrashedRuns() }
  }

  /// Opens a store in order to ask it: as `init(folder:)` does, or for reading alone where it may not be written or its
  /// disk is full.
  /// - Parameter scratch: takes writes all the same, which are gone with the store.
  /// - Throws: `StoreError`.
  package static func opened(
    _ folder: String, scratch: Bool = false, options: Options = Options()
  ) throws -> RunStore {
    do {
      let store = try RunStore(folder: folder, options: options)
      try store.markCrashedRuns()
      return store
    } catch let error as StoreError where [.cannotCreate, .inputOutput].contains(error.kind) {
      return try RunStore(reading: folder, scratch: scratch, options: options)
    }
  }

  deinit {
    guard case .own(let queue, let lock) = connection else { return }
    // Closing the last connection makes a checkpoint: that too under the lock.
    let locked = lock.lock(waiting: options.busyTimeout)
    try? queue.close()
    if locked { lock.unlock() }
  }

  private static func checkIsThere(_ folder: String) throws {
    let path = "\(folder)/\(databaseName)"
    if access(path, F_OK) == 0 { return }
    if errno == EACCES {
      throw StoreError(.inputOutput, "cannot look into '\(folder)' (\(systemError()))")
    }
    throw noStore(folder)
  }

  /// Where there is no store, or nothing in it: has it been lost?
  private static func noStore(_ folder: String) -> StoreError {
    if hasFilesOfRuns(folder) {
      return StoreError(
        .badInput,
        "\(folder)/\(databaseName) is gone or empty, though pictures, networks or checkpoints of its "
          + "runs lie in \(folder)/artifacts and \(folder)/work; restore a copy of it, or, to start over, "
          + "remove both folders")
    }
    return StoreError(
      .notFound,
      "no run store in '\(folder)'; 'workbench run FILE' makes one, --store DIR names another")
  }

  package static func configuration(_ options: Options, readOnly: Bool) -> Configuration {
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

  /// Checks that the database is ours and not newer.
  /// - Parameter mayBeEmpty: whether one may be that is still to be made, or whose making was interrupted.
  /// - Returns: whether its tables are those of this program.
  private static func check(_ db: Database, path: String, mayBeEmpty: Bool) throws -> Bool {
    let application = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
    if application != StoreSchema.applicationID {
      guard application == 0, try isUnmade(db) else {
        throw StoreError(
          .badInput,
          "\(path) is a database of another program; name another folder with --store")
      }
      let folder = Paths.folder(of: path)
      guard mayBeEmpty, !hasFilesOfRuns(folder) else { throw noStore(folder) }
    }
    if try StoreSchema.migrator.hasBeenSuperseded(db) {
      throw StoreError(
        .badInput,
        "\(path) was written by a newer workbench than this one; update the program, or name "
          + "another store with --store")
    }
    return try StoreSchema.migrator.hasCompletedMigrations(db)
  }

  /// Whether a database has nothing, or nothing but the empty table of migrations, which is made before the first of them
  /// and in a transaction of its own: the making of a store was interrupted there.
  private static func isUnmade(_ db: Database) throws -> Bool {
    let tables = try String.fetchAll(db, sql: "SELECT DISTINCT tbl_name FROM sqlite_master")
    if tables.isEmpty { return true }
    return try tables == ["grdb_migrations"]
      && !(Bool.fetchOne(db, sql: "SELECT EXISTS (SELECT 1 FROM grdb_migrations)") ?? true)
  }

  /// Chooses the journal, migrates.
  private static func prepare(
    _ queue: DatabaseQueue, path: String, folder: String, options: Options
  ) throws {
    let isCurrent = try queue.read { try check($0, path: path, mayBeEmpty: true) }
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
  /// - Parameter durably: whether it is on the disk when this returns; else only the process's own death cannot undo it.
  package func write<Result>(
    durably: Bool = false, _ body: (Database) throws -> Result
  ) throws -> Result {
    try StoreError.describing(store: databasePath) {
      try withConnection { db in
        if durably { try db.execute(sql: "PRAGMA synchronous = FULL") }
        defer { if durably { try? db.execute(sql: "PRAGMA synchronous = NORMAL") } }
        return try withWriteLock { try RunStore.transaction(db, body) }
      }
    }
  }

  private static func transaction<Result>(
    _ db: Database, _ body: (Database) throws -> Result
  ) throws -> Result {
    var result: Result?
    try db.inTransaction(.immediate) {
      result = try body(db)
      return .commit
    }
    return result!
  }

  /// What can be told of a store that may only be read, in a copy of it; nothing where there is none.
  package func noteInCopy(_ body: (Database) throws -> Void) throws {
    guard case .copy(let queue) = connection else { return }
    try StoreError.describing(store: databasePath) {
      try queue.writeWithoutTransaction { try RunStore.transaction($0, body) }
    }
  }

  /// On the database's queue, without transaction or lock.
  /// - Throws: `StoreError.Kind.cannotCreate` where the store may only be read.
  package func withConnection<Result>(_ body: (Database) throws -> Result) throws -> Result {
    try checkIsWritable()
    switch connection {
    case .own(let queue, _), .copy(let queue): return try queue.writeWithoutTransaction(body)
    case .reading: throw readOnly
    }
  }

  /// - Throws: `StoreError.Kind.cannotCreate` where the store may only be read.
  package func checkIsWritable() throws {
    if !isWritable { throw readOnly }
  }

  private var readOnly: StoreError {
    StoreError(
      .cannotCreate,
      options.readOnlyReason
        ?? "the store in '\(folder)' can only be read: its files may not be written, or its disk is full; "
        + "make room, ask its owner, or name another with --store")
  }

  /// Holds the lock that keeps commits and checkpoints of different processes apart. On the
  /// database's queue only.
  package func withWriteLock<Result>(_ body: () throws -> Result) throws -> Result {
    guard case .own(_, let lock) = connection else { return try body() }
    guard lock.lock(waiting: options.busyTimeout) else {
      throw RunStore.busy(databasePath, options)
    }
    defer { lock.unlock() }
    return try body()
  }

  /// Reads one consistent state.
  package func read<Result>(_ body: (Database) throws -> Result) throws -> Result {
    try StoreError.describing(store: databasePath) {
      switch connection {
      case .own(let queue, _), .copy(let queue): try queue.read(body)
      case .reading(let reader): try reader.read(body)
      }
    }
  }

  /// The same on a connection of its own, which may be changed as one likes and cannot change the store.
  package func readApart<Result>(_ body: (Database) throws -> Result) throws -> Result {
    try StoreError.describing(store: databasePath) {
      switch connection {
      case .own:
        let queue = try DatabaseQueue(
          path: databasePath, configuration: RunStore.configuration(options, readOnly: true))
        return try queue.read(body)
      case .reading, .copy:
        if case .reading = connection,
          let reader = try ReadOnlyDatabase(path: databasePath, options: options)
        {
          return try reader.read(body)
        }
        let copy = try DatabaseQueue()
        try read { db in try copy.writeWithoutTransaction { try db.backup(to: $0) } }
        // Not `read`, under which no temporary view can be made: the copy is nobody else's.
        return try copy.writeWithoutTransaction(body)
      }
    }
  }

  private static func busy(_ path: String, _ options: Options) -> StoreError {
    StoreError(
      .busy,
      "\(path) has been held by another process for \(Int(options.busyTimeout)) s; try again "
        + "when it is done")
  }

  /// Now, as the store writes times.
  package var now: String { RunStore.timestamp(options.clock()) }

  /// UTC, ISO 8601 with milliseconds: `2026-02-01T12:00:00.000Z`.
  package static func timestamp(_ date: Date) -> String {
    date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }

  /// The date that a time of the store says.
  package static func date(_ timestamp: String) -> Date? {
    try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(timestamp)
  }
}

/// Makes a folder and those above it; their permissions are what the umask leaves.
/// - Parameter existing: a folder above it that is not made: where it is gone, making one below it fails.
/// - Throws: `StoreError`: `cannotCreate`, `inputOutput` where the disk is full.
package func makeFolder(_ path: String, below existing: String? = nil) throws {
  if isFolder(path) { return }
  let parent = Paths.folder(of: path)
  if !parent.isEmpty, parent != path, parent != existing {
    try makeFolder(parent, below: existing)
  }
  if mkdir(path, 0o777) == 0 { return }
  let failure = FileFailure(path)
  // Another process may have been faster.
  if failure.code == EEXIST, isFolder(path) { return }
  let reason = failure.code == EEXIST ? "a file of that name exists" : failure.reason
  throw StoreError(
    failure.kind == .cannotCreate ? .cannotCreate : .inputOutput,
    "cannot make the folder '\(path)' (\(reason)); name another place")
}

private func isFolder(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}
