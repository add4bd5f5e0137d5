import Foundation
import GRDB
import Store
import StoreTestSupport
import TestSupport
import Testing

@Suite struct StoreOpeningTests {
  private func kind(_ body: () throws -> Void) -> StoreError.Kind? {
    do {
      try body()
      return nil
    } catch {
      return (error as? StoreError)?.kind
    }
  }

  @Test func aStoreThatIsNotThereIsNotFound() throws {
    try withTemporaryFolder { folder in
      #expect(kind { _ = try RunStore(folder: folder + "/none") } == .notFound)
      #expect(!FileManager.default.fileExists(atPath: folder + "/none"), "looking makes nothing")
    }
  }

  @Test func aFolderBelowAFileCannotBeCreated() throws {
    try withTemporaryFolder { folder in
      try Data("x".utf8).write(to: URL(fileURLWithPath: folder + "/file"))
      #expect(
        kind { _ = try RunStore(folder: folder + "/file/runs", creating: true) } == .cannotCreate)
      #expect(kind { _ = try RunStore(folder: folder + "/file", creating: true) } == .cannotCreate)
    }
  }

  @Test func whatIsNoDatabaseIsBadInput() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/workbench.sqlite"
      try Data("this is not a database, just some text that is long enough".utf8)
        .write(to: URL(fileURLWithPath: path))
      #expect(kind { _ = try RunStore(folder: folder) } == .badInput)
    }
  }

  @Test func anotherProgramsDatabaseIsLeftAlone() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/workbench.sqlite"
      let other = try DatabaseQueue(path: path)
      try other.write { try $0.execute(sql: "CREATE TABLE theirs (x)") }
      #expect(kind { _ = try RunStore(folder: folder, creating: true) } == .badInput)
      let tables = try other.read {
        try String.fetchAll($0, sql: "SELECT name FROM sqlite_master")
      }
      #expect(tables == ["theirs"])
    }
  }

  /// GRDB makes its table of migrations in a transaction of its own, before ours.
  @Test func aStoreWhoseMakingWasInterruptedIsMade() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/workbench.sqlite"
      do {
        let half = try DatabaseQueue(path: path)
        try half.write {
          try $0.execute(
            sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
        }
      }
      #expect(kind { _ = try RunStore(reading: folder) } == .notFound)
      try seedDemoStore(folder: folder)
      #expect(try RunStore(folder: folder).runs().count == 12)
    }
  }

  /// Its files would be taken for what nothing needs.
  @Test(arguments: [true, false]) func aStoreWhoseDatabaseIsLostIsRefused(isEmpty: Bool) throws {
    try withTemporaryFolder { folder in
      let hash: String
      do {
        let store = try seedDemoStore(folder: folder)
        hash = try store.saveArtifact(
          run: demoRuns()[0].id, name: "large", mediaType: "application/octet-stream",
          bytes: [UInt8](repeating: 7, count: (1 << 20) + 1))
      }
      let path = folder + "/workbench.sqlite"
      for ending in ["", "-wal", "-shm"] { unlink(path + ending) }
      if isEmpty { try Data().write(to: URL(filePath: path)) }
      for creating in [true, false] {
        #expect(kind { _ = try RunStore(folder: folder, creating: creating) } == .badInput)
      }
      #expect(kind { _ = try RunStore(reading: folder) } == .badInput)
      #expect(kind { _ = try RunStore.opened(folder) } == .badInput)
      let file = "\(folder)/artifacts/\(hash.prefix(2))/\(hash)"
      #expect(FileManager.default.fileExists(atPath: file))
      try FileManager.default.removeItem(atPath: folder + "/artifacts")
      #expect(try RunStore(folder: folder, creating: true).runs().isEmpty)
    }
  }

  /// But one that another program has begun to fill is its own.
  @Test func migrationsOfAnotherProgramAreLeftAlone() throws {
    try withTemporaryFolder { folder in
      let other = try DatabaseQueue(path: folder + "/workbench.sqlite")
      try other.write {
        try $0.execute(
          sql: """
            CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
            INSERT INTO grdb_migrations VALUES ('theirs')
            """)
      }
      #expect(kind { _ = try RunStore(folder: folder, creating: true) } == .badInput)
    }
  }

  @Test func aNewerStoreIsRefused() throws {
    try withTemporaryFolder { folder in
      try seedDemoStore(folder: folder)
      let queue = try DatabaseQueue(path: folder + "/workbench.sqlite")
      try queue.write {
        try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('99 from the future')")
      }
      do {
        _ = try RunStore(folder: folder)
        Issue.record("opened")
      } catch let error as StoreError {
        #expect(error.kind == .badInput)
        #expect(error.description.contains("newer workbench"))
      }
    }
  }

  /// Every page after the first overwritten: opening may succeed, reading says what is wrong.
  @Test func aDamagedStoreSaysSo() throws {
    try withTemporaryFolder { folder in
      do { try seedDemoStore(folder: folder) }
      let url = URL(fileURLWithPath: folder + "/workbench.sqlite")
      var bytes = try Data(contentsOf: url)
      #expect(bytes.count > 8192)
      bytes.replaceSubrange(4096..., with: Data(repeating: 0xA5, count: bytes.count - 4096))
      try bytes.write(to: url)
      #expect(
        kind {
          let store = try RunStore(folder: folder)
          _ = try store.runs()
        } == .badInput)
    }
  }

  @Test func aTruncatedStoreSaysSo() throws {
    try withTemporaryFolder { folder in
      do { try seedDemoStore(folder: folder) }
      let url = URL(fileURLWithPath: folder + "/workbench.sqlite")
      try Data(contentsOf: url).prefix(20_000).write(to: url)
      #expect(
        kind {
          let store = try RunStore(folder: folder)
          _ = try store.runs()
        } == .badInput)
    }
  }

  @Test func whoWaitsTooLongIsToldItIsBusy() throws {
    try withTemporaryFolder { folder in
      let store = try RunStore(folder: folder, creating: true)
      let held = open(folder + "/workbench.lock", O_RDWR)
      defer { close(held) }
      #expect(flock(held, LOCK_EX) == 0)
      #expect(
        kind {
          _ = try RunStore(folder: folder, options: RunStore.Options(busyTimeout: 0.05))
        } == .busy)
      #expect(try store.runs().isEmpty, "readers do not wait")
    }
  }

  @Test(arguments: [
    (RunStore.Options.Journal.writeAheadLog, "wal"), (.truncate, "truncate"),
  ])
  func theJournalIsAsAsked(journal: RunStore.Options.Journal, mode: String) throws {
    try withTemporaryFolder { folder in
      let store = try RunStore(
        folder: folder, creating: true, options: RunStore.Options(journal: journal))
      try store.register(demoExperiment(runs: demoRuns()))
      #expect(try store.runs().count == 12)
      let queue = try DatabaseQueue(path: folder + "/workbench.sqlite")
      // TRUNCATE is a connection's own choice; what the file itself says is only WAL or not.
      let inFile = try queue.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
      #expect(inFile == (mode == "wal" ? "wal" : "delete"))
    }
  }

  @Test func theTablesAreStrictAndWhole() throws {
    try withTemporaryFolder { folder in
      try seedDemoStore(folder: folder)
      let queue = try DatabaseQueue(path: folder + "/workbench.sqlite")
      let (tables, loose, points) = try queue.read { db in
        (
          try Set(
            String.fetchAll(
              db,
              sql: """
                SELECT name FROM pragma_table_list
                WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%'
                  AND name <> 'grdb_migrations'
                """)),
          try String.fetchAll(
            db,
            sql: """
              SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'
                AND NOT strict AND name NOT LIKE 'sqlite_%' AND name <> 'grdb_migrations'
              """),
          try Bool.fetchOne(db, sql: "SELECT wr FROM pragma_table_list WHERE name = 'point'")
        )
      }
      #expect(
        tables == [
          "experiment", "experimentRun", "sweep", "run", "attempt", "ownParameter",
          "sharedParameter", "sharedSettings", "series", "point", "artifact", "runArtifact", "tag",
          "note", "event", "report", "reportCells", "cellCache",
          "sweepRound", "sweepDecision", "runInput", "importedRun",
        ])
      #expect(loose == [])
      #expect(points == true, "point is WITHOUT ROWID")
    }
  }
}
