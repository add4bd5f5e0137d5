import Foundation
import GRDB
import Store
import StoreTestSupport
import TestSupport
import Testing
import Values

@Suite struct StorePointTests {
  private func withRun<Result>(_ body: (RunStore, String) throws -> Result) throws -> Result {
    try withTemporaryFolder { folder in
      let store = try RunStore(folder: folder, creating: true)
      try store.register(demoExperiment(runs: demoRuns()))
      return try body(store, demoRuns()[0].id)
    }
  }

  private func summary(_ store: RunStore, _ run: String, _ metric: String) throws -> MetricSummary?
  {
    try store.memberships(run: run)[0].metrics[metric]
  }

  /// The summary by its definition, from the points.
  private func definition(_ points: SeriesPoints) -> MetricSummary {
    let pairs = zip(points.steps, points.values).sorted { $0.0 < $1.0 }
    let numbers = pairs.filter { !$0.1.isNaN }
    let lowest = numbers.map(\.1).min()
    let highest = numbers.map(\.1).max()
    return MetricSummary(
      count: pairs.count, nanCount: pairs.count - numbers.count, last: pairs.last!.1,
      lastStep: pairs.last!.0, min: lowest ?? .nan,
      minStep: numbers.first { $0.1 == lowest }?.0, max: highest ?? .nan,
      maxStep: numbers.first { $0.1 == highest }?.0)
  }

  private func expectEqual(_ a: MetricSummary?, _ b: MetricSummary) {
    #expect(a?.count == b.count)
    #expect(a?.nanCount == b.nanCount)
    #expect(a?.last.bitPattern == b.last.bitPattern)
    #expect(a?.lastStep == b.lastStep)
    #expect(a?.min.bitPattern == b.min.bitPattern)
    #expect(a?.minStep == b.minStep)
    #expect(a?.max.bitPattern == b.max.bitPattern)
    #expect(a?.maxStep == b.maxStep)
  }

  @Test func everyDoubleComesBackBitForBit() throws {
    let values = [
      0.1, -1.5e-300, .infinity, -.infinity, .nan, 3, .greatestFiniteMagnitude,
      .leastNonzeroMagnitude, 1.0 / 3,
    ]
    try withRun { store, run in
      let points = SeriesPoints(name: "x", steps: Array(values.indices), values: values)
      try store.appendPoints([points], run: run)
      let back = try store.history(run: run, metric: "x")
      #expect(back.steps == points.steps)
      #expect(back.values.map(\.bitPattern) == values.map(\.bitPattern))
      expectEqual(try summary(store, run, "x"), definition(points))
    }
  }

  /// Batches in order take the short way, others make the summary anew: both give the definition.
  @Test(arguments: 0..<20) func summariesAreWhatThePointsSay(seed: Int) throws {
    var random = SplitMix(seed: UInt64(seed))
    try withRun { store, run in
      var byStep: [Int: Double] = [:]
      for _ in 0..<6 {
        var batch = SeriesPoints(name: "m")
        let start = seed % 2 == 0 ? (byStep.keys.max() ?? -1) + 1 : Int(random.next() % 40)
        for offset in 0..<Int(random.next() % 12) {
          let choice = random.next() % 8
          let value: Double =
            choice == 0 ? .nan : choice == 1 ? .infinity : Double(random.next() % 9) - 4
          batch.append(step: start + offset, value: value)
          byStep[start + offset] = value
        }
        try store.appendPoints([batch], run: run)
      }
      let all = byStep.sorted { $0.key < $1.key }
      let points = SeriesPoints(name: "m", steps: all.map(\.key), values: all.map(\.value))
      expectEqual(try summary(store, run, "m"), definition(points))

      let cut = Int(random.next() % 40)
      try store.truncatePoints(run: run, beyond: cut)
      let kept = all.filter { $0.key <= cut }
      if kept.isEmpty {
        #expect(try summary(store, run, "m") == nil)
      } else {
        expectEqual(
          try summary(store, run, "m"),
          definition(
            SeriesPoints(name: "m", steps: kept.map(\.key), values: kept.map(\.value))))
      }
      #expect(try store.history(run: run, metric: "m").steps == kept.map(\.key))
    }
  }

  @Test func truncationTakesTheRunBackAndLeavesOthersAlone() throws {
    try withRun { store, run in
      let other = demoRuns()[1].id
      for id in [run, other] {
        try store.appendPoints(
          [
            SeriesPoints(name: "train/loss", steps: [10, 20, 30], values: [3, 2, 1]),
            SeriesPoints(name: "eval/loss", steps: [30], values: [9]),
          ], run: id)
      }
      try store.truncatePoints(run: run, beyond: 20)
      let back = try store.memberships(run: run)[0]
      #expect(back.step == 20)
      #expect(back.metrics.keys.sorted() == ["train/loss"])
      #expect(back.metrics["train/loss"]?.last == 2)
      let untouched = try store.memberships(run: other)[0]
      #expect(untouched.step == 30)
      #expect(untouched.metrics["eval/loss"]?.last == 9)
    }
  }

  /// Terms of the variational bound lie along the timesteps of the noise process.
  @Test func timestepsSayNothingOfHowFarARunIs() throws {
    try withRun { store, run in
      try store.appendPoints(
        [
          SeriesPoints(name: "train/loss", steps: [10, 20], values: [3, 2]),
          SeriesPoints(name: "vlb/term", steps: [0, 999], values: [1, 2]),
        ], run: run)
      try store.appendPoints(
        [SeriesPoints(name: "vlb/weight", steps: [999], values: [2])], run: run)
      let back = try store.memberships(run: run)[0]
      #expect(back.step == 20)
      #expect(back.metrics["vlb/term"]?.lastStep == 999)
    }
  }

  @Test func aRunThatIsNotThereTakesNoPoints() throws {
    try withRun { store, _ in
      #expect(throws: StoreError.self) {
        try store.appendPoints([SeriesPoints(name: "x", steps: [1], values: [1])], run: "ffff")
      }
      let series = try store.query("SELECT count(*) FROM series")
      #expect(series.rows == [[.integer(0)]])
    }
  }

  @Test func theWriterWritesEverythingInOrder() throws {
    try withRun { store, run in
      let writer = PointWriter(store: store, run: run)
      for step in 0..<25_000 {
        writer.log("train/loss", step: step, Double(step) * 0.5)
        if step % 5 == 0 { writer.log("speed", step: step, step % 10 == 0 ? .nan : -Double(step)) }
      }
      try writer.flush()
      let loss = try store.history(run: run, metric: "train/loss")
      #expect(loss.steps == Array(0..<25_000))
      #expect(loss.values == (0..<25_000).map { Double($0) * 0.5 })
      let speed = try #require(try summary(store, run, "speed"))
      #expect(speed.count == 5_000)
      #expect(speed.nanCount == 2_500)
      #expect(speed.min == -24_995)
    }
  }

  @Test func theWriterWritesByItselfAndWhenItGoes() throws {
    try withRun { store, run in
      do {
        let writer = PointWriter(store: store, run: run)
        writer.log("x", step: 1, 1)
        for _ in 0..<200 {
          if try summary(store, run, "x") != nil { break }
          usleep(50_000)
        }
        #expect(try summary(store, run, "x")?.count == 1, "written without being asked")
        writer.log("x", step: 2, 4)
      }
      #expect(try summary(store, run, "x")?.last == 4, "written when the writer goes")
    }
  }

  @Test func whatCouldNotBeWrittenIsKept() throws {
    try withTemporaryFolder { folder in
      let store = try RunStore(
        folder: folder, creating: true, options: RunStore.Options(busyTimeout: 0.02))
      try store.register(demoExperiment(runs: demoRuns()))
      let run = demoRuns()[0].id
      let held = open(folder + "/workbench.lock", O_RDWR)
      defer { close(held) }
      #expect(flock(held, LOCK_EX) == 0)
      let writer = PointWriter(store: store, run: run)
      writer.log("x", step: 1, 1)
      #expect(throws: StoreError.self) { try writer.flush() }
      writer.log("x", step: 2, 2)
      writer.log("y", step: 2, 3)
      #expect(throws: StoreError.self) { try writer.flush() }
      #expect(flock(held, LOCK_UN) == 0)
      try writer.flush()
      #expect(try store.history(run: run, metric: "x").steps == [1, 2])
      #expect(try store.history(run: run, metric: "y").values == [3])
    }
  }

  /// Ten series, batches of a thousand: 24 bytes a point is the design's limit, measured on the
  /// file after a checkpoint, less what an empty store takes.
  @Test func aPointTakesAtMost24Bytes() throws {
    try withRun { store, run in
      func pages() throws -> Int {
        let queue = try DatabaseQueue(path: store.databasePath)
        return try queue.writeWithoutTransaction { db in
          _ = try db.checkpoint(.truncate)
          return try Int.fetchOne(db, sql: "PRAGMA page_count")! * 4096
        }
      }
      let before = try pages()
      for batch in 0..<100 {
        try store.appendPoints(
          (0..<10).map { series in
            SeriesPoints(
              name: "series/\(series)", steps: (0..<100).map { batch * 100 + $0 },
              values: (0..<100).map { Double(batch * 100 + $0) * 0.1234567 + Double(series) })
          }, run: run)
      }
      let after = try pages()
      #expect(after - before <= 24 * 100_000)
    }
  }
}
