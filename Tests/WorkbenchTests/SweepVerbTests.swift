import ArgumentParser
import Execution
import ExperimentFiles
import Foundation
import Planning
import Store
import TestSupport
import Testing
import Values

@testable import Workbench

/// Sweeps that decide on their way, end to end: the same runs and the same bits for any `-j`, also
/// after an interruption.
@Suite struct SweepVerbTests {
  /// So little that what a run costs is its process.
  private static let small = """
    training: {steps: 9, batch: 4, log_every: 1, checkpoint_every: 4, ema: 0.9}
    sampling: {count: 2, steps: 1}
    evaluation: {images: 8, metrics: [loss], every: 3}
    objective: {metric: eval/loss}

    """

  private static let search =
    small + """
      sweep:
        method: tpe
        seed: 5
        max_runs: 9
        round: 3
        parameters:
          training.optimizer.lr: {log_uniform: [1.0e-5, 1.0e-1]}
          conditioning.dropout: {uniform: [0, 0.5]}

      """

  private static let halving =
    small + """
      sweep:
        parameters: {training.optimizer.lr: [1.0e-5, 1.0e-4, 1.0e-3, 1.0e-2]}
        prune: {kind: asha, metric: eval/loss, after: 3, eta: 2}

      """

  /// Interrupts a run again and again until it is through.
  private func runInPieces(_ place: Workplace, _ arguments: String...) throws {
    for attempt in 0..<20 {
      let process = try place.start(["run", place.file, "-o", place.reports] + arguments)
      usleep(UInt32(300_000 + 150_000 * attempt))
      process.send(SIGINT)
      let ending = process.wait()
      if ending.code == 0 { return }
      try #require(ending.code == 130, "\(ending.errors)")
    }
    Issue.record("it does not come to its end")
  }

  @Test(arguments: [search, halving])
  func theSameRunsWhateverHappens(experiment: String) throws {
    let first = try Workplace(experiment)
    try first.run("-j", "1", "--workers", "1")
    let reference = try first.bits()
    let states = try first.runs().map(\.state)

    let second = try Workplace(experiment)
    try second.run("-j", "3")
    #expect(try second.runs().map(\.id) == first.runs().map(\.id))
    #expect(try second.runs().map(\.state) == states)
    #expect(try second.bits() == reference)

    let third = try Workplace(experiment)
    try runInPieces(third, "-j", "2")
    #expect(try third.runs().map(\.id) == first.runs().map(\.id))
    #expect(try third.runs().map(\.state) == states)
    #expect(try third.bits() == reference)

    // Done again, it comes to the same.
    try second.run("-j", "3", "--force")
    #expect(try second.runs().map(\.state) == states)
    #expect(try second.bits() == reference)

    // And there is nothing left to do.
    let again = try first.run()
    #expect(again.errors == "tiny: \(states.count) of \(states.count) runs were done before.\n")
  }

  /// Each goes on from what the other has decided.
  @Test(arguments: [search, halving])
  func twoProgramsShareASweep(experiment: String) throws {
    let alone = try Workplace(experiment)
    try alone.run()
    let place = try Workplace(experiment)
    let programs = try [place.startRun(), place.startRun()]
    for program in programs {
      let ending = program.wait()
      #expect(ending.code == 0, "\(ending.errors)")
    }
    #expect(try place.runs().map(\.state) == alone.runs().map(\.state))
    #expect(try place.bits() == alone.bits())
  }

  /// Another program took the run up in the moment in which the rule ended it, and stopped.
  @Test func whatTheRuleHasEndedStaysEnded() throws {
    let place = try Workplace(Self.halving)
    try place.run("-j", "2")
    let store = try place.store()
    let states = try place.runs().map(\.state)
    let pruned = try #require(try place.runs().first { $0.state == .pruned })
    try store.beginAttempt(run: pruned.id, environment: [:])
    try store.finishAttempt(run: pruned.id, state: .interrupted)
    let ending = try place.run()
    #expect(ending.errors == "tiny: 4 of 4 runs were done before.\n")
    #expect(try place.runs().map(\.state) == states)
  }

  @Test func aSearchThatTimeCutsShortSaysSo() throws {
    let place = try Workplace(
      Self.search.replacing("max_runs: 9", with: "max_runs: 9\n  max_seconds: 0.001"))
    let ending = try place.run()
    #expect(
      ending.errors.contains(
        "tiny: the search is not finished: the time limit of sweep.max_seconds is reached, and 6 of 9 runs are still to be proposed.\n"
      ))
    #expect(
      try place.contents("reports/tiny.md").range(
        of: Data("6 of 9 runs have not been proposed yet".utf8))
        != nil)
  }

  @Test func aSearchProposesRoundByRound() throws {
    let place = try Workplace(Self.search)
    let plan = try place.workbench("plan", place.file, "--no-timing")
    #expect(plan.hasPrefix("tiny: 3 runs: 3 new\n"))
    #expect(plan.contains("6 more runs, proposed round by round from the results\n"))
    try place.run("-j", "2")
    let runs = try place.runs()
    #expect(runs.count == 9)
    #expect(runs.allSatisfy { $0.state == .finished })
    let rounds = try place.json("sql", "SELECT round FROM rounds ORDER BY round") as? [String: Any]
    #expect((rounds?["rows"] as? [[Int]]) == [1, 1, 1, 2, 2, 2, 3, 3, 3].map { [$0] })

    // Raised, it goes on where it was.
    try place.write(Self.search.replacing("max_runs: 9", with: "max_runs: 12"))
    let ending = try place.run("-j", "2")
    #expect(ending.errors.contains("9 of 12 runs were done before."))
    #expect(try place.runs().prefix(9).map(\.id) == runs.map(\.id))
  }

  /// What goes on after its rungs is what it had been without them; the others keep their measures.
  @Test func pruningChangesNoRun() throws {
    let place = try Workplace(Self.halving)
    let ending = try place.run("-j", "2")
    let runs = try place.runs()
    // Two end at the first rung, one of the others at the second.
    #expect(runs.filter { $0.state == .pruned }.map(\.step).sorted() == [3, 3, 6])
    #expect(runs.filter { $0.state == .finished }.map(\.step) == [9])
    for step in [3, 3, 6] { #expect(ending.errors.contains(" pruned at step \(step): eval/loss ")) }
    for run in runs {
      let steps = try place.store().history(run: run.id, metric: "eval/loss").steps
      #expect(steps == Array(stride(from: 3, through: run.step, by: 3)))
    }
    let document = try place.json("plan", place.file) as? [String: Any]
    let planned = document?["runs"] as? [[String: Any]]
    #expect(planned?.map { $0["state"] as? String } == Array(repeating: "done", count: 4))

    // The whole grid, the pruned ones gone on with from where they were.
    let bits = try place.bits()
    try place.write(Self.halving.replacing(/\n  prune:.*/, with: ""))
    let text = try place.workbench("plan", place.file, "--no-timing")
    #expect(text.contains("was pruned by a rule other than this plan's; continues from step 3\n"))
    try place.run("-j", "2")
    let whole = try Workplace(Self.halving.replacing(/\n  prune:.*/, with: ""))
    try whole.run("-j", "2")
    let unpruned = try whole.bits()
    #expect(try place.bits() == unpruned)
    for run in runs where run.state == .finished {
      #expect(bits[run.label ?? ""] == unpruned[run.label ?? ""])
    }
  }

  /// The first run's process is slow to go once the store has its rung, so that the others' arrival decides
  /// meanwhile: it has come to that rung all the same, and not to the next.
  @Test func aRungIsReachedByWhatWasMeasuredThere() throws {
    for slow in 0..<4 {
      let place = try Workplace(Self.halving)
      let file = try ExperimentFile.load(path: place.file)
      let store = try RunStore(folder: place.storeFolder, creating: true)
      let plan = try StoreOptions.register(
        file, in: store, failed: [], proposes: true, inputs: InputReader { store })
      let script = """
        "$0" "$@"; code=$?
        case "$*" in *"--until 3 "*\(plan.runs[slow].id)*) sleep 1.5;; esac
        exit $code
        """
      let reconciler = try Reconciler(
        plan: plan, store: store, options: .init(jobs: 2, workers: 1),
        command: [
          "/bin/sh", "-c", script, try builtProduct("workbench"),
          ExecuteRunCommand._commandName, "--store", place.storeFolder,
        ])
      try reconciler.run { _ in }
      let pruned = try place.runs().filter { $0.state == .pruned }
      #expect(pruned.map(\.step).sorted() == [3, 3, 6])
    }
  }

  @Test func aBoundEndsARunAtOnce() throws {
    let place = try Workplace(
      Self.small + """
        sweep:
          parameters: {training.optimizer.lr: [1.0e-4, 10]}
          prune: {kind: bound, metric: train/loss, after: 2, threshold: 3}

        """)
    let ending = try place.run()
    let runs = try place.runs()
    #expect(runs.map(\.state) == [.finished, .pruned])
    #expect((2..<9).contains(runs[1].step))
    #expect(ending.errors.contains("lr=10 pruned at step \(runs[1].step): train/loss "))
    let prunings =
      try place.json("sql", "SELECT step, kept, reason FROM prunings")
      as? [String: Any]
    #expect((prunings?["rows"] as? [[Any]])?.count == 1)
    #expect(try place.run().errors == "tiny: 2 of 2 runs were done before.\n")
  }

  @Test func whatTheTimeIsTooShortForStaysQueued() throws {
    let sweep = "sweep: {parameters: {training.seed: [0, 1, 2]}, max_seconds: 0.001}\n"
    let place = try Workplace(Self.small + sweep)
    let ending = try place.run()
    #expect(
      ending.errors.hasSuffix(
        "tiny: the time limit of sweep.max_seconds is reached; 2 of 3 runs stay queued: seed=1; seed=2. Raise it to continue.\n"
      ))
    #expect(try place.runs().map(\.state) == [.finished, .queued, .queued])
    let plan = try place.workbench("plan", place.file)
    #expect(plan.contains("of the sweep's 0.0 s are used\n"))
    #expect(try place.run().code == 0)
    #expect(try place.runs().map(\.state) == [.finished, .queued, .queued])
    try place.write(Self.small + sweep.replacing("0.001", with: "1000"))
    try place.run()
    #expect(try place.runs().map(\.state) == [.finished, .finished, .finished])
  }

  /// Markers as in a diff, and what is left to do from steps timed here and now.
  @Test func aPlanIsADiff() throws {
    let place = try Workplace(Self.small + "sweep: {parameters: {training.seed: [0, 1]}}\n")
    let first = try place.workbench("plan", place.file)
    let lines = first.split(separator: "\n")
    #expect(lines[3].hasPrefix("+  0  ") && lines[4].hasPrefix("+  1  "))
    #expect(lines.last?.firstMatch(of: /^to do: about [\d.]+ s, [\d.]+ KiB$/) != nil)
    #expect(!first.contains("\u{1B}"), "no colours where there is no terminal")
    #expect(
      !FileManager.default.fileExists(atPath: place.storeFolder), "a plan leaves nothing behind")
    let bare = try place.workbench("plan", place.file, "--no-timing")
    #expect(!bare.contains("to do"))

    try place.run()
    try place.write(Self.small + "sweep: {parameters: {training.seed: [1, 2]}}\n")
    let edited = try place.workbench("plan", place.file).split(separator: "\n")
    #expect(edited[0] == "tiny: 2 runs: 1 new, 1 done; 1 orphan")
    #expect(edited[3].hasPrefix("=  0  ") && edited[3].contains("done"))
    #expect(edited[4].hasPrefix("+  1  "))
    #expect(edited[5].hasPrefix("-  –  ") && edited[5].contains("orphan"))
    let timed = try place.json("plan", place.file, "--timing") as? [String: Any]
    let runs = timed?["runs"] as? [[String: Any]]
    #expect(runs?.map { $0["seconds"] != nil } == [false, true, false])
  }
}
