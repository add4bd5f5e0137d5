import Foundation
import Statistics
import StoreTestSupport
import TestSupport
import Testing

@testable import Analysis
@testable import Reports
@testable import Store
@testable import Values

@Suite struct StoreQueryTests {
  private func withDemo<Result>(_ body: (RunStore) throws -> Result) throws -> Result {
    try withTemporaryFolder { try body(seedDemoStore(folder: $0, incidents: true)) }
  }

  @Test func theViewsHaveTheColumnsOfTheirDocumentation() throws {
    let promised = [
      "runs": "id experiment label state created ended seconds seed step error",
      "params": "runId key value number swept",
      "metrics": "runId name count last lastStep min minStep max maxStep",
      "history": "runId metric step value",
      "images": "runId name step sha256 width height",
    ]
    try withDemo { store in
      let documented = StoreDocumentation.current.views
      #expect(
        documented.map(\.name) == [
          "runs", "params", "metrics", "history", "images", "artifacts", "tags", "notes",
          "inputs", "imports", "environment", "pins", "deletions", "rounds", "prunings",
        ])
      for view in documented {
        let columns = try store.query("SELECT * FROM \(view.name) LIMIT 0").columns
        #expect(columns == view.columns.map(\.name), "\(view.name)")
        if let words = promised[view.name] {
          #expect(columns.joined(separator: " ") == words)
        }
      }
      // `parameter` is what `params` is made of.
      let views = try store.query(
        "SELECT name FROM sqlite_master WHERE type = 'view' AND name <> 'parameter' ORDER BY 1")
      #expect(views.rows == documented.map(\.name).sorted().map { [.text($0)] })
    }
  }

  @Test(arguments: StoreDocumentation.current.examples)
  func theExamplesOfTheDocumentationAnswer(example: StoreDocumentation.Example) throws {
    try withDemo { store in
      let answer = try store.query(example.sql)
      #expect(!answer.rows.isEmpty)
    }
  }

  @Test(arguments: [
    "DELETE FROM run", "UPDATE run SET seed = 1", "INSERT INTO tag VALUES ('a', 'b', 'c')",
    "DROP TABLE run", "CREATE TABLE t (x)", "ATTACH 'x.sqlite' AS x", "PRAGMA query_only = 0",
    "VACUUM INTO 'copy.sqlite'", "BEGIN", "SELECT 1; DELETE FROM run",
    "WITH x AS (SELECT 1) DELETE FROM run", "/* SELECT */ DELETE FROM run",
    "-- SELECT\nDELETE FROM run",
    "", "   ", "/* open", "SELEC 1", "SELECT", "SELECT nothing FROM nowhere", "SELECT \0",
    "SELECT load_extension('x')", "WITH x AS (SELECT 1) INSERT INTO note SELECT 1, 2, 3, 4",
    "SELECT ?",
  ])
  func whatIsNoQueryIsRefused(sql: String) throws {
    try withDemo { store in
      do {
        let result = try store.query(sql)
        Issue.record("answered \(result)")
      } catch let error as StoreError {
        #expect(error.kind == .badInput)
      }
      #expect(try store.query("SELECT count(*) FROM runs").rows == [[.integer(13)]])
    }
  }

  @Test func queriesInOddClothes() throws {
    try withDemo { store in
      for sql in [
        "SELECT 1;", " \n select 1", "-- why\nSELECT 1", "/* why */ SELECT 1", "VALUES (1)",
        "WITH x AS (SELECT 1 AS y) SELECT y FROM x",
      ] {
        #expect(try store.query(sql).rows == [[.integer(1)]], "\(sql)")
      }
      let kinds = try store.query("SELECT NULL, 1.5, 'x', x'0102', 9e999")
      #expect(kinds.rows == [[.null, .number(1.5), .text("x"), .bytes(2), .number(.infinity)]])
    }
  }

  @Test func theWideViewHasAColumnASettingAndAMetric() throws {
    try withDemo { store in
      let result = try store.query("SELECT * FROM wide", experiment: "demo")
      #expect(
        result.columns == [
          "id", "label", "state", "seed", "step", "seconds", "diffusion.schedule.kind",
          "training.precision", "training.seed", "eval/class_agreement", "eval/frechet_pca64",
          "eval/loss", "speed/images_per_second", "time/seconds", "train/loss",
        ])
      let runs = try store.runs(experiment: "demo").filter { !$0.isOrphan }
      #expect(result.rows.map { $0[0] } == runs.map { .text($0.id) })
      #expect(result.rows.map { $0[8] } == runs.map { .number(Double($0.seed)) })
      #expect(
        result.rows.map { $0[10] }
          == runs.map { $0.metrics["eval/frechet_pca64"].map { .number($0.last) } ?? .null })
      #expect(throws: StoreError.self) {
        _ = try store.query("SELECT * FROM wide", experiment: "none")
      }
    }
  }

  @Test func hostileNamesStayNames() throws {
    try withTemporaryFolder { folder in
      let store = try RunStore(folder: folder, creating: true)
      let evil = #"x"; DROP TABLE run; --'"#
      var run = demoRuns()[0]
      run.overrides = [Parameter(evil, .string("'; DELETE FROM run; --"))]
      run.parameters = run.overrides
      var experiment = demoExperiment(runs: [run])
      experiment.name = "it's"
      try store.register(experiment)
      try store.appendPoints([SeriesPoints(name: evil + "m", steps: [1], values: [2])], run: run.id)
      let wide = try store.query("SELECT * FROM wide", experiment: "it's")
      #expect(wide.columns.suffix(2) == [evil, evil + "m"])
      #expect(wide.rows.map { $0.suffix(2) } == [[.text("'; DELETE FROM run; --"), .number(2)]])
      #expect(try store.resolve("it's/\(run.label)") == run.id)
    }
  }

  // MARK: Comparison

  @Test func rowsAverageOverSeeds() throws {
    try withDemo { store in
      let runs = try store.runs(experiment: "demo").filter { !$0.isOrphan }
      let objective = try store.experiment("demo").objective
      let comparison = try Comparison(of: runs, objective: objective)
      #expect(comparison.settings == ["diffusion.schedule.kind", "training.precision"])
      #expect(
        comparison.metrics == [
          "eval/frechet_pca64", "eval/class_agreement", "eval/loss", "train/loss",
          "speed/images_per_second", "seconds",
        ])
      #expect(comparison.rows.map(\.finished) == [3, 3, 3, 1])
      #expect(comparison.rows.map(\.failed) == [0, 0, 0, 1])
      #expect(comparison.rows.map(\.missing) == [0, 0, 0, 1])
      #expect(
        comparison.rows.map { $0.settings["training.precision"]?.text } == [
          "fp32", "bf16", "fp32", "bf16",
        ])
      // jitter of index i: ((7i+3) mod 11)/11 − ½; the demo's frechet is 8.5 + 1.5·jitter.
      let values = (6...8).map { (index: Int) -> Double in
        let jitter = Double((index * 7 + 3) % 11) / 11 - 0.5
        return 8.5 + jitter * 1.5
      }
      let mean = values.reduce(0, +) / 3
      let squares = values.map { ($0 - mean) * ($0 - mean) }
      let deviation = (squares.reduce(0, +) / 2).squareRoot()
      let interval = try #require(comparison.rows[2].metrics["eval/frechet_pca64"])
      #expect(abs(interval.mean - mean) < 1e-12)
      // t(0.975; 2) = 4.302652729911275, from tables.
      let halfWidth = try #require(interval.halfWidth)
      let expected = 4.302652729911275 * deviation / 3.0.squareRoot()
      #expect(abs(halfWidth - expected) < 1e-9)
      #expect(comparison.rows[3].metrics["eval/frechet_pca64"]?.halfWidth == nil)
      let best = comparison.rows.map { $0.metrics["eval/frechet_pca64"]!.mean }
      #expect(comparison.rows.map(\.isBest) == best.map { $0 == best.min() })
    }
  }

  /// As after `run FILE training.steps=400`.
  @Test func whatOverridesChangedIsNotAveragedOver() throws {
    try withDemo { store in
      var runs = try store.runs(experiment: "demo").filter { !$0.isOrphan }
      let swept = ["diffusion.schedule.kind", "training.precision"]
      // This one changes no result.
      runs[1].parameters["training.log_every"] = .integer(1)
      #expect(try Comparison(of: runs, objective: nil).settings == swept)
      runs[0].parameters["training.steps"] = .integer(400)
      let comparison = try Comparison(of: runs, objective: nil)
      #expect(comparison.settings == swept + ["training.steps"])
      #expect(comparison.rows.map(\.runs.count) == [1, 2, 3, 3, 3])
    }
  }

  @Test func byOneSettingAndOtherSubjects() throws {
    try withDemo { store in
      let runs = try store.runs(experiment: "demo").filter { !$0.isOrphan }
      let by = try Comparison(
        of: runs, objective: nil, by: "training.precision", metrics: ["eval/loss"])
      #expect(by.rows.map { $0.settings["training.precision"]?.text } == ["fp32", "bf16"])
      // Of cosine, bf16 only seed 0 has finished.
      #expect(by.rows.map(\.finished) == [6, 4])
      #expect(by.rows.map { $0.metrics["eval/loss"]?.count } == [3, 1])
      #expect(by.rows[1].metrics["eval/loss"]?.halfWidth == nil)
      #expect(by.rows.allSatisfy { !$0.isBest })

      let pair = try Comparison(of: [runs[0], runs[3]], objective: nil)
      #expect(pair.settings == ["training.precision"])
      let seeds = try Comparison(of: [runs[0], runs[1]], objective: nil)
      #expect(seeds.settings == [])
      #expect(seeds.rows.map(\.finished) == [2])

      #expect(throws: StoreError.self) { _ = try Comparison(of: runs, objective: nil, by: "none") }
      #expect(throws: StoreError.self) {
        _ = try Comparison(of: runs, objective: nil, metrics: ["none"])
      }
    }
  }

  @Test func aRunThatDivergedNeverWins() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder)
      try store.appendPoints(
        [SeriesPoints(name: "eval/frechet_pca64", steps: [200], values: [.nan])],
        run: demoRuns()[8].id)
      let runs = try store.runs(experiment: "demo")
      let comparison = try Comparison(
        of: runs, objective: Objective(metric: "eval/frechet_pca64", goal: .minimize))
      #expect(comparison.rows[2].metrics["eval/frechet_pca64"]?.mean.isNaN == true)
      #expect(comparison.rows.map(\.isBest) == [false, false, false, true])
      #expect(try store.resolve("best:demo") != demoRuns()[8].id)
    }
  }

  /// Where settings come out the same, `best` names none, and neither does its shorthand.
  @Test func ofEqualSettingsNoneIsBest() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder)
      let same = [SeriesPoints(name: "eval/frechet_pca64", steps: [200], values: [5])]
      for run in demoRuns() { try store.appendPoints(same, run: run.id) }
      #expect {
        try store.resolve("best:demo")
      } throws: {
        "\($0)" == "no run of 'demo' is best: 4 settings come out the same in eval/frechet_pca64; "
          + "name a run"
      }
    }
  }

  // MARK: Difference

  @Test func whereTwoRunsPart() throws {
    try withTemporaryFolder { folder in
      let store = try RunStore(folder: folder, creating: true)
      let runs = demoRuns()
      try store.register(demoExperiment(runs: runs))
      let (a, b) = (runs[0].id, runs[3].id)
      try store.beginAttempt(run: a, environment: ["host.name": "x", "same": "1"])
      try store.beginAttempt(run: b, environment: ["host.name": "y", "same": "1", "new": "z"])
      let nan = Double.nan
      try store.appendPoints(
        [
          SeriesPoints(name: "parts", steps: [1, 2, 3, 4], values: [1, nan, 3, 4]),
          SeriesPoints(name: "same", steps: [1, 2], values: [nan, 5]),
          SeriesPoints(name: "apart", steps: [1], values: [1]),
          SeriesPoints(name: "onlyA", steps: [1], values: [1]),
        ], run: a)
      try store.appendPoints(
        [
          SeriesPoints(name: "parts", steps: [1, 2, 4, 5], values: [1, nan, 4.5, 6]),
          SeriesPoints(name: "same", steps: [1, 2], values: [nan, 5]),
          SeriesPoints(name: "apart", steps: [2], values: [1]),
        ], run: b)
      let difference = try store.difference(a, b)
      #expect(difference.settings == [.init(key: "training.precision", a: "fp32", b: "bf16")])
      #expect(
        difference.environment == [
          .init(key: "host.name", a: "x", b: "y"), .init(key: "new", a: nil, b: "z"),
        ])
      #expect(
        difference.metrics == [
          .init(name: "apart", partsAt: nil, commonSteps: 0, a: 1, b: 1),
          .init(name: "parts", partsAt: 4, partsVisiblyAt: 4, commonSteps: 3, a: 4, b: 6),
          .init(name: "same", partsAt: nil, commonSteps: 2, a: 5, b: 5),
        ])
      #expect(difference.metricsOnlyInA == ["onlyA"])
      #expect(difference.metricsOnlyInB == [])
    }
  }
}
