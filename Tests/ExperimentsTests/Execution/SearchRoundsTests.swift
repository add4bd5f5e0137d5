import Diffusion
import Foundation
import TestSupport
import Testing

@testable import ExperimentFiles
@testable import Planning
@testable import Store
@testable import Values

/// A `tpe` sweep over a store, its runs pretended: no training.
@Suite struct SearchRoundsTests {
  static func text(seed: Int = 3, maximum: Int = 24, repeats: Int = 2) -> String {
    """
    name: search
    data: {source: shapes, size: 16}
    training: {steps: 90}
    objective: {metric: eval/loss}
    sweep:
      method: tpe
      seed: \(seed)
      max_runs: \(maximum)
      round: 4
      parameters:
        training.optimizer.lr: {log_uniform: [1.0e-5, 1.0e-1]}
        training.batch: {int: [8, 64], step: 8}
      repeat: {training.seed: \(repeats)}
    """
  }

  private static func file(_ text: String) throws -> ExperimentFile {
    try ExperimentFile.read(text: text, path: "search.yaml")
  }

  /// Lowest at a learning rate of 1e-3 and a batch of 32; noise by the seed.
  private static func loss(_ run: PlannedRun) -> Double {
    let training = run.settings.training
    return abs(log10(training.optimizer.learningRate) + 3) + abs(Double(training.batch) - 32) / 32
      + 0.01 * Double(training.seed)
  }

  private static func finish(
    _ run: PlannedRun, _ store: RunStore, loss: Double, state: RunState = .finished
  ) throws {
    try store.beginAttempt(run: run.id, environment: [:])
    if state == .finished {
      try store.appendPoints(
        [SeriesPoints(name: "eval/loss", steps: [90], values: [loss])], run: run.id)
    }
    try store.finishAttempt(run: run.id, state: state)
  }

  private static func register(
    _ text: String, _ store: RunStore, failed: Set<String> = []
  ) throws -> Plan {
    let file = try file(text)
    let plan = try Plan(file, store: store, failed: failed) { _ in "" }
    try store.register(try plan.registration(of: file))
    return plan
  }

  /// All rounds to the end.
  /// - Parameter order: in which a round's runs end.
  private static func search(
    _ text: String, _ store: RunStore, order: ([PlannedRun]) -> [PlannedRun] = { $0 }
  ) throws -> Plan {
    var plan = try register(text, store)
    let all = try file(text).runCount
    while true {
      let states = try store.states()
      let open = plan.runs.filter { states[$0.id] == .queued }
      if open.isEmpty { return plan }
      for run in order(open) {
        try finish(run, store, loss: loss(run))
        // Nothing is proposed before the last of them has ended.
        let now = try Plan(try file(text), store: store) { _ in "" }
        let isLast = try store.states().values.allSatisfy { $0 != .queued }
        #expect((now.runs.count > plan.runs.count) == (isLast && plan.runs.count < all))
      }
      plan = try register(text, store)
    }
  }

  private static func withStore<Result>(_ body: (RunStore) throws -> Result) throws -> Result {
    try withTemporaryFolder { try body(try RunStore(folder: $0, creating: true)) }
  }

  @Test func roundsFollowFromSeedAndResultsAlone() throws {
    let first = try Self.withStore { try Self.search(Self.text(), $0) }
    let second = try Self.withStore { store in
      try Self.search(Self.text(), store) { $0.reversed() }
    }
    #expect(first.runs.map(\.id) == second.runs.map(\.id))
    #expect(first.runs.map(\.round) == [0, 1, 2].flatMap { Array(repeating: $0, count: 8) })
    #expect(first.runs.map(\.repeatIndex) == (0..<12).flatMap { _ in [0, 1] })
    #expect(Set(first.runs.map(\.id)).count == 24)
    let other = try Self.withStore { try Self.search(Self.text(seed: 4), $0) }
    #expect(Set(other.runs.map(\.id)).isDisjoint(with: first.runs.map(\.id)))
  }

  @Test func whatWasProposedStays() throws {
    try Self.withStore { store in
      let plan = try Self.search(Self.text(maximum: 16), store)
      #expect(plan.runs.count == 16)
      // Results that change later change no round that was proposed.
      for run in plan.runs {
        try store.clearResults(run: run.id)
        try Self.finish(run, store, loss: -Self.loss(run))
      }
      let again = try Plan(try Self.file(Self.text(maximum: 16)), store: store) { _ in "" }
      #expect(again.runs.map(\.id) == plan.runs.map(\.id))
      // More runs go on with the same search.
      let more = try Plan(try Self.file(Self.text(maximum: 24)), store: store) { _ in "" }
      #expect(more.runs.prefix(16).map(\.id) == plan.runs.map(\.id))
      #expect(more.runs.count == 24)
      // Anything else begins another one.
      let edited = Self.text(maximum: 16).replacing("1.0e-1]", with: "1.0e-2]")
      let status = try PlanStatus(
        try Plan(try Self.file(edited), store: store) { _ in "" }, store: store)
      #expect(status.entries.count { $0.state == .orphan } == 16)
      #expect(status.entries.count { $0.state == .new } == 8)
      #expect(status.pending == 8)
    }
  }

  /// A run that failed counts as worse than any; the search goes on once it is not tried again.
  @Test func failuresCount() throws {
    try Self.withStore { store in
      let text = Self.text(repeats: 1)
      var plan = try Self.register(text, store)
      for _ in 0..<3 {
        let open = plan.runs.suffix(4)
        for run in open.dropFirst() { try Self.finish(run, store, loss: Self.loss(run)) }
        try Self.finish(open.first!, store, loss: 0, state: .failed)
        #expect(try Plan(Self.file(text), store: store) { _ in "" }.runs.count == plan.runs.count)
        let failed = Set(try store.states().filter { $0.value == .failed }.keys)
        plan = try Self.register(text, store, failed: failed)
      }
      #expect(plan.runs.count == 16)
      // Rounds are in the store, and their view says which run is whose.
      let rounds = try store.query(
        "SELECT round, count(*) FROM rounds WHERE experiment = 'search' GROUP BY round")
      #expect(
        rounds.rows == (1...4).map { [.integer($0), .integer(4)] })
    }
  }

  /// The file alone says how many there will be; its first round is known without a store.
  @Test func withoutAStoreThereIsTheFirstRound() throws {
    let file = try Self.file(Self.text())
    #expect(file.runCount == 24)
    let plan = try Plan(file, store: nil) { _ in "" }
    #expect(plan.runs.count == 8)
    #expect(try PlanStatus(plan, store: nil).pending == 16)
  }
}
