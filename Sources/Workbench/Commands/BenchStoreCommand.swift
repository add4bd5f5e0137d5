import ArgumentParser
import Execution
import Foundation
import Store

struct BenchStoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "store",
    abstract: "Log a synthetic sweep, then query it: how fast, how large?",
    discussion: """
      Values are logged as training logs them, one run after another by one writer; nothing is trained. \
      'runs --sort', 'compare', 'report' (four plots, without the cache) and 'plan' are timed as processes of this \
      program: the median of three. With --keep the store is kept; its experiment is called 'large'.
      """)

  @Option(help: ArgumentHelp("Number of runs.", valueName: "n"))
  var runs = 1000

  @Option(help: ArgumentHelp("Steps of each run, all logged.", valueName: "n"))
  var steps = 1000

  @Option(help: ArgumentHelp("Metrics of each run.", valueName: "n"))
  var metrics = 10

  @Option(help: ArgumentHelp("Points passed to the writer at a time.", valueName: "n"))
  var batch = 1000

  @Option(
    help: ArgumentHelp(
      "Most points in a transaction: what waits while the writer is busy is written together.",
      valueName: "n"))
  var transaction = PointWriter.batchSize

  @Option(
    name: [.customShort("o"), .long],
    help: ArgumentHelp("Make the store here and keep it.", valueName: "dir"))
  var keep: String?

  @OptionGroup var format: JSONOption

  func validate() throws {
    try check("--runs", runs, in: 1...10_000)
    try check("--steps", steps, in: 1...1_000_000)
    try check("--metrics", metrics, in: 1...1000)
    try check("--batch", batch, in: 1...1_000_000)
    try check("--transaction", transaction, in: 1...1_000_000)
  }

  private struct Queries: Encodable {
    var listSeconds: Double
    var compareSeconds: Double
    var reportSeconds: Double
    var planSeconds: Double
  }

  func run() async throws {
    let scratch = NSTemporaryDirectory() + "workbench-bench-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let folder = keep ?? scratch + "/runs"
    let benchmark = StoreBenchmark(
      runs: runs, steps: steps, metrics: metrics, batch: batch, transaction: transaction)
    let result = try benchmark.fill(folder: folder) { printDiagnostic("\($0)/\(runs) runs") }
    let experiment = StoreBenchmark.experiment
    let file = scratch + "/\(experiment).yaml"
    try makeFolder(scratch)
    try Data(StoreBenchmark.fileText(runs: runs, steps: steps).utf8)
      .write(to: URL(fileURLWithPath: file))
    let queries = Queries(
      listSeconds: try seconds("runs", experiment, "--sort", "train/loss", store: folder),
      compareSeconds: try seconds("compare", experiment, store: folder),
      reportSeconds: try seconds(
        "report", experiment, "--no-cache", "-o", scratch + "/reports", store: folder),
      planSeconds: try seconds("plan", file, "--no-timing", store: folder))
    printText(format.json ? try jsonDocument(Merged(result, queries)) : text(result, queries))
  }

  /// The median of three: of the verb as a process of its own, from its start to its end.
  private func seconds(_ arguments: String..., store: String) throws -> Double {
    try (0..<3).map { _ in
      let begin = ContinuousClock.now
      let command = [programPath()] + arguments + ["--store", store]
      let code = ChildProcess(command, capturesOutput: false)?.wait() ?? -1
      guard code == 0 else {
        throw Failure(
          .inputOutput,
          "'workbench \(arguments.joined(separator: " "))' ended with code \(code)")
      }
      return (ContinuousClock.now - begin) / .seconds(1)
    }.sorted()[1]
  }

  private func text(_ result: StoreBenchmark.Result, _ queries: Queries) -> String {
    String(
      format: """
        %d runs, %d points in batches of %d, %.0f per transaction
        logging: %.0f points/s (%.0f per second of processor time), %.1f bytes per point
                 %.0f ns per value for the training thread
        asking:  runs --sort %.3f s, compare %.3f s, report %.3f s, plan %.3f s
                 registering the plan took %.2f s

        """, result.runs, result.points, batch, result.pointsPerTransaction,
      result.pointsPerSecond, result.pointsPerCPUSecond, result.bytesPerPoint,
      result.nanosecondsPerLoggedPoint, queries.listSeconds, queries.compareSeconds,
      queries.reportSeconds, queries.planSeconds, result.registrationSeconds)
  }
}
