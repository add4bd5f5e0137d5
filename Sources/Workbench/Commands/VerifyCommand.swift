import ArgumentParser
import Diffusion
import Exchange
import Execution
import Foundation
import Kernels
import Store
import Text
import Values

struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Do a capsule's runs again and compare the bits.",
    discussion: """
      Trains, samples and measures every finished run of the capsule from its frozen settings, in a store \
      of its own that goes when the program ends, and compares all points and files with the capsule's. \
      Speeds, times and memory are the machine's and not compared. Bits are the same with any number of \
      workers, within one instruction set: that of the capsule is taken if this machine has it. Data \
      that the runs name must be here. Exits with 1 if a run comes out otherwise.
      """)

  @Argument(help: ArgumentHelp("What 'export --format capsule' wrote.", valueName: "capsule"))
  var path: String

  @Option(
    help: ArgumentHelp(
      "At most so many runs of each experiment, evenly spread.", valueName: "n"))
  var limit: Int?

  @OptionGroup var threads: WorkerOptions

  private enum Verdict {
    case same(RunBits)
    case other(String)
    case notDone(String)
  }

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit takes 1 or more.") }
  }

  func run() async throws {
    let (theirs, ours) = (try CapsuleStore.temporaryFolder(), try CapsuleStore.temporaryFolder())
    for folder in [theirs, ours] {
      _ = try CapsuleImport(into: RunStore(folder: folder, creating: true))(path)
    }
    let store = try RunStore(folder: theirs)
    let chosen = try self.chosen(store)
    guard !chosen.isEmpty else {
      throw Failure(.badInput, "'\(printable(path))' has no finished run to do again")
    }
    try takeKernels(of: chosen, store)
    var counts = (same: 0, other: 0, notDone: 0)
    for run in chosen {
      let verdict = try again(run, store, folder: ours)
      switch verdict {
      case .same(let bits):
        counts.same += 1
        say(
          "=", run,
          "the same bits: \(DecimalText.counted(bits.points, "value")), "
            + DecimalText.counted(bits.artifacts, "file"))
      case .other(let why):
        counts.other += 1
        say("≠", run, why)
      case .notDone(let why):
        counts.notDone += 1
        say("!", run, "not done again: \(why)")
      }
    }
    let parts = [
      (counts.same, "the same bits"), (counts.other, "other results"),
      (counts.notDone, "not done again"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
    printText(
      "\(printable(path)): \(DecimalText.counted(chosen.count, "run")): "
        + parts.joined(separator: ", ") + ".\n")
    if counts.same < chosen.count { throw ExitCode(FailureCode.runFailed.rawValue) }
  }

  private func say(_ mark: String, _ run: RunSummary, _ text: String) {
    let name = [run.experiment, run.title].compactMap { $0 }.joined(separator: " ")
    printText("\(mark) \(printable(name))  \(printable(text))\n")
  }

  /// Finished runs, each once.
  private func chosen(_ store: RunStore) throws -> [RunSummary] {
    var seen: Set<String> = []
    let finished = try store.runs().filter {
      $0.state == .finished && seen.insert($0.id).inserted
    }
    guard let limit else { return finished }
    return Dictionary(grouping: finished, by: { $0.experiment ?? "" }).sorted { $0.key < $1.key }
      .flatMap { _, runs in
        let count = min(limit, runs.count)
        return (0..<count).map { runs[$0 * runs.count / count] }
      }
  }

  /// The instruction set that the runs were made with, where all were made with one that is here.
  private func takeKernels(of runs: [RunSummary], _ store: RunStore) throws {
    let sets = Set(
      try runs.compactMap { run in
        try store.attempts(run: run.id).last?.environment["engine.kernels"]
      })
    guard sets.count == 1, let name = sets.first,
      ProcessInfo.processInfo.environment["WORKBENCH_KERNELS"] == nil
    else { return }
    let here = KernelSet.available.map(\.description)
    let current = try Engine.kernels().description
    guard name != current else { return }
    if here.contains(name) {
      setenv("WORKBENCH_KERNELS", name, 1)
    } else {
      printDiagnostic(
        "made with \(printable(name)), which this machine lacks; with \(current) the last digits may differ"
      )
    }
  }

  private func again(
    _ run: RunSummary, _ store: RunStore, folder: String
  ) throws -> Verdict {
    let ours = try RunStore(folder: folder)
    try ours.clearResults(run: run.id)
    var environment = Provenance.capture(programVersion: Workbench.version)
    environment.merge(try Engine.facts()) { $1 }
    let execution = RunExecution(
      store: ours, run: run.id, workers: threads.workers, environment: environment,
      trainsAnew: true)
    do {
      _ = try execution(shouldStop: { false }) { _ in }
    } catch let error as any CustomStringConvertible & Error {
      return .notDone("\(error.description)")
    }
    let bits = try RunBits(of: run.id, in: store, against: ours)
    return bits.difference.map { .other($0) } ?? .same(bits)
  }
}
