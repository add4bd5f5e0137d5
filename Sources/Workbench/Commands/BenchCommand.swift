import ArgumentParser
import Diffusion
import Experiments
import Foundation

struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure how fast this machine trains and samples.",
    subcommands: [BenchTrainCommand.self, BenchSampleCommand.self])
}

/// What both benchmarks take.
struct BenchOptions: ParsableArguments {
  @Argument(help: "The experiment file; of a sweep, its first run.")
  var file: String

  @Argument(help: ArgumentHelp("Settings to override.", valueName: "key=value"))
  var overrides: [String] = []

  @OptionGroup var threads: WorkerOptions

  @Flag(name: .long, help: "Print one JSON document.")
  var json = false

  func measure(
    _ what: String, unit: String, _ body: (EngineBenchmark) -> EngineBenchmark.Result
  ) throws {
    let settings = try firstRun(of: file, overrides: overrides)
    let result = body(
      try EngineBenchmark(settings, workers: threads.workers, kernels: try Engine.kernels()))
    if json { return printText(try jsonDocument(result)) }
    printText(
      String(
        format: """
          %@: %.1f %@ (%.2f ms a step of the batch)
          %.1f GFLOP/s, %.0f %% of this machine's multiply-add peak
          %.0f MiB at most; %@, %@ kernels, %d %@

          """, what, result.imagesPerSecond, unit, result.millisecondsPerStep,
        result.gflopPerSecond, 100 * result.peakFraction, result.peakMemoryMiB, result.precision,
        result.kernels, result.workers, result.workers == 1 ? "worker" : "workers"))
  }
}

/// Settings of a file's first run.
/// - Throws: `ExperimentFileError`.
func firstRun(of path: String, overrides: [String] = []) throws -> RunSettings {
  let file = try ExperimentFile.load(path: path, overrides: overrides)
  // Nothing is looked up by identity here, so the data's content does not matter.
  let plan = try Plan(file) { _ in "" }
  guard let run = plan.runs.first else {
    throw Failure(.badInput, "error: '\(printable(path))' asks for no run: sweep.where leaves none")
  }
  return run.settings
}

struct BenchTrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Training steps of an experiment's network.")

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
    abstract: "Network evaluations of sampling.count images, one of each image at a time.")

  @OptionGroup var options: BenchOptions

  func run() async throws {
    try options.measure("sampling", unit: "evaluations/s") {
      $0.sample { RunExecution.peakMemoryMiB }
    }
  }
}
