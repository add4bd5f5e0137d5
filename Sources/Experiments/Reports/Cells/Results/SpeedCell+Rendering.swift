import Analysis
import ExperimentFiles
import Statistics
import Store
import Text
import Values

extension SpeedCell: RenderableCell {
  private struct Column: Sendable {
    var title: String
    /// Of a setting's finished runs.
    var text: @Sendable ([RunSummary]) -> String?
  }

  private static let metrics = [
    MetricName.imagesPerSecond, MetricName.peakMemory, MetricName.trainingSeconds,
    MetricName.skippedSteps,
  ]

  func render(_ context: CellContext) throws -> RenderedCell {
    if let nothing = context.nothingSelected { return nothing }
    let comparison = try context.runs.comparison(
      of: context.selected, metrics: SpeedCell.metrics, also: ["training.batch"])
    let finished = comparison.groups.map { $0.filter { $0.state == .finished } }
    let columns = SpeedCell.columns.filter { column in
      finished.contains { column.text($0) != nil }
    }
    guard !columns.isEmpty else { return RenderedCell("*No run has finished.*") }
    let table = MarkdownText.table(
      header: ["setting"] + columns.map(\.title),
      alignments: [":--"] + columns.map { _ in "--:" },
      rows: finished.enumerated().map { row, runs in
        [MarkdownText.escaped(comparison.name(ofRow: row))] + columns.map { $0.text(runs) ?? "–" }
      })
    let note =
      "Medians over finished runs, speeds with the slowest and the fastest; images per second are the "
      + "median over a run's training. Runs may have shared the machine: `workbench bench` measures speed with care."
      + (finished.joined().contains(where: SpeedCell.tookWeights)
        ? " Training that took longer than the whole run was another run's, whose weights were taken."
        : "")
    return RenderedCell("\(table)\n\n*\(note)*")
  }

  private static let columns = [
    Column(title: "images/s") { range($0) { $0.metrics[MetricName.imagesPerSecond]?.last } },
    Column(title: "ms/step") { runs in
      range(runs) { run in
        guard let speed = run.metrics[MetricName.imagesPerSecond]?.last,
          let batch = run.parameters["training.batch"]?.number
        else { return nil }
        return 1000 * batch / speed
      }
    },
    Column(title: "peak memory, MiB") { runs in
      median(runs) { $0.metrics[MetricName.peakMemory]?.last }
        .map { DecimalText.fixed($0, decimals: 0) }
    },
    Column(title: "training") { runs in
      median(runs) { $0.metrics[MetricName.trainingSeconds]?.last }.map(TimeText.duration)
    },
    Column(title: "whole run") { median($0, \.seconds).map(TimeText.duration) },
    Column(title: "skipped steps") { runs in
      median(runs) { $0.metrics[MetricName.skippedSteps]?.last }
        .map { DecimalText.fixed($0, decimals: $0 == $0.rounded() ? 0 : 1) }
    },
  ]

  private static func tookWeights(_ run: RunSummary) -> Bool {
    guard let training = run.metrics[MetricName.trainingSeconds]?.last, let whole = run.seconds
    else { return false }
    return training > whole
  }

  private static func median(_ runs: [RunSummary], _ value: (RunSummary) -> Double?) -> Double? {
    let values = runs.compactMap(value)
    return values.isEmpty ? nil : Statistics.median(of: values)
  }

  /// "412", or "412 (398 to 420)" of several runs.
  private static func range(_ runs: [RunSummary], _ value: (RunSummary) -> Double?) -> String? {
    let values = runs.compactMap(value)
    guard let low = values.min(), let high = values.max() else { return nil }
    func text(_ number: Double) -> String { DecimalText.significant(number, digits: 3) }
    let median = text(Statistics.median(of: values))
    return text(low) == text(high) ? median : "\(median) (\(text(low)) to \(text(high)))"
  }
}
