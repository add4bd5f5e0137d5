import Foundation
import TestSupport
import Testing

@testable import Execution
@testable import ExperimentFiles
@testable import Planning
@testable import Store

/// Whose weights or training state a run begins with: what the plan says is what execution does.
@Suite struct StartingPointTests {
  /// One of a few runs that train alike, or nearly.
  private static func text(_ random: inout SplitMix) -> String {
    func any<Value>(_ values: Value...) -> Value {
      values[Int.random(in: values.indices, using: &random)]
    }
    return """
      name: \(any("one", "two"))
      data: {source: shapes, size: 8, limit: 32}
      model: {base_channels: 8, levels: 2, time_embedding: {dim: 16}}
      training: {steps: \(any(4, 6, 8)), batch: 4, log_every: 2, checkpoint_every: 2,
        lr_schedule: {kind: \(any("constant", "constant", "cosine"))}, keep_state: \(any(true, false))}
      sampling: {steps: \(any(2, 3, 4)), count: 2\(any("", "", ", every: 3"))}
      evaluation: {images: 4, metrics: [loss\(any("", ", frechet-pca64"))]\(any("", ", every: 2"))}
      """
  }

  /// What the plan says, in the words of a run's journal.
  private static func expected(_ reason: String?) -> String {
    guard let reason else { return "begins" }
    if let match = reason.firstMatch(of: /reuses the weights of (\w+)/) {
      return "weights \(match.1)"
    }
    if let match = reason.firstMatch(of: /(?:^|; )resumes from (\w+) \((\d+) steps\)/) {
      return "state \(match.1) \(match.2)"
    }
    return "begins"
  }

  private static func done(_ events: [String]) -> String {
    for event in events {
      if let match = event.firstMatch(of: /^reuses the weights of run (\w+)/) {
        return "weights \(match.1)"
      }
      if let match = event.firstMatch(of: /^resumes from step (\d+) of run (\w+)/) {
        return "state \(match.2) \(match.1)"
      }
    }
    return "begins"
  }

  /// Plans and executes one random run after the other in a new store.
  /// - Returns: what runs began with: `begins`, `weights`, `state`.
  private static func ways(_ random: inout SplitMix) throws -> Set<String> {
    var seen: Set<String> = []
    try withTemporaryFolder { folder in
      let store = try RunStore(folder: folder, creating: true)
      for _ in 0..<24 {
        let file = try ExperimentFile.read(text: text(&random), path: "random.yaml")
        let plan = try Plan(file) { _ in "data" }
        try store.register(try plan.registration(of: file))
        let run = plan.runs[0].id
        let entry = try PlanStatus(plan, store: store).entries[0]
        if entry.state == .done { continue }
        // Some end half-way, and their checkpoints stay.
        let stops = Int.random(in: 0..<4, using: &random) == 0
        _ = try RunExecution(
          store: store, run: run, workers: 1, environment: [:], pause: stops ? 2 : nil)(
            shouldStop: { false }, report: { _ in })
        if entry.state != .new { continue }
        let events = try store.events(run: run).map(\.text)
        let done = done(events)
        #expect(done == expected(entry.reason), "\(entry.reason ?? "–"): \(events)")
        seen.insert(String(done.prefix { $0 != " " }))
      }
    }
    return seen
  }

  @Test func executionDoesWhatThePlanSays() throws {
    var seen: Set<String> = []
    for seed in 0..<4 {
      var random = SplitMix(seed: UInt64(seed))
      seen.formUnion(try Self.ways(&random))
    }
    #expect(seen == ["begins", "weights", "state"], "every way is tried")
  }
}
