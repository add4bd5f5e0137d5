import ArgumentParser
import Diffusion
import Execution
import ExperimentFiles
import Foundation
import Kernels
import Planning
import Text

struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure how fast this machine trains and samples.",
    subcommands: [
      BenchTrainCommand.self, BenchSampleCommand.self, BenchOperationsCommand.self,
      BenchSamplersCommand.self, BenchPeakCommand.self, BenchGridCommand.self,
      BenchStoreCommand.self,
    ])
}

/// How long each figure is measured.
struct PatienceOptions: ParsableArguments {
  static let range = 0.01...3600.0

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp("Seconds to measure each figure for, at least.", valueName: "s"))
  var seconds: Double?

  func validate() throws {
    guard seconds.map(Self.range.contains) ?? true else {
      throw ValidationError("--seconds takes 0.01 to 3600.")
    }
  }

  /// Many steps of what is measured long, few of what is measured briefly.
  func patience(default seconds: Double) -> EngineBenchmark.Patience {
    let seconds = self.seconds ?? seconds
    return seconds >= 2
      ? .init(seconds: seconds) : .init(seconds: seconds, steps: 3, warmUp: 1)
  }
}

/// What both benchmarks take.
struct BenchOptions: ParsableArguments {
  @Argument(help: "The experiment file; for a sweep, its first run.")
  var file: String

  @Argument(help: ArgumentHelp("Settings to override.", valueName: "key=value"))
  var overrides: [String] = []

  @OptionGroup var threads: WorkerOptions
  @OptionGroup var patience: PatienceOptions
  @OptionGroup var format: JSONOption

  func measure(
    _ what: String, unit: String, _ body: (EngineBenchmark) -> EngineBenchmark.Result
  ) throws {
    let result = body(
      try EngineBenchmark(
        firstRun(of: file, overrides: overrides), kernels: try Engine.kernels(),
        pool: threads.pool(),
        patience: patience.patience(default: 5)))
    if format.json { return printText(try jsonDocument(result)) }
    printText(
      String(
        format: """
          %@: %.1f %@ (%.2f ms per step of the batch)
          %.1f GFLOP/s, %.0f %% of this machine's multiply-add peak
          at most %.0f MiB; %@, %@ kernels, %@

          """, what, result.imagesPerSecond, unit, result.millisecondsPerStep,
        result.gflopPerSecond, 100 * result.peakFraction, result.peakMemoryMiB, result.precision,
        result.kernels, DecimalText.counted(result.workers, "worker")))
  }
}

/// Settings of a file's first run.
/// - Throws: `ExperimentFileError`.
func firstRun(of path: String, overrides: [String]) throws -> RunSettings {
  try runs(of: ExperimentFile.load(path: path, overrides: overrides), path: path)[0].settings
}

/// All runs of a file, at least one.
/// - Throws: `ExperimentFileError`, `Failure(.badInput)`.
func runs(of file: ExperimentFile, path: String) throws -> [PlannedRun] {
  // Nothing is looked up by identity here, so the data's content does not matter.
  let runs = try Plan(file) { _ in "" }.runs
  guard !runs.isEmpty else {
    throw Failure(.badInput, "'\(printable(path))' has no runs: sweep.where excludes all of them")
  }
  return runs
}

struct BenchTrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Measure training steps of an experiment's network.")

  @OptionGroup var options: BenchOptions

  func run() async throws {
    try options.measure("training", unit: "images/s") {
      $0.train { RunExecution.peakMemoryMiB }
    }
  }
}

struct BenchSampleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample",
    abstract: "Measure network evaluations on sampling.count images at a time.")

  @OptionGroup var options: BenchOptions

  func run() async throws {
    try options.measure("sampling", unit: "evaluations/s") {
      $0.sample { RunExecution.peakMemoryMiB }
    }
  }
}
