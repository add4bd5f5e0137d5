import Foundation
import GRDB
import TestSupport
import Testing

@testable import Store

@Suite struct StoreViewTests {
  /// DuckDB parses every view of an attached file before it lists any table, by its own grammar:
  /// there a JOIN has a condition, unless it is a CROSS JOIN.
  @Test func everyJoinSaysOnWhat() throws {
    let queue = try DatabaseQueue()
    try StoreSchema.migrator.migrate(queue)
    let views = try queue.read { db in
      try Row.fetchAll(db, sql: "SELECT name, sql FROM sqlite_master WHERE type = 'view'").map {
        ($0["name"] as String, $0["sql"] as String)
      }
    }
    #expect(
      Set(views.map(\.0)) == Set(StoreDocumentation.current.views.map(\.name) + ["parameter"]))
    for (name, sql) in views {
      let text = sql.replacing(/\s+/, with: " ")
      let joins = text.matches(of: #/(\w+) JOIN /#).count { $0.output.1 != "CROSS" }
      let conditions = text.matches(of: #/JOIN [\w.]+ (AS \w+ )?(ON|USING) /#).count
      #expect(joins == conditions, "\(name): \(text)")
    }
  }

  /// An older store gives the same answers once it is opened.
  @Test func viewsAnswerAsBefore() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/workbench.sqlite"
      let odd = #"{"a b":"x | y","git.diff":"a\n\"b\"","git.dirty":"true","n":"1"}"#
      let before = try DatabaseQueue(path: path)
      try StoreSchema.migrator.migrate(before, upTo: "2 sweep")
      let sql = "SELECT runId, attempt, key, value, typeof(value) FROM environment"
      let old = try before.write { db in
        for (id, deleted) in [("a", "NULL"), ("b", "NULL"), ("c", "'2026-02-01T12:00:00.000Z'")] {
          try db.execute(
            sql: """
              INSERT INTO run (id, trainKey, settings, seed, state, created, updated, deleted)
              VALUES ('\(id)', 't', '{}', 0, 'finished', 'now', 'now', \(deleted))
              """)
          try db.execute(
            sql: """
              INSERT INTO attempt (runId, number, state, started, environment)
              VALUES ('\(id)', 1, 'finished', 'now', ?), ('\(id)', 2, 'finished', 'now', '{}')
              """, arguments: [odd])
        }
        return try Row.fetchAll(db, sql: sql)
      }
      try before.close()
      #expect(
        old.map { $0.map { "\($0.1)" }.joined(separator: " ") }.prefix(2) == [
          #""a" 1 "a b" "x | y" "text""#, #""a" 1 "git.diff" "a\n\"b\"" "text""#,
        ])
      #expect(old.count == 8)
      let store = try RunStore(folder: folder)
      let (new, view) = try store.read { db in
        (
          try Row.fetchAll(db, sql: sql),
          try String.fetchOne(
            db, sql: "SELECT sql FROM sqlite_master WHERE name = 'environment'") ?? ""
        )
      }
      #expect(new == old)
      #expect(view.contains("CROSS JOIN"))
    }
  }
}
