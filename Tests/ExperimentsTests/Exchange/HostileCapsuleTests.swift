import Execution
import Foundation
import GRDB
import StoreTestSupport
import TestSupport
import Testing

@testable import Exchange
@testable import Store

/// Capsules that are damaged, of another kind, or made to do harm: refused in words, and the store
/// stays as it was.
@Suite struct HostileCapsuleTests {
  /// What was done to a capsule, and what the refusal says.
  struct Harm: Sendable, CustomTestStringConvertible {
    var sql: String
    var says: String
    var testDescription: String { sql }
  }

  private static let foreign = "PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; "

  private func refuses(
    _ says: String, kind: StoreError.Kind = .badInput, _ spoil: (String) throws -> Void
  ) throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/a")
      try store.saveReport(
        experiment: "demo",
        files: [ReportFile(name: "demo.md", mediaType: "text/markdown", bytes: [35])])
      let path = folder + "/x.sqlite"
      try CapsuleExport(ExportSelection(["demo"], store: store)).write(to: path)
      try spoil(path)
      let here = try RunStore(folder: folder + "/b", creating: true)
      let before = try CapsuleTests.dump(here)
      let error = #expect(throws: StoreError.self) { try CapsuleImport(into: here)(path) }
      #expect(error?.kind == kind, "\(error?.description ?? "")")
      #expect(error?.description.contains(says) == true, "\(error?.description ?? "")")
      #expect(try CapsuleTests.dump(here) == before)
      let left = try FileManager.default.contentsOfDirectory(atPath: folder + "/b")
      #expect(!left.contains { $0.hasPrefix(".") || $0 == "work" }, "\(left)")
    }
  }

  @Test(arguments: [
    Harm(
      sql: "CREATE TRIGGER t AFTER INSERT ON run BEGIN DELETE FROM run; END",
      says: "'t' in it does not belong in a capsule"),
    Harm(
      sql: "DROP VIEW runs; CREATE VIEW runs AS SELECT load_extension('x') AS id",
      says: "'runs' in it does not belong"),
    Harm(sql: "CREATE TABLE extra (x)", says: "'extra' in it does not belong"),
    Harm(sql: "CREATE VIRTUAL TABLE v USING fts5(x)", says: "in it does not belong in a capsule"),
    Harm(sql: "DROP TABLE note", says: "lacks 'note'"),
    Harm(sql: "DROP INDEX runByState", says: "lacks 'runByState'"),
    Harm(
      sql: "INSERT INTO grdb_migrations VALUES ('99 from the future')", says: "newer workbench"),
    Harm(sql: "DELETE FROM grdb_migrations", says: "have no known version"),
    Harm(sql: "DROP TABLE grdb_migrations", says: "is not a capsule"),
    Harm(sql: "PRAGMA user_version = 2", says: "newer workbench"),
    Harm(sql: "PRAGMA application_id = 0", says: "another program"),
    Harm(sql: "PRAGMA application_id = 0x57424348", says: "a run store's own file"),
    Harm(
      sql: foreign + "UPDATE run SET id = '../../' || substr(id, 7)",
      says: "is not a valid id of a run"),
    Harm(sql: foreign + "UPDATE run SET id = upper(id)", says: "is not a valid id of a run"),
    Harm(sql: "UPDATE run SET created = 'now'", says: "is not a time"),
    Harm(sql: "UPDATE event SET created = created || char(27)", says: "is not a time"),
    Harm(sql: "UPDATE run SET settings = '{'", says: "not JSON of its kind"),
    Harm(
      sql: "UPDATE run SET settings = replace(hex(zeroblob(20000)), '0', '[')",
      says: "not JSON of its kind"),
    Harm(sql: "UPDATE experimentRun SET overrides = '[1]'", says: "not JSON of its kind"),
    Harm(sql: "UPDATE attempt SET environment = '[]'", says: "not JSON of its kind"),
    Harm(sql: "UPDATE parameter SET json = 'nan'", says: "not JSON of its kind"),
    Harm(sql: "UPDATE parameter SET json = '2e-03'", says: "not JSON of its kind"),
    Harm(
      sql: "UPDATE experimentRun SET overrides = replace(overrides, '[', '[ ')",
      says: "not JSON of its kind"),
    Harm(sql: "UPDATE sweep SET paths = '{}'", says: "not JSON of its kind"),
    Harm(sql: "INSERT INTO reportCells VALUES (1, '[')", says: "not JSON of its kind"),
    Harm(sql: "UPDATE run SET pinned = 'x'", says: "is not a time"),
    Harm(sql: foreign + "UPDATE run SET state = 'happy'", says: "damaged"),
    Harm(sql: foreign + "DELETE FROM series WHERE id = 1", says: "damaged"),
    Harm(sql: "UPDATE artifact SET content = x'00'", says: "another hash"),
    Harm(sql: "UPDATE artifact SET bytes = 1 << 60", says: "another hash"),
    Harm(sql: "UPDATE artifact SET content = NULL", says: "no content"),
    Harm(sql: "UPDATE report SET name = '../../x.md'", says: "a report's file is called"),
    Harm(sql: "UPDATE report SET name = '/etc/x.md'", says: "a report's file is called"),
  ])
  func refused(_ harm: Harm) throws {
    try refuses(harm.says) { path in
      let queue = try DatabaseQueue(path: path)
      try queue.writeWithoutTransaction { try $0.execute(sql: harm.sql) }
      try queue.close()
    }
  }

  /// The schema table itself rewritten, as `sqlite3` lets its owner do.
  @Test func rewrittenSchemas() throws {
    try refuses("'point' in it does not belong") { path in
      let queue = try DatabaseQueue(path: path)
      try queue.writeWithoutTransaction { db in
        try db.execute(
          sql: """
            PRAGMA writable_schema = ON;
            UPDATE sqlite_master SET sql = replace(sql, 'value REAL', 'value REAL DEFAULT 1')
            WHERE name = 'point'
            """)
      }
      try queue.close()
    }
  }

  @Test(arguments: [0, 50, 99, 100, 4096, 20_000]) func truncated(_ count: Int) throws {
    try refuses(count < 100 ? "not an SQLite file" : "the capsule") { path in
      let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
      try bytes.prefix(count).write(to: URL(fileURLWithPath: path))
    }
  }

  /// Bits turned over anywhere: an error in words, or a capsule that is as good; never a trap.
  @Test(arguments: 0..<40) func damaged(_ seed: Int) throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/a")
      let path = folder + "/x.sqlite"
      try CapsuleExport(ExportSelection([demoRuns()[0].id], store: store)).write(to: path)
      var random = SplitMix(seed: UInt64(seed))
      var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
      for _ in 0..<(1 + seed % 7) {
        let place = Int(random.next() % UInt64(seed % 2 == 0 ? bytes.count : 8192))
        bytes[place] ^= UInt8(1 << (random.next() % 8))
      }
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let here = try RunStore(folder: folder + "/b", creating: true)
      do {
        _ = try CapsuleImport(into: here)(path)
      } catch let error as StoreError {
        #expect(error.kind == .badInput, "\(error)")
        #expect(try here.runs().isEmpty)
      }
      #expect(try here.healthProblem() == nil)
    }
  }

  @Test func otherFiles() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/a")
      try store.checkpoint()
      let here = try RunStore(folder: folder + "/b", creating: true)
      func refusal(_ path: String) throws -> StoreError {
        try #require(#expect(throws: StoreError.self) { try CapsuleImport(into: here)(path) })
      }
      #expect(try refusal(folder + "/none").kind == .notFound)
      #expect(try refusal(folder).kind == .badInput)
      #expect(
        try refusal(folder + "/a/workbench.sqlite").description.contains("not a capsule; make one"))
      let text = folder + "/text"
      try Data("hello".utf8).write(to: URL(fileURLWithPath: text))
      #expect(try refusal(text).description.contains("not an SQLite file"))
    }
  }
}
