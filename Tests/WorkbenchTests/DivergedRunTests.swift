import Foundation
import Store
import TestSupport
import Testing
import Values

/// A run whose training comes to nothing has failed, and every verb says so.
@Suite struct DivergedRunTests {
  /// With a rate of 1e30 the first step takes the weights to ±1e30, and 29 of 30 steps are skipped.
  private static let rates =
    Workplace.training
    + "sampling: {every: 10}\n"
    + "sweep: {parameters: {training.optimizer.lr: [1.0e-3, 1.0e+30, 2.0e-3]}}\n"
  private static let told =
    "diverged at step 30: 29 of its 30 steps were skipped, since their gradients were not finite"

  @Test func itFailsAndTheOthersGoOn() throws {
    let place = try Workplace(Self.rates)
    let ending = try place.run(code: 1)
    let label = try #require(try place.runs()[1].label)
    #expect(ending.errors.contains("✗ \(label) failed"))
    #expect(ending.errors.contains(": \(Self.told)\n"))
    #expect(ending.errors.split(separator: "\n").count { $0.hasPrefix("✓") } == 2)

    let (runs, store) = (try place.runs(), try place.store())
    #expect(runs.map(\.state) == [.finished, .failed, .finished])
    #expect(runs[1].error == Self.told && runs[1].step == 30 && runs[1].hasDiverged)
    for name in ["eval/loss", "eval/class_agreement", "eval/frechet_pca64"] {
      let history = try store.history(run: runs[1].id, metric: name)
      #expect(history.steps == [30] && history.values.allSatisfy(\.isNaN), "\(name)")
    }
    // No network to be taken for a sound one, no samples of the end.
    #expect(
      try store.artifacts(run: runs[1].id).map(\.name)
        == ["samples-00000010.png", "samples-00000020.png"])
    #expect(
      try store.events(run: runs[1].id).map(\.text) == ["attempt 1 begins", Self.told])
    let work = "\(place.storeFolder)/work/\(runs[1].id)"
    #expect(try FileManager.default.contentsOfDirectory(atPath: work) == ["lock"])
    for verb in [
      ["sample", runs[1].id, "-o", "x.png"],
      ["export", runs[1].id, "--format", "safetensors", "-o", "x"],
    ] {
      let ending = try place.start(verb).wait()
      #expect(ending.code == 66)
      #expect(ending.errors.contains("has no network: it \(Self.told)"), "\(ending.errors)")
    }
  }

  /// The same settings come to the same end: what has diverged is not tried again, unless another
  /// version of the program did it or it is forced.
  @Test func itIsNotTriedAgain() throws {
    let place = try Workplace(Self.rates)
    try place.run(code: 1)
    let plan = try place.workbench("plan", place.file)
    #expect(plan.contains("3 runs: 2 done, 1 failed\n"))
    #expect(plan.contains("failed: \(Self.told)\n"))
    #expect(!plan.contains("to do: "))

    let again = try place.run("--fail-fast", code: 1)
    #expect(again.errors.contains("\(Self.told); it would diverge again, so it is not retried\n"))
    let id = try place.runs()[1].id
    #expect(try place.store().attempts(run: id).count == 1)
    try place.run("--force", code: 1)
    #expect(try place.store().attempts(run: id).map(\.state) == [.failed, .failed])

    try place.store().beginAttempt(run: id, environment: ["program.version": "0.0.1"])
    try place.store().finishAttempt(run: id, state: .failed, error: Self.told)
    try place.run(code: 1)
    #expect(try place.store().attempts(run: id).count == 4)
  }

  @Test func theSameBitsForAnyNumberOfWorkers() throws {
    let places = try ["1", "3"].map { workers in
      let place = try Workplace(Self.rates)
      try place.run("--workers", workers, code: 1)
      return place
    }
    #expect(try places[0].bits() == places[1].bits())
    #expect(try places[0].runs().map(\.error) == places[1].runs().map(\.error))
  }

  /// What a bound ends is pruned, as before.
  @Test func aBoundPrunesIt() throws {
    let place = try Workplace(
      Self.rates.replacing(
        "lr: [1.0e-3, 1.0e+30, 2.0e-3]}",
        with: "lr: [1.0e-3, 1.0e+30, 2.0e-3]}, prune: {kind: bound, metric: train/loss, after: 5}"))
    try place.run()
    #expect(try place.runs().map(\.state) == [.finished, .pruned, .finished])
    // Also one that diverged when nothing pruned it.
    let other = try Workplace(Self.rates)
    try other.run(code: 1)
    try other.write(
      Self.rates.replacing(
        "lr: [1.0e-3, 1.0e+30, 2.0e-3]}",
        with: "lr: [1.0e-3, 1.0e+30, 2.0e-3]}, prune: {kind: bound, metric: train/loss, after: 5}"))
    try other.run()
    #expect(try other.runs().map(\.state) == [.finished, .pruned, .finished])
    #expect(try other.store().attempts(run: other.runs()[1].id).count == 1)
  }
}
