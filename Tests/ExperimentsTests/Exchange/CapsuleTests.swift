import Foundation
import GRDB
import StoreTestSupport
import TestSupport
import Testing

@testable import Exchange
@testable import Store
@testable import Values

@Suite struct CapsuleTests {
  /// Every row of every table of a store, as text, but for the numbers that a store gives rows, and for which settings
  /// runs have in common there: what two stores with the same content share.
  static func dump(_ store: RunStore) throws -> [String] {
    try store.read { db in
      let tables = try String.fetchAll(
        db,
        sql: """
          SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
            AND name NOT IN ('grdb_migrations', 'point', 'ownParameter', 'sharedParameter',
              'sharedSettings')
          UNION ALL SELECT 'parameter'
          """)
      var rows = try Row.fetchAll(db, sql: "SELECT * FROM history").map { "point \(values($0))" }
      for table in tables {
        let names = try Dictionary(
          uniqueKeysWithValues: Row.fetchAll(db, sql: "SELECT id, name FROM experiment").map {
            ($0["id"] as Int64, $0["name"] as String)
          })
        for row in try Row.fetchAll(db, sql: "SELECT * FROM \"\(table)\"") {
          let experiment = (row["experimentId"] as Int64?).flatMap { names[$0] } ?? ""
          rows.append("\(table) \(experiment) \(values(row, numbered: table != "run"))")
        }
      }
      return rows.sorted()
    }
  }

  private static func values(_ row: Row, numbered: Bool = false) -> String {
    zip(row.columnNames, row.databaseValues)
      .filter { !["experimentId", "sharedId"].contains($0.0) && !(numbered && $0.0 == "id") }
      .map { "\($0.1)" }.joined(separator: "|")
  }

  private func capsule(
    of store: RunStore, at path: String, _ references: [String] = ["demo"]
  ) throws {
    try CapsuleExport(ExportSelection(references, store: store, orphans: true)).write(to: path)
  }

  private func bytes(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path))
  }

  @Test func whatIsImportedGivesTheSameBytes() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/a", incidents: true)
      try store.addNote("look", run: demoRuns()[1].id)
      try store.addTags(["keep"], run: demoRuns()[2].id)
      try store.saveReport(
        experiment: "demo",
        files: [ReportFile(name: "demo.md", mediaType: "text/markdown", bytes: Array("# x".utf8))])
      try capsule(of: store, at: folder + "/1.capsule")
      try capsule(of: store, at: folder + "/2.capsule")
      #expect(try bytes(folder + "/1.capsule") == bytes(folder + "/2.capsule"))

      let other = try RunStore(folder: folder + "/b", creating: true)
      let result = try CapsuleImport(into: other)(folder + "/1.capsule")
      #expect(result.runs.count == 13 && result.count(.new) == 13)
      #expect(try Self.dump(other) == Self.dump(store))
      try capsule(of: other, at: folder + "/3.capsule")
      #expect(try bytes(folder + "/1.capsule") == bytes(folder + "/3.capsule"))
      // Nothing is left lying about.
      let left = try FileManager.default.contentsOfDirectory(atPath: folder + "/b")
      #expect(!left.contains { $0.hasPrefix(".") || $0 == "work" }, "\(left)")
    }
  }

  @Test func theViewsAnswerInPlainSQLite() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/a")
      try capsule(of: store, at: folder + "/x.sqlite")
      let queue = try DatabaseQueue(path: folder + "/x.sqlite")
      try queue.read { db in
        for view in StoreDocumentation.current.views {
          let columns = try Row.fetchOne(db, sql: "SELECT * FROM \(view.name)")?.columnNames
          #expect(columns.map { Array($0) } == view.columns.map(\.name) || columns == nil)
        }
        #expect(
          try Int.fetchOne(db, sql: "SELECT count(*) FROM runs WHERE experiment = 'demo'") == 12)
        let points = try Int.fetchOne(db, sql: "SELECT count(*) FROM history")
        #expect(points == 12 * (3 * 20 + 3))
        #expect(try String.fetchOne(db, sql: "PRAGMA integrity_check") == "ok")
        #expect(try Row.fetchOne(db, sql: "PRAGMA foreign_key_check") == nil)
        #expect(try Int.fetchOne(db, sql: "SELECT count(*) FROM images") == 12)
      }
    }
  }

  /// Views change with the program; an older capsule is imported all the same.
  @Test(arguments: ["1 views", "2 sweep"])
  func capsulesOfBeforeAreTakenIn(version: String) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/old.capsule"
      let queue = try DatabaseQueue(path: path)
      try CapsuleSchema.make(queue, upTo: version)
      let id = SHA256Text.of("old")
      let now = "2026-02-01T12:00:00.000Z"
      try queue.write { db in
        try db.execute(
          sql: "INSERT INTO capsule (key, value) VALUES ('format', '\(CapsuleSchema.format)')")
        try db.execute(
          sql: """
            INSERT INTO run (id, trainKey, settings, seed, state, created, updated)
            VALUES (?, ?, '{}', 0, 'finished', ?, ?)
            """, arguments: [id, id, now, now])
        try db.execute(
          sql: """
            INSERT INTO attempt (runId, number, state, started, environment)
            VALUES (?, 1, 'finished', ?, '{"host.name":"old"}')
            """, arguments: [id, now])
        try db.execute(
          sql: """
            INSERT INTO parameter (runId, path, value, number, json, swept)
            VALUES (?, 'training.optimizer.lr', '0.00001', 1e-05, '1e-05', 0)
            """, arguments: [id])
      }
      try queue.close()
      let store = try RunStore(folder: folder + "/runs", creating: true)
      #expect(try CapsuleImport(into: store)(path).count(.new) == 1)
      let rows = try store.query("SELECT runId, attempt, key, value FROM environment").rows
      #expect(rows == [[.text(id), .integer(1), .text("host.name"), .text("old")]])
      #expect(try store.query("SELECT json FROM parameter").rows == [[.text("0.00001")]])
    }
  }

  @Test func twiceIsTheSameAsOnce() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/a", incidents: true)
      try store.addNote("look", run: demoRuns()[1].id)
      try capsule(of: store, at: folder + "/x")
      let other = try RunStore(folder: folder + "/b", creating: true)
      _ = try CapsuleImport(into: other)(folder + "/x")
      let once = try Self.dump(other)
      let again = try CapsuleImport(into: other)(folder + "/x")
      #expect(again.count(.same) == 13)
      #expect(try Self.dump(other) == once)
    }
  }

  /// Two halves of a sweep, done on two machines.
  @Test func halvesBecomeAWhole() throws {
    try withTemporaryFolder { folder in
      let whole = try seedDemoStore(folder: folder + "/a")
      let ids = demoRuns().map(\.id)
      try capsule(of: whole, at: folder + "/1", Array(ids[..<7]))
      try capsule(of: whole, at: folder + "/2", Array(ids[5...]))
      let other = try RunStore(folder: folder + "/b", creating: true)
      #expect(try CapsuleImport(into: other)(folder + "/2").count(.new) == 7)
      let second = try CapsuleImport(into: other)(folder + "/1")
      #expect(second.count(.new) == 5 && second.count(.same) == 2)
      #expect(second.otherVersions.isEmpty)
      #expect(try other.runs(experiment: "demo") == whole.runs(experiment: "demo"))
    }
  }

  /// A run of the demo in a store of its own, with these losses from step 1 on.
  private func storeWithRun(
    _ folder: String, losses: [Double], state: RunState = .finished, speed: Double = 1
  ) throws -> RunStore {
    let clock = SteppingClock()
    let store = try RunStore(
      folder: folder, creating: true, options: RunStore.Options(clock: { clock.now() }))
    let run = demoRuns()[0]
    try store.register(demoExperiment(runs: [run]))
    try store.beginAttempt(run: run.id, environment: ["host.name": folder])
    let steps = Array(1...losses.count)
    try store.appendPoints(
      [
        SeriesPoints(name: "train/loss", steps: steps, values: losses),
        SeriesPoints(name: "time/seconds", steps: steps, values: steps.map { Double($0) * speed }),
      ], run: run.id)
    if state != .running { try store.finishAttempt(run: run.id, state: state) }
    return store
  }

  struct Meeting: Sendable {
    var there: [Double]
    var here: [Double]
    var stateThere = RunState.finished
    var stateHere = RunState.finished
    var conflict = CapsuleImport.Conflict.keep
    var outcome: CapsuleImport.Outcome
    var losses: [Double]
  }

  @Test(arguments: [
    Meeting(there: [3, 2, 1], here: [3, 2, 1], outcome: .same, losses: [3, 2, 1]),
    Meeting(
      there: [3, 2, 1], here: [3, 2], stateHere: .interrupted, outcome: .longer, losses: [3, 2, 1]),
    Meeting(
      there: [3, 2], here: [3, 2], stateHere: .interrupted, outcome: .longer, losses: [3, 2]),
    Meeting(
      there: [3, 2], here: [3, 2, 1], stateThere: .interrupted, outcome: .shorter,
      losses: [3, 2, 1]),
    Meeting(there: [3, 2.5, 1], here: [3, 2, 1], outcome: .kept, losses: [3, 2, 1]),
    Meeting(
      there: [3, 2.5, 1], here: [3, 2, 1], conflict: .replace, outcome: .replaced,
      losses: [3, 2.5, 1]),
    Meeting(there: [3, 2.5], here: [3, 2, 1], outcome: .kept, losses: [3, 2, 1]),
  ])
  func runsMeet(_ meeting: Meeting) throws {
    try withTemporaryFolder { folder in
      // What a machine's clock says is no difference of results.
      let there = try storeWithRun(
        folder + "/there", losses: meeting.there, state: meeting.stateThere, speed: 2)
      let here = try storeWithRun(
        folder + "/here", losses: meeting.here, state: meeting.stateHere)
      let id = demoRuns()[0].id
      try there.addTags(["far"], run: id)
      try capsule(of: there, at: folder + "/x", [id])
      for time in 0..<2 {
        let result = try CapsuleImport(into: here, conflict: meeting.conflict)(folder + "/x")
        let expected: CapsuleImport.Outcome =
          time == 0 || [.shorter, .kept].contains(meeting.outcome) ? meeting.outcome : .same
        #expect(result.runs.map(\.outcome) == [expected])
        #expect(try here.history(run: id, metric: "train/loss").values == meeting.losses)
        #expect(try here.tags(run: id) == ["far"])
      }
      let run = try here.memberships(run: id)[0]
      let summary = try #require(run.metrics["train/loss"])
      #expect(summary.last == meeting.losses.last && summary.count == meeting.losses.count)
      #expect(summary.min == meeting.losses.min() && run.state.isDone)
      #expect(try here.attempts(run: id).count == 1)
    }
  }

  @Test func refusedConflictsLeaveTheStoreAsItWas() throws {
    try withTemporaryFolder { folder in
      let there = try storeWithRun(folder + "/there", losses: [3, 2.5, 1])
      let here = try storeWithRun(folder + "/here", losses: [3, 2, 1])
      try there.addTags(["far"], run: demoRuns()[0].id)
      try capsule(of: there, at: folder + "/x")
      let before = try Self.dump(here)
      let error = #expect(throws: StoreError.self) {
        try CapsuleImport(into: here, conflict: .refuse)(folder + "/x")
      }
      #expect(error?.kind == .badInput)
      #expect(error?.description.contains("train/loss differs from step 2") == true)
      #expect(try Self.dump(here) == before)
    }
  }

  @Test func whatIsBeingWorkedOnIsLeftAlone() throws {
    try withTemporaryFolder { folder in
      let there = try storeWithRun(folder + "/there", losses: [3, 2, 1])
      let here = try storeWithRun(folder + "/here", losses: [3], state: .running)
      try capsule(of: there, at: folder + "/x")
      let lock = try RunLock(run: demoRuns()[0].id, store: here.folder)
      let before = try Self.dump(here)
      let result = try withExtendedLifetime(lock) { try CapsuleImport(into: here)(folder + "/x") }
      #expect(result.runs.map(\.outcome) == [.busy])
      #expect(try Self.dump(here) == before)
    }
  }

  /// A capsule of a run under way says nothing about who works on it here.
  @Test func aRunningRunComesInAsOneThatStopped() throws {
    try withTemporaryFolder { folder in
      let there = try storeWithRun(folder + "/there", losses: [3, 2], state: .running)
      try capsule(of: there, at: folder + "/x")
      let here = try RunStore(folder: folder + "/here", creating: true)
      _ = try CapsuleImport(into: here)(folder + "/x")
      let once = try Self.dump(here)
      #expect(try here.states().values.map { $0 } == [.crashed])
      #expect(try CapsuleImport(into: here)(folder + "/x").runs.map(\.outcome) == [.same])
      #expect(try Self.dump(here) == once)
    }
  }

  @Test func networksComeAlongWhenAsked() throws {
    try withTemporaryFolder { folder in
      let store = try storeWithRun(folder + "/a", losses: [1])
      let id = demoRuns()[0].id
      let network = [UInt8](repeating: 7, count: Artifact.largestInDatabase + 5)
      let hash = try store.saveArtifact(
        run: id, name: "network.safetensors", mediaType: "application/x-safetensors",
        bytes: network)
      let selection = try ExportSelection(["demo"], store: store)
      let without = try CapsuleExport(selection).write(to: folder + "/1")
      #expect(without.networks == 1 && without.files.isEmpty)
      let with = try CapsuleExport(selection, networks: true).write(to: folder + "/2")
      #expect(with.networks == 0 && with.files.isEmpty)
      let other = try RunStore(folder: folder + "/b", creating: true)
      _ = try CapsuleImport(into: other)(folder + "/1")
      #expect(try other.artifacts(run: id).isEmpty)
      #expect(try CapsuleImport(into: other)(folder + "/2").runs.map(\.outcome) == [.same])
      #expect(try other.artifacts(run: id).map(\.sha256) == [hash])
      #expect(try other.content(sha256: hash) == network)

      // Gone from the store: said, and the rest is exported.
      try FileManager.default.removeItem(atPath: "\(folder)/a/artifacts/\(hash.prefix(2))/\(hash)")
      #expect(try CapsuleExport(selection, networks: true).write(to: folder + "/3").files == [hash])
      _ = try CapsuleImport(into: RunStore(folder: folder + "/c", creating: true))(folder + "/3")
    }
  }

  @Test func anotherVersionOfTheExperimentIsSaid() throws {
    try withTemporaryFolder { folder in
      let there = try seedDemoStore(folder: folder + "/there")
      try capsule(of: there, at: folder + "/x")
      let here = try RunStore(folder: folder + "/here", creating: true)
      var mine = demoExperiment(runs: Array(demoRuns()[..<2]))
      mine.fileText = "workbench: 1\nname: demo\n# mine\n"
      try here.register(mine)
      let result = try CapsuleImport(into: here)(folder + "/x")
      #expect(result.otherVersions == ["demo"])
      #expect(try here.experiment("demo").fileText == mine.fileText)
      #expect(try here.runs(experiment: "demo").count == 12)
      // Planned here, done there.
      #expect(result.count(.longer) == 2 && result.count(.new) == 10)
    }
  }

  /// Cells of the report, rounds and decisions of the sweep go along; a cache does not.
  @Test func whatLaterMigrationsKeepGoesAlong() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/a")
      let (first, second) = (demoRuns()[0].id, demoRuns()[1].id)
      try store.write { db in
        try db.execute(
          sql: """
            INSERT INTO reportCells VALUES (1, '[]');
            INSERT INTO cellCache VALUES (1, 'k', x'00');
            INSERT INTO sweepRound VALUES (1, 's', 1, '[[0.5]]', '2026-02-01T12:00:00.000Z');
            INSERT INTO sweepDecision VALUES
              (1, 'r', '\(first)', 10, 'eval/loss', 0.5, 1, 'first', '2026-02-01T12:00:00.000Z'),
              (1, 'r', '\(second)', 10, 'eval/loss', NULL, 0, 'last', '2026-02-01T12:00:00.000Z')
            """)
      }
      try capsule(of: store, at: folder + "/x", [first])
      let other = try RunStore(folder: folder + "/b", creating: true)
      // An experiment of another number there.
      var another = demoExperiment(runs: [])
      another.name = "another"
      try other.register(another)
      for _ in 0..<2 { _ = try CapsuleImport(into: other)(folder + "/x") }
      #expect(try other.cellsJSON(experiment: "demo") == "[]")
      let tables = try other.read { db in
        try ["cellCache", "sweepRound", "sweepDecision"].map {
          try Row.fetchAll(db, sql: "SELECT * FROM \($0)").map { "\(Array($0.databaseValues))" }
        }
      }
      #expect(tables.map(\.count) == [0, 1, 1])
      #expect(tables[1][0].hasPrefix("[2, ") && tables[2][0].contains(first))
    }
  }

  /// One that was taken off the list comes back.
  @Test func deletedRunsComeBack() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/a")
      try capsule(of: store, at: folder + "/x")
      let id = demoRuns()[4].id
      try store.write {
        try $0.execute(sql: "UPDATE run SET deleted = updated WHERE id = ?", arguments: [id])
      }
      #expect(try store.runs(experiment: "demo").count == 11)
      #expect(try CapsuleImport(into: store)(folder + "/x").count(.same) == 12)
      #expect(try store.runs(experiment: "demo").count == 12)
    }
  }

  @Test func hostileNamesGoThere() throws {
    try withTemporaryFolder { folder in
      let store = try makeHostileStore(folder: folder + "/a")
      try capsule(of: store, at: folder + "/x", ["hostile"])
      let other = try RunStore(folder: folder + "/b", creating: true)
      _ = try CapsuleImport(into: other)(folder + "/x")
      #expect(try Self.dump(other) == Self.dump(store))
    }
  }
}
