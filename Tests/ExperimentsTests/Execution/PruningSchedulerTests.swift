import Diffusion
import TestSupport
import Testing
import Values

@testable import Execution
@testable import ExperimentFiles
@testable import Planning
@testable import Store

/// Rung by rung over a store, its runs pretended: no training.
@Suite struct PruningSchedulerTests {
  private static func text(
    _ prune: String, repeats: Int = 1, values: String = "2, 4, 6, 8, 10, 12, 14, 16, 18"
  ) -> String {
    """
    name: pruned
    data: {source: shapes, size: 16}
    training: {steps: 90, log_every: 5}
    sweep:
      parameters: {training.batch: [\(values)]}
      repeat: {training.seed: \(repeats)}
      prune: {metric: train/loss, \(prune)}
    """
  }

  private static func register(_ text: String, _ store: RunStore) throws -> Plan {
    let file = try ExperimentFile.read(text: text, path: "pruned.yaml")
    let plan = try Plan(file) { _ in "" }
    try store.register(try plan.registration(of: file))
    return plan
  }

  /// As a run's process does it: trains up to a step, and pauses or ends there.
  private static func train(
    _ run: PlannedRun, to step: Int, _ store: RunStore, loss: (Int) -> Double
  ) throws {
    try store.beginAttempt(run: run.id, environment: [:])
    let steps = Array(stride(from: 5, through: step, by: 5))
    try store.appendPoints(
      [SeriesPoints(name: "train/loss", steps: steps, values: steps.map(loss))], run: run.id)
    try store.finishAttempt(run: run.id, state: step == 90 ? .finished : .interrupted)
  }

  /// Does what the gates let it until nothing goes on, in an order.
  /// - Returns: for each run the step it came to.
  private static func play(
    _ plan: Plan, _ store: RunStore, order: ([PlannedRun]) -> [PlannedRun] = { $0 },
    loss: (PlannedRun, Int) -> Double
  ) throws -> [Int] {
    for _ in 0..<1000 {
      // A new one each time: nothing is known but what the store holds.
      var scheduler = try #require(try PruningScheduler(plan, store: store))
      let gates = try scheduler.update(failed: [], paused: [:])
      let next = order(plan.runs).first { run in
        if case .go = gates[run.id] { true } else { false }
      }
      guard let run = next, case .go(let until)? = gates[run.id] else { break }
      try train(run, to: until ?? 90, store) { loss(run, $0) }
    }
    let standings = try store.standings()
    return plan.runs.map { standings[$0.id]?.step ?? 0 }
  }

  private static func batch(_ run: PlannedRun) -> Double { Double(run.settings.training.batch) }

  private static func withStore(_ body: (RunStore) throws -> Void) throws {
    try withTemporaryFolder { try body(try RunStore(folder: $0, creating: true)) }
  }

  /// Nine runs, rungs at 10 and 30, a third goes on each time.
  @Test func ofEachRungTheBestThirdGoesOn() throws {
    for order in [{ $0 }, { $0.reversed() }] as [([PlannedRun]) -> [PlannedRun]] {
      try Self.withStore { store in
        let plan = try Self.register(Self.text("kind: asha, after: 10, eta: 3"), store)
        // 18, 16 and 14 are best at 10; of them 14 at 30.
        let steps = try Self.play(plan, store, order: order) { run, step in
          step <= 10 ? 100 - Self.batch(run) : Self.batch(run)
        }
        #expect(steps == [10, 10, 10, 10, 10, 10, 90, 30, 30])
        let states = try store.states()
        #expect(
          plan.runs.map { states[$0.id] }
            == Array(repeating: .pruned, count: 6) + [.finished, .pruned, .pruned])
        let events = try store.events(run: plan.runs[7].id).map(\.text)
        #expect(
          events == [
            "continues past step 10: train/loss 84.00 ranks 2 of 9, and the best 3 continue (asha, eta 3)",
            "pruned at step 30: train/loss 16.00 ranks 2 of 3, and the best one continues (asha, eta 3)",
          ])
        // What it has measured stays.
        #expect(
          try store.history(run: plan.runs[7].id, metric: "train/loss").steps == [
            5, 10, 15, 20, 25, 30,
          ])
        let status = try PlanStatus(plan, store: store)
        #expect(status.entries.map(\.state) == Array(repeating: .done, count: 9))
        #expect(status.entries[7].reason == events[1])
      }
    }
  }

  @Test func seedsAreJudgedTogether() throws {
    try Self.withStore { store in
      let plan = try Self.register(
        Self.text("kind: asha, after: 30, eta: 2", repeats: 2, values: "2, 4"), store)
      // Means 3 and 2.5, though the best single run is one of the first.
      let losses: [Double] = [1, 5, 2, 3]
      let steps = try Self.play(plan, store) { run, _ in losses[run.index] }
      #expect(steps == [30, 30, 90, 90])
    }
  }

  @Test func medianStopping() throws {
    try Self.withStore { store in
      let plan = try Self.register(
        Self.text("kind: median, after: 10, every: 40", values: "2, 4, 6"), store)
      // Constant curves 2, 4, 6: medians of the others 5, 4, 3; at 50 the third is gone, and counts
      // no more: the others' medians are 4 and 2.
      let steps = try Self.play(plan, store) { run, _ in Self.batch(run) }
      #expect(steps == [90, 50, 10])
      #expect(
        try store.events(run: plan.runs[2].id).map(\.text) == [
          "pruned at step 10: its best train/loss is 6.000, the median of the others' averages is 3.000"
        ])
    }
  }

  @Test func divergenceEndsARunAtItsRung() throws {
    try Self.withStore { store in
      let plan = try Self.register(
        Self.text("kind: asha, after: 10, eta: 2", values: "2, 4"), store)
      let steps = try Self.play(plan, store) { run, _ in run.index == 0 ? .nan : 7 }
      #expect(steps == [10, 90])
      #expect(
        try store.events(run: plan.runs[0].id).map(\.text) == [
          "pruned at step 10: train/loss is not finite"
        ])
    }
  }

  /// Decided is decided: runs that are added later are judged among all, the old ones stay.
  @Test func moreRunsJoin() throws {
    try Self.withStore { store in
      let first = try Self.register(
        Self.text("kind: asha, after: 50, eta: 2", values: "2, 4, 6, 8"), store)
      #expect(
        try Self.play(first, store) { run, _ in Self.batch(run) } == [90, 90, 50, 50])
      let more = try Self.register(
        Self.text("kind: asha, after: 50, eta: 2", values: "2, 4, 6, 8, 1, 10"), store)
      #expect(
        try Self.play(more, store) { run, _ in Self.batch(run) } == [90, 90, 50, 50, 90, 50])
    }
  }

  /// Another rule judges anew, and what one rule has ended another may go on with.
  @Test func anotherRuleJudgesAnew() throws {
    try Self.withStore { store in
      let values = "2, 4, 6, 8"
      let strict = try Self.register(
        Self.text("kind: asha, after: 50, eta: 4", values: values), store)
      #expect(
        try Self.play(strict, store) { run, _ in Self.batch(run) } == [90, 50, 50, 50])
      let mild = try Self.register(
        Self.text("kind: asha, after: 50, eta: 2", values: values), store)
      #expect(
        try PlanStatus(mild, store: store).entries.map(\.state)
          == [.done, .interrupted, .interrupted, .interrupted])
      #expect(
        try Self.play(mild, store) { run, _ in Self.batch(run) } == [90, 90, 50, 50])
      #expect(
        try PlanStatus(mild, store: store).entries.map(\.state) == [.done, .done, .done, .done])
      // The same runs without pruning.
      let text = Self.text("", values: values).split(separator: "\n").dropLast()
      let whole = try Self.register(text.joined(separator: "\n"), store)
      let status = try PlanStatus(whole, store: store)
      #expect(status.entries.map(\.state) == [.done, .done, .interrupted, .interrupted])
      #expect(
        status.entries[2].reason
          == "was pruned by a rule other than this plan's; continues from step 50")
    }
  }

  /// A process that died at a rung may have logged some of it and not what counts.
  @Test func onlyAMeasureAtTheRungCounts() throws {
    try Self.withStore { store in
      let plan = try Self.register(
        Self.text("kind: asha, after: 50, eta: 2", values: "2, 4"), store)
      try Self.train(plan.runs[0], to: 50, store) { _ in 1 }
      try Self.train(plan.runs[1], to: 45, store) { _ in 2 }
      try store.appendPoints(
        [SeriesPoints(name: "time/unix", steps: [50], values: [0])], run: plan.runs[1].id)
      var scheduler = try #require(try PruningScheduler(plan, store: store))
      let gates = try scheduler.update(failed: [], paused: [:])
      #expect(gates[plan.runs[0].id] == .waits(at: 50))
      #expect(gates[plan.runs[1].id] == .go(until: 50))
      // One that fails for good is not waited for.
      let without = try scheduler.update(failed: [plan.runs[1].id], paused: [:])
      #expect(without[plan.runs[0].id] == .go(until: nil))
    }
  }
}
