import ArgumentParser
import Diffusion
import Execution
import ExperimentFiles
import Foundation
import Planning
import Reports
import Store
import Text
import Values

struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Execute the runs of an experiment file that the store does not have yet.",
    discussion: """
      Executes the runs that are missing, resumes interrupted ones, leaves finished ones alone, \
      then writes the report; safe to repeat. Ctrl-C saves everything and stops; a second one stops \
      at once. A sweep that learns from its runs (tpe) proposes its next round when one has ended; \
      runs that a sweep prunes end early and keep their measurements.
      """)

  @OptionGroup var experiment: ExperimentArguments

  @Option(
    name: .short, parsing: .unconditional,
    help: ArgumentHelp(
      "Runs at once; 'auto' times a few steps and takes what gets through most.",
      valueName: "n or auto"))
  var jobs = JobCount.auto

  @Flag(help: "Start no further run after one has failed.")
  var failFast = false

  @Flag(help: "Redo finished runs, training included; their results are replaced.")
  var force = false

  @Flag(help: "Show the current run's loss and newest samples below its progress, on a terminal.")
  var watch = false

  @Option(name: [.short, .long], help: ArgumentHelp("Write the report here.", valueName: "dir"))
  var output = "reports"

  @OptionGroup var threads: WorkerOptions
  @OptionGroup var store: StoreOptions

  func validate() throws {
    try check("-j", jobs.number, in: 1...256, " runs at once")
  }

  func run() async throws {
    let file = try experiment.load()
    _ = try Engine.kernels()
    // Better to hear now than after an hour that the report has no place.
    try makeFolder(output)
    try ExperimentReport.checkPlace(output, experiment: file.name)
    let inputs = try store.inputs(of: file)
    let runStore = try RunStore(folder: store.folder, creating: true)
    try runStore.markCrashedRuns()
    let plan = try StoreOptions.register(
      file, in: runStore, failed: [], proposes: true, inputs: inputs)
    sayOrphans(try PlanStatus(plan, store: runStore))

    let reconciler = try Reconciler(
      plan: plan, store: runStore,
      options: .init(
        jobs: try jobsAtOnce(plan, runStore), workers: threads.workers, failFast: failFast,
        force: force,
        program: Workbench.version),
      command: [programPath(), ExecuteRunCommand._commandName, "--store", store.folder]
    ) { failed in
      guard plan.search != nil else { return nil }
      return try StoreOptions.register(
        file, in: runStore, failed: failed, proposes: true, inputs: inputs)
    }
    let signals = InterruptSignals { reconciler.stop() }
    let display = ProgressDisplay(
      experiment: plan.experiment, picture: picture(runStore, plan.experiment))
    try reconciler.run { display.show($0) }
    display.finish(reconciler)
    if let signal = signals.received {
      printDiagnostic("Interrupted; everything is saved. Run the same command to continue.")
      throw ExitCode(128 + signal)
    }

    let report = try ExperimentReport(store: runStore, experiment: plan.experiment)
    let previous = try runStore.report(experiment: plan.experiment).map(\.name)
    let path = try report.write(to: output, replacing: previous)
    try runStore.saveReport(experiment: plan.experiment, files: report.files)
    printText(printable(report.answer, lines: true) + "\n\(path)\n")
    sayFailedCells(of: report)
    let isWrong = reconciler.status.contains { run in
      switch run.state {
      case .kept, .finished, .pruned, .postponed: false
      case .waiting, .running, .interrupted, .failed: true
      }
    }
    let isCut = reconciler.pending > 0 && !reconciler.isOutOfTime
    if isWrong || isCut { throw ExitCode(FailureCode.runFailed.rawValue) }
  }

  /// As many as were asked for, or as get through most.
  private func jobsAtOnce(_ plan: Plan, _ store: RunStore) throws -> Int {
    if let number = jobs.number { return number }
    if let workers = threads.workers { return max(1, Engine.processors / workers) }
    let states = try store.states()
    let runs = plan.runs.filter { force || states[$0.id]?.isDone != true }
    // What is wrong with a run, its own process says.
    guard let choice = try? SplitChoice.choose(runs), choice.split.runs > 1 else { return 1 }
    printDiagnostic(choice.text)
    return choice.split.runs
  }

  /// What `--watch` draws with.
  private func picture(_ store: RunStore, _ experiment: String) -> RunPicture? {
    guard watch else { return nil }
    guard isatty(STDERR_FILENO) == 1, ProcessInfo.processInfo.environment["TERM"] != "dumb" else {
      printDiagnostic(
        "--watch draws on a terminal, and standard error is none; 'workbench watch' in one shows the same."
      )
      return nil
    }
    return RunPicture(store: store, experiment: experiment)
  }

  private func sayOrphans(_ status: PlanStatus) {
    let orphans = status.entries.filter { $0.state == .orphan }
    guard !orphans.isEmpty else { return }
    let labels = orphans.map { printable($0.label) }.joined(separator: "; ")
    printDiagnostic(
      "\(DecimalText.counted(orphans.count, "earlier run is", "earlier runs are")) no longer in the file; "
        + "kept unchanged: \(labels)")
  }
}

/// How many runs at once.
enum JobCount: ExpressibleByArgument, Equatable {
  case auto
  case fixed(Int)

  init?(argument: String) {
    if argument == "auto" {
      self = .auto
    } else if let number = Int(argument) {
      self = .fixed(number)
    } else {
      return nil
    }
  }

  var defaultValueDescription: String { number.map(String.init) ?? "auto" }

  /// Nil where it is to be found out.
  var number: Int? { if case .fixed(let number) = self { number } else { nil } }
}
