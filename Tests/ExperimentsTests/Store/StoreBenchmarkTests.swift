import Experiments
import Foundation
import TestSupport
import Testing

@Suite struct StoreBenchmarkTests {
  /// Run by run, point by point: the same numbers each time, and all that were logged.
  @Test func theMadeUpSweepIsTheSameEachTime() throws {
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
