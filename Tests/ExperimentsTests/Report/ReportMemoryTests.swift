import StoreTestSupport
import Synchronization
import TestSupport
import Testing

@testable import Analysis
@testable import ExperimentFiles
@testable import Reports
@testable import Store
@testable import Values

/// What one cell has read for the next.
@Suite struct ReportMemoryTests {
  @Test func whatIsAskedForStays() {
    var values = RecentValues<String, Int>(most: 100)
    for (key, value) in [("a", 1), ("b", 2)] { values.insert(value, for: key, bytes: 20) }
    values.insert(3, for: "c", bytes: 20)
    // The young are c alone; asking takes a among them.
    #expect(values.value(for: "a") == 1)
    values.insert(4, for: "d", bytes: 20)
    #expect(values.value(for: "b") == nil)
    #expect(["a", "c", "d"].map { values.value(for: $0) } == [1, 3, 4])
    // What is larger than all of it is kept until something else comes.
    values.insert(5, for: "e", bytes: 1000)
    #expect(values.value(for: "e") == 5)
    values.insert(6, for: "f", bytes: 1)
    values.insert(7, for: "g", bytes: 60)
    #expect(values.value(for: "e") == nil)
  }

  @Test func severalThreads() throws {
    let locks = KeyedLocks()
    let made = Mutex<[Int: Int]>([:])
    let found = try concurrently(200) { place in
      locks.withLock("\(place % 3)") {
        if let known = made.withLock({ $0[place % 3] }) { return known }
        made.withLock { $0[place % 3] = place }
        return place
      }
    }
    // Whoever came first made it, for all.
    for place in found.indices { #expect(found[place] == found[place % 3]) }
    #expect(throws: StoreError(.notFound, "4")) {
      _ = try concurrently(20) { place -> Int in
        if place > 3 { throw StoreError(.notFound, "\(place)") }
        return place
      }
    }
  }

  /// Points that have come since are read, and those that were there are the store's.
  @Test func seriesGrow() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/runs")
      let memory = ReportMemory()
      func read() throws -> [Int: [Double]] {
        let table = try RunTable(store: store, experiment: "demo")
        var found: [Int: [Double]] = [:]
        try memory.forEachSeries("train/loss", also: nil, of: table.runs, table) { run, series, _ in
          found[run] = series.values
        }
        return found
      }
      let runs = try store.runs(experiment: "demo")
      let before = try read()
      #expect(try read() == before)
      let first = try #require(before.keys.sorted().first)
      let steps = try store.history(run: runs[first].id, metric: "train/loss").steps
      #expect(
        before[first] == (try store.history(run: runs[first].id, metric: "train/loss").values))
      try store.appendPoints(
        [SeriesPoints(name: "train/loss", steps: [(steps.last ?? 0) + 1], values: [0.25])],
        run: runs[first].id)
      #expect(try read()[first] == (before[first] ?? []) + [0.25])
    }
  }

  /// Each after what it needs, and as early as that allows.
  @Test func stagesOfCells() throws {
    let text = """
      data: {source: shapes}
      training: {steps: 1}
      report:
        - markdown: "{{ b.verdict }}"
        - name: a
          sql: {query: SELECT 1 AS value}
        - name: b
          assert: a.value == 1
        - markdown: nothing
      """
    let file = try ExperimentFile.read(text: text, path: "x.yaml")
    let json = try #require(file.cellsJSON)
    let cells = try NotebookSource(json: json, experiment: "x").cells
    #expect(CellGraph.stages(cells) == [[1, 3], [2], [0]])
    #expect(CellGraph.stages([]).isEmpty)
  }

  /// Side by side or one after another: the same bytes.
  @Test func sameReportEachTime() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/runs")
      let memory = ReportMemory()
      let reports = try (0..<4).map { _ in
        try ExperimentReport(store: store, experiment: "demo", memory: memory, usesCache: false)
      }
      #expect(Set(reports.map(\.files)).count == 1)
    }
  }
}
