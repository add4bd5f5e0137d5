import Foundation
import StoreTestSupport
import TestSupport
import Testing
import Values

@testable import Execution
@testable import Store

@Suite struct StoreBenchmarkTests {
  /// Run by run, point by point: the same numbers each time, and all that were logged.
  @Test func theSyntheticSweepIsTheSameEachTime() throws {
    try withTemporaryFolder { folder in
      let benchmark = StoreBenchmark(runs: 11, steps: 40, metrics: 12, batch: 70)
      let results = try ["a", "b"].map { try benchmark.fill(folder: "\(folder)/\($0)") }
      let stores = try ["a", "b"].map { try RunStore(folder: "\(folder)/\($0)") }
      let runs = try stores[0].runs(experiment: StoreBenchmark.experiment)
      #expect(runs.count == 11)
      #expect(Set(runs.flatMap { $0.metrics.keys }).count == 12)
      var points = 0
      for run in runs {
        let histories = try stores.map { try $0.histories(runs: [run.id])[run.id] ?? [] }
        #expect(histories[0].map(\.name) == histories[1].map(\.name))
        #expect(histories[0].map(\.steps) == histories[1].map(\.steps))
        let bits = histories.map { $0.map { $0.values.map(\.bitPattern) } }
        #expect(bits[0] == bits[1])
        #expect(histories[0].allSatisfy { $0.steps == Array(1...$0.steps.count) })
        points += histories[0].map(\.steps.count).reduce(0, +)
      }
      #expect(results.map(\.points) == [points, points])
      #expect(results[0].bytesPerPoint > 0)
      // Settings differ as a sweep's do, and seeds repeat.
      #expect(Set(runs.map { $0.parameters["training.seed"] }).count == StoreBenchmark.seeds)
      #expect(Set(runs.map(\.repeatGroup)).count == 3)
    }
  }

  /// Batches that wait are written together, no more of them than are allowed, and nothing is lost:
  /// also metrics that come later than others.
  @Test(arguments: [(10, 10), (10, 35), (7, 1000), (1, 3)])
  func writersWriteWhatWaits(batch: Int, transaction: Int) throws {
    try withTemporaryFolder { folder in
      let store = try RunStore(folder: folder, creating: true)
      try store.register(demoExperiment(runs: demoRuns()))
      let run = demoRuns()[0].id
      let writer = PointWriter(
        store: store, run: run, batchSize: batch, transactionSize: transaction)
      for step in 0..<120 {
        writer.log("a", step: step, Double(step))
        if step % 3 == 0 { writer.log("b", step: step, -Double(step)) }
        if step >= 60 { writer.log("late", step: step, 1 / Double(step)) }
      }
      try writer.flush()
      let histories = try store.histories(runs: [run])[run] ?? []
      #expect(histories.map(\.name) == ["a", "b", "late"])
      #expect(histories.map(\.steps) == [Array(0..<120), (0..<40).map { $0 * 3 }, Array(60..<120)])
      let late = histories.last?.values ?? []
      #expect(late == (60..<120).map { 1 / Double($0) })
      let summary = try #require(try store.memberships(run: run)[0].metrics["b"])
      #expect(summary.count == 40 && summary.min == -117 && summary.maxStep == 0)
      // 220 points; a batch by itself may be larger than a transaction is to be.
      let most = max(batch, transaction)
      #expect(writer.transactions >= (220 + most - 1) / most)
    }
  }

  @Test func historiesAreThePoints() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder)
      let ids = demoRuns()[2...4].map(\.id)
      let all = try store.histories(runs: ids)
      #expect(Set(all.keys) == Set(ids))
      for id in ids {
        let names = try store.memberships(run: id)[0].metrics.keys.sorted()
        #expect(all[id]?.map(\.name) == names)
        for series in all[id] ?? [] {
          #expect(try series == store.history(run: id, metric: series.name))
        }
      }
      let some = try store.histories(runs: ids, metrics: ["train/loss", "none"])
      #expect(some.values.allSatisfy { $0.map(\.name) == ["train/loss"] })
      #expect(try store.histories(runs: ["nobody"])["nobody"] == [])
    }
  }
}
