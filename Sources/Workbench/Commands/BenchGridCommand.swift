import ArgumentParser
import Diffusion
import Experiments
import Foundation
import Kernels

struct BenchGridCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grid",
    abstract: "Train and sample every run of a sweep for a moment: what does an image cost?",
    discussion: """
      'cost' is time per FLOP, in units of the least of the table at the same precision and task: 1.25 is a quarter \
      more than the cheapest.
      """)

  @Argument(help: "The experiment file.")
  var file: String

  @Argument(help: ArgumentHelp("Settings to override.", valueName: "key=value"))
  var overrides: [String] = []

  @OptionGroup var threads: WorkerOptions
  @OptionGroup var patience: PatienceOptions
  @OptionGroup var table: TableOptions

  struct Row: Encodable {
    var label: String
    var training: EngineBenchmark.Result
    var sampling: EngineBenchmark.Result
    var trainingCost = 0.0
    var samplingCost = 0.0
  }

  struct Document: Encodable {
    var experiment: String
    var runs: [Row]
  }

  func run() async throws {
    let kernels = try Engine.kernels()
    let pool = threads.pool()
    var data: [DataSettings: DataSet] = [:]
    var peaks: [Precision: Double] = [:]
    var rows: [Row] = []
    let planned = try runs(of: file, overrides: overrides)
    for run in planned {
      let loaded = try data[run.settings.data] ?? DataSet.load(run.settings.data)
      data[run.settings.data] = loaded
      let benchmark = try EngineBenchmark(
        run.settings, data: loaded, kernels: kernels, pool: pool,
        patience: patience.patience(default: 1))
      let peak =
        peaks[benchmark.precision]
        ?? PeakMeasurement.multiplyAdds(
          kernels: kernels, precision: benchmark.precision, pool: pool, tries: 16)
      peaks[benchmark.precision] = peak
      let row = Row(
        label: run.label, training: benchmark.train(peak: peak) { RunExecution.peakMemoryMiB },
        sampling: benchmark.sample(peak: peak) { RunExecution.peakMemoryMiB })
      rows.append(row)
      printDiagnostic("\(rows.count)/\(planned.count) \(row.label)")
    }
    let document = Document(
      experiment: try ExperimentFile.load(path: file, overrides: overrides).name,
      runs: Self.withCosts(rows))
    printText(table.json ? try jsonDocument(document) : text(document.runs))
  }

  static func withCosts(_ rows: [Row]) -> [Row] {
    func best(_ result: KeyPath<Row, EngineBenchmark.Result>, _ precision: String) -> Double {
      rows.map { $0[keyPath: result] }.filter { $0.precision == precision }
        .map(\.gflopPerSecond).max() ?? .nan
    }
    return rows.map { row in
      var row = row
      row.trainingCost =
        best(\.training, row.training.precision) / row.training.gflopPerSecond
      row.samplingCost =
        best(\.sampling, row.sampling.precision) / row.sampling.gflopPerSecond
      return row
    }
  }

  private func text(_ rows: [Row]) -> String {
    var lines = TextTable(
      [.init("run")]
        + ["train", "sample"].flatMap { task in
          ["ms/image", "GFLOP/s", "of peak", "cost"].map {
            .init("\(task), \($0)", alignsRight: true)
          }
        })
    for row in rows {
      lines.append(
        [row.label] + Self.cells(row.training, cost: row.trainingCost)
          + Self.cells(row.sampling, cost: row.samplingCost))
    }
    return lines.rendered(table.format)
  }

  private static func cells(_ result: EngineBenchmark.Result, cost: Double) -> [String] {
    [
      String(format: "%.3f", 1000 / result.imagesPerSecond),
      String(format: "%.1f", result.gflopPerSecond),
      String(format: "%.0f %%", 100 * result.peakFraction), String(format: "%.2f", cost),
    ]
  }
}
