import Plots
import Statistics
import Text
import Values

extension ReportPage {
  private struct Column {
    var title: String
    var text: (Setting) -> String?
  }

  func speed() -> String {
    let columns = [
      Column(title: "images/s") { setting in
        Self.median(setting, digits: 3, Self.imagesPerSecond)
      },
      Column(title: "ms/step") { setting in
        Self.median(setting, digits: 3) { run in
          guard let speed = Self.imagesPerSecond(run),
            let batch = run.settings["training.batch"]?.number
          else { return nil }
          return 1000 * batch / speed
        }
      },
      Column(title: "peak memory, MiB") { setting in
        Self.median(setting) { $0.last[MetricName.peakMemory] }
          .map { DecimalText.fixed($0, decimals: 0) }
      },
      Column(title: "training") { setting in
        Self.median(setting) { $0.last[MetricName.trainingSeconds] }.map(TimeText.duration)
      },
      Column(title: "whole run") { setting in
        Self.median(setting, \.seconds).map(TimeText.duration)
      },
      Column(title: "skipped steps") { setting in
        Self.median(setting) { $0.last[MetricName.skippedSteps] }
          .map { DecimalText.fixed($0, decimals: $0 == $0.rounded() ? 0 : 1) }
      },
    ].filter { column in settings.all.contains { column.text($0) != nil } }
    guard !columns.isEmpty else { return "" }
    let table = MarkdownText.table(
      header: ["setting"] + columns.map(\.title),
      alignments: [":--"] + columns.map { _ in "--:" },
      rows: settings.all.map { setting in
        [MarkdownText.escaped(setting.label)] + columns.map { $0.text(setting) ?? "–" }
      })
    let note =
      "Medians over finished runs, speeds with the slowest and the fastest; images a second is the "
      + "median over a run's training. Runs may have shared the machine: `workbench bench` measures speed with care."
      + (settings.all.contains { $0.finished.contains(where: Self.tookWeights) }
        ? " Training that took longer than the whole run was another run's, whose weights were taken."
        : "")
    return "## Speed and memory\n\n\(table)\n\n*\(note)*"
  }

  private static func tookWeights(_ run: ReportRun) -> Bool {
    guard let training = run.last[MetricName.trainingSeconds], let whole = run.seconds else {
      return false
    }
    return training > whole
  }

  private static func median(_ setting: Setting, _ value: (ReportRun) -> Double?) -> Double? {
    let values = setting.finished.compactMap(value)
    return values.isEmpty ? nil : Statistics.median(of: values)
  }

  /// "412", or "412 (398 to 420)" of several runs.
  private static func median(
    _ setting: Setting, digits: Int, _ value: (ReportRun) -> Double?
  ) -> String? {
    let values = setting.finished.compactMap(value)
    guard let low = values.min(), let high = values.max() else { return nil }
    func text(_ number: Double) -> String { DecimalText.significant(number, digits: digits) }
    let median = text(Statistics.median(of: values))
    return text(low) == text(high) ? median : "\(median) (\(text(low)) to \(text(high)))"
  }

  /// The median: the first steps warm up, and a machine has other things to do at times.
  private static func imagesPerSecond(_ run: ReportRun) -> Double? {
    let values = run.curves[MetricName.imagesPerSecond]?.points.map(\.y).filter(\.isFinite) ?? []
    return values.isEmpty
      ? run.last[MetricName.imagesPerSecond] : Statistics.median(of: values)
  }
}
