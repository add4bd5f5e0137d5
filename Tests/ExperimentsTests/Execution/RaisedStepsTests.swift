import Foundation
import TestSupport
import Testing

@testable import Execution
@testable import ExperimentFiles
@testable import Planning
@testable import Store

/// A run that raises `training.steps` goes on from the kept training state of the shorter one.
@Suite struct RaisedStepsTests {
  private static func text(steps: Int, keepState: Bool) -> String {
    """
    name: raised
    data: {source: shapes, size: 8}
    model: {base_channels: 8}
    conditioning: {kind: class, inject: time}
    training:
      {steps: \(steps), batch: 8, ema: 0.9, log_every: 4, checkpoint_every: 5, precision: fp16,
       keep_state: \(keepState)}
    sampling: {steps: 2, count: 4, every: 6}
    evaluation: {images: 16, every: 6, metrics: [loss]}
    """
  }

  /// Plans and executes the one run of the file.
  private static func execute(
    steps: Int, keepState: Bool, in store: RunStore
  ) throws -> (run: String, reason: String?) {
    let file = try ExperimentFile.read(
      text: text(steps: steps, keepState: keepState), path: "raised.yaml")
    let plan = try Plan(file) { _ in "data" }
    try store.register(try plan.registration(of: file))
    let run = plan.runs[0].id
    let reason = try PlanStatus(plan, store: store).entries[0].reason
    let outcome = try RunExecution(store: store, run: run, workers: 1, environment: [:])(
      shouldStop: { false }, report: { _ in })
    guard case .finished = outcome else { throw CancellationError() }
    return (run, reason)
  }

  /// What follows from the settings: not time, speed and memory.
  private static func results(_ run: String, _ store: RunStore) throws -> (
    points: [SeriesPoints], files: [String: String]
  ) {
    let names = try store.memberships(run: run)[0].metrics.keys.sorted()
    let points = try names.filter { $0.hasPrefix("train/") || $0.hasPrefix("eval/") }
      .map { try store.history(run: run, metric: $0) }
    let files = try store.artifacts(run: run).map { ("\($0.name) \($0.step ?? -1)", $0.sha256) }
    return (points, Dictionary(uniqueKeysWithValues: files))
  }

  @Test func goesOnToTheSameBits() throws {
    try withTemporaryFolder { folder in
      let raised = try RunStore(folder: folder + "/raised", creating: true)
      let first = try Self.execute(steps: 12, keepState: true, in: raised)
      let (run, reason) = try Self.execute(steps: 22, keepState: true, in: raised)
      #expect(reason == "resumes from \(first.run.prefix(8)) (12 steps)")
      #expect(
        try raised.events(run: run).contains { $0.text.hasPrefix("resumes from step 12 of run") })

      let whole = try RunStore(folder: folder + "/whole", creating: true)
      #expect(try Self.execute(steps: 22, keepState: false, in: whole).run == run)
      let (a, b) = (try Self.results(run, raised), try Self.results(run, whole))
      // Loss, learning rate, gradient norm, loss scale, skipped steps, and on held-out images.
      #expect(a.points.count == 6 && a.points == b.points)
      #expect(a.points.first { $0.name == "train/loss" }?.steps == [4, 8, 12, 16, 20, 22])
      #expect(a.points.first { $0.name == "eval/loss" }?.steps == [6, 12, 18, 22])
      // Two networks, sheets at 6, 12, 18, and at the end.
      #expect(a.files.count == 6 && a.files == b.files)
    }
  }

  /// Link by link, the links before the last forgotten or not.
  @Test func aLongChainComesToTheSameBits() throws {
    try withTemporaryFolder { folder in
      let raised = try RunStore(folder: folder + "/raised", creating: true)
      var run = ""
      for steps in [3, 4, 9, 15, 22] {
        run = try Self.execute(steps: steps, keepState: true, in: raised).run
      }
      #expect(
        try raised.events(run: run).contains { $0.text.hasPrefix("resumes from step 15 of run") })
      let whole = try RunStore(folder: folder + "/whole", creating: true)
      #expect(try Self.execute(steps: 22, keepState: false, in: whole).run == run)
      let (a, b) = (try Self.results(run, raised), try Self.results(run, whole))
      #expect(a.points == b.points)
      #expect(a.files.count == 6 && a.files == b.files)
    }
  }

  @Test func beginsAnewWhereNothingWasKept() throws {
    try withTemporaryFolder { folder in
      let store = try RunStore(folder: folder, creating: true)
      let first = try Self.execute(steps: 4, keepState: false, in: store)
      let (run, reason) = try Self.execute(steps: 8, keepState: false, in: store)
      #expect(
        reason
          == "cannot resume from \(first.run.prefix(8)) (4 steps): training.keep_state was not "
          + "set, so its state is gone")
      #expect(try store.events(run: run).map(\.text) == ["attempt 1 begins", "finished"])
    }
  }
}
