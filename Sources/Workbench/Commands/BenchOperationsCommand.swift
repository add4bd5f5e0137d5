import ArgumentParser
import Diffusion
import Foundation
import Kernels
import Text

struct BenchOperationsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "operations",
    abstract:
      "Measure each operation of a training step: its speed, its limit, its share of the step.",
    discussion: """
      Measured in real steps of the experiment's network. Times are summed over workers; GFLOP/s and GB/s are what \
      all workers would reach doing the operation at once, comparable with 'bench peak'.
      """)

  @Argument(
    help: ArgumentHelp(
      "Experiment files, and settings to override (default: all of \(defaultFolder)).",
      valueName: "FILE… key=value…"))
  var arguments: [String] = []

  @Option(
    help: ArgumentHelp("fp32, bf16, fp16 or fp8, instead of the file's.", valueName: "precision"))
  var precision: TrainingSettings.Precision?

  @Flag(help: "Measure network evaluations instead of training steps.")
  var sample = false

  @OptionGroup var threads: WorkerOptions
  @OptionGroup var patience: PatienceOptions
  @OptionGroup var table: TableOptions

  static let defaultFolder = "experiments/bench"

  /// What was measured of one file.
  struct Document: Encodable {
    var file: String
    var result: OperationBenchmark.Result
  }

  func run() async throws {
    let overrides = arguments.filter { $0.contains("=") }
    let kernels = try Engine.kernels()
    let pool = threads.pool()
    // Every file is read before anything is measured.
    let engines = try files().map { file in
      var settings = try firstRun(of: file, overrides: overrides)
      settings.training.precision = precision ?? settings.training.precision
      return (
        file,
        try EngineBenchmark(
          settings, kernels: kernels, pool: pool, patience: patience.patience(default: 5))
      )
    }
    var precisions: [Precision] = []
    for (_, engine) in engines where !precisions.contains(engine.precision) {
      precisions.append(engine.precision)
    }
    let limits = MachineLimits.measure(kernels: [kernels], precisions: precisions, pool: pool)
    var documents: [Document] = []
    for (file, engine) in engines {
      let result = OperationBenchmark(engine, limits: limits).measure(sample ? .sample : .train)
      documents.append(Document(file: file, result: result))
      if !table.json {
        let separator = documents.count > 1 ? "\n" : ""
        printText(separator + text(file, result))
      }
    }
    if table.json { printText(try jsonDocument(documents)) }
  }

  private func files() throws -> [String] {
    let named = arguments.filter { !$0.contains("=") }
    guard named.isEmpty else { return named }
    let found = (try? FileManager.default.contentsOfDirectory(atPath: Self.defaultFolder)) ?? []
    let files = found.filter { $0.hasSuffix("-unet.yaml") }.sorted()
    guard !files.isEmpty else {
      throw Failure(
        .notFound,
        "there is no \(Self.defaultFolder)/*-unet.yaml here; name an experiment file")
    }
    return files.map { "\(Self.defaultFolder)/\($0)" }
  }

  private func text(_ file: String, _ result: OperationBenchmark.Result) -> String {
    var rows = TextTable([
      "operation", "shape", "pass", .number("calls"), .number("ms/step"), .number("µs/image"),
      .number("GFLOP/s"), .number("of peak"), .number("GB/s"), .number("of memory"),
      .number("share"),
    ])
    for row in result.operations where row.share >= Self.leastShare {
      // Operations that multiply are compared with the peak of multiply-adds, those that only move data with memory.
      let moves = row.gflopPerSecond == nil
      rows.append([
        row.operation, row.shape, row.pass == .both ? "" : row.pass.rawValue,
        NumberText.value(row.callsPerStep, digits: 3),
        String(format: "%.3f", row.millisecondsPerStep),
        Self.figure(row.microsecondsPerImage), Self.figure(row.gflopPerSecond),
        Self.percent(row.peakFraction), moves ? Self.figure(row.gigabytesPerSecond) : "",
        moves ? Self.percent(row.bandwidthFraction) : "",
        String(format: "%.1f %%", 100 * row.share),
      ])
    }
    let head = String(
      format: """
        %@: %@ of %d images, %@, %@ kernels, %@
        %.2f ms per step (%.2f metered), %.1f GFLOP/s of %.1f: %.0f %%; memory %.1f GB/s


        """, printable(file), result.task == .train ? "training step" : "evaluation", result.images,
      result.precision, result.kernels, DecimalText.counted(result.workers, "worker"),
      result.millisecondsPerStep, result.meteredMillisecondsPerStep, result.gflopPerSecond,
      result.peakGflopPerSecond, 100 * result.peakFraction, result.bandwidthGigabytesPerSecond)
    return head + rows.rendered(table.format)
  }

  /// Smaller shares are in the JSON document only.
  private static let leastShare = 0.0005

  private static func figure(_ value: Double?) -> String {
    value.map { String(format: "%.1f", $0) } ?? ""
  }

  private static func percent(_ value: Double?) -> String {
    value.map { String(format: "%.0f %%", 100 * $0) } ?? ""
  }
}
