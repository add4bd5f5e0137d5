import ArgumentParser
import Diffusion
import Execution
import ExperimentFiles
import Foundation
import Kernels
import Planning

struct BenchGridCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "grid",
    abstract: "Train and sample every run of a sweep briefly: what does an image cost?",
    discussion: """
      'spread' is the time per image relative to the fastest run that does the same work per image, in batches of \
      another size: 1.25 is 25 % slower. 'cost' is the time per FLOP relative to the lowest in the table. Both compare \
      runs of the same precision and task.
      """)

  @OptionGroup var experiment: ExperimentArguments
  @OptionGroup var threads: WorkerOptions
  @OptionGroup var patience: PatienceOptions
  @OptionGroup var table: TableOptions

  struct Row: Encodable {
    var label: String
    var training: EngineBenchmark.Result
    var sampling: EngineBenchmark.Result
    var trainingSpread = 0.0
    var trainingCost = 0.0
    var samplingSpread = 0.0
    var samplingCost = 0.0

    mutating func compare(with rows: [Row]) {
      (trainingSpread, trainingCost) = Self.compare(training, with: rows.map(\.training))
      (samplingSpread, samplingCost) = Self.compare(sampling, with: rows.map(\.sampling))
    }

    private static func compare(
      _ result: EngineBenchmark.Result, with others: [EngineBenchmark.Result]
    ) -> (spread: Double, cost: Double) {
      func work(_ result: EngineBenchmark.Result) -> Double {
        result.gflopPerSecond / result.imagesPerSecond
      }
      let alike = others.filter { $0.precision == result.precision }
      // The same work but for rounding.
      let sameWork = alike.filter { abs(work($0) / work(result) - 1) < 1e-6 }
      let (fastest, best) = (
        sameWork.map(\.imagesPerSecond).max() ?? .nan, alike.map(\.gflopPerSecond).max() ?? .nan
      )
      return (fastest / result.imagesPerSecond, best / result.gflopPerSecond)
    }
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
    let file = try experiment.load()
    let planned = try runs(of: file, path: experiment.file)
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
    let measured = rows
    for index in rows.indices { rows[index].compare(with: measured) }
    printText(
      table.json ? try jsonDocument(Document(experiment: file.name, runs: rows)) : text(rows))
  }

  private func text(_ rows: [Row]) -> String {
    var lines = TextTable(
      ["run"]
        + ["train", "sample"].flatMap { task in
          ["ms/image", "spread", "of peak", "cost"].map {
            .number("\(task), \($0)")
          }
        })
    for row in rows {
      lines.append(
        [row.label] + Self.cells(row.training, row.trainingSpread, row.trainingCost)
          + Self.cells(row.sampling, row.samplingSpread, row.samplingCost))
    }
    return lines.rendered(table.format)
  }

  private static func cells(
    _ result: EngineBenchmark.Result, _ spread: Double, _ cost: Double
  ) -> [String] {
    [
      String(format: "%.3f", 1000 / result.imagesPerSecond), String(format: "%.2f", spread),
      String(format: "%.0f %%", 100 * result.peakFraction), String(format: "%.2f", cost),
    ]
  }
}
