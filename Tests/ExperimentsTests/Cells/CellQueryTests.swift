import StoreTestSupport
import TestSupport
import Testing

@testable import ExperimentFiles
@testable import Reports
@testable import Store

/// What the query of a `sql` cell sees, and for how long.
@Suite struct CellQueryTests {
  /// Two experiments share two runs; one run is no longer in the file, one is deleted.
  @Test func theViewsHoldTheExperimentsRuns() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder, incidents: true)
      let runs = demoRuns()
      var other = demoExperiment(runs: Array(runs.prefix(2)))
      other.name = "it's other"
      try store.register(other)
      try store.remove([runs[5].id])
      try store.addTags(["x"], run: runs[0].id)
      try store.addTags(["x"], run: runs[7].id)

      func ask(_ sql: String, of experiment: String = "demo") throws -> QueryResult {
        try store.cellQuery(sql, experiment: experiment, limit: 50, seconds: 30)
      }
      func count(_ sql: String, of experiment: String = "demo") throws -> QueryResult.Value? {
        try ask("SELECT count(\(sql)", of: experiment).rows.first?.first
      }
      #expect(try count("*) FROM runs") == .integer(11))
      #expect(try count("*) FROM wide") == .integer(11))
      #expect(try count("DISTINCT experiment) FROM runs") == .integer(1))
      #expect(try count("*) FROM runs WHERE label LIKE '%sqrt%'") == .integer(0))
      // 12 and the orphan, but for the deleted one, and two again for the other experiment.
      #expect(try count("*) FROM main.runs") == .integer(14))
      #expect(try count("*) FROM runs", of: "it's other") == .integer(2))
      for view in ["params", "metrics", "history", "images", "artifacts", "environment"] {
        #expect(
          try count("DISTINCT runId) FROM \(view)", of: "it's other") == .integer(2), "\(view)")
      }
      #expect(try count("*) FROM tags", of: "it's other") == .integer(1))
      #expect(try count("*) FROM tags") == .integer(2))
      for view in StoreDocumentation.current.views {
        #expect(
          try ask("SELECT * FROM \(view.name)").columns == view.columns.map(\.name),
          "\(view.name)")
      }
      #expect(throws: StoreError.self) { try ask("DELETE FROM run") }
      // Outside of cells nothing has changed.
      #expect(try store.query("SELECT count(*) FROM runs").rows == [[.integer(14)]])
    }
  }

  @Test func aQueryThatTakesTooLongIsGivenUp() throws {
    let text = """
      name: hand
      data: {source: shapes}
      training: {steps: 1}
      report:
        - sql: WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c
        - sql: SELECT count(*) AS n FROM runs
      """
    let cells = try #require(try ExperimentFile.read(text: text, path: "hand.yaml").cellsJSON)
    try withTemporaryFolder { folder in
      let store = try CellStore.make(folder, cells: cells)
      let report = try ExperimentReport(
        store: store, experiment: "hand", querySeconds: 0.2)
      #expect(report.failedCells.map(\.name) == ["sql-1"])
      let error = try #require(report.failedCells.first?.error)
      #expect(error.hasPrefix("the query took longer than 0.2 s; "))
      let page = String(decoding: report.files[0].bytes, as: UTF8.self)
      #expect(
        page.contains("> This cell (sql) cannot be shown: the query took longer than 0.2 s; "))
      #expect(page.contains("| n |\n| --: |\n| 12 |"))
    }
  }
}
