extension ReportPage {
  private struct Column {
    var title: String
    var text: (Setting) -> String?
  }

  func speed() -> String {
    let columns = [
      Column(title: "images/s") { setting in
        Self.mean(setting, Self.imagesPerSecond).map { DecimalText.significant($0, digits: 3) }
      },
      Column(title: "ms/step") { setting in
        Self.mean(setting) { run in
          guard let speed = Self.imagesPerSecond(run),
            let batch = run.settings["training.batch"]?.number
          else { return nil }
          return 1000 * batch / speed
        }.map { DecimalText.significant($0, digits: 3) }
      },
      Column(title: "peak memory, MiB") { setting in
        Self.mean(setting) { $0.last[MetricName.peakMemory] }
          .map { DecimalText.fixed($0, decimals: 0) }
      },
      Column(title: "training") { setting in
        Self.mean(setting) { $0.last[MetricName.trainingSeconds] }.map(TimeText.duration)
      },
      Column(title: "whole run") { setting in
        Self.mean(setting, \.seconds).map(TimeText.duration)
      },
      Column(title: "skipped steps") { setting in
        Self.mean(setting) { $0.last[MetricName.skippedSteps] }
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
      "Means over finished runs; images a second is the median over a run's training. Runs may "
      + "have shared the machine: `workbench bench` measures speed with care."
    return "## Speed and memory\n\n\(table)\n\n*\(note)*"
  }

  private static func mean(_ setting: Setting, _ value: (ReportRun) -> Double?) -> Double? {
    let values = setting.finished.compactMap(value)
    return values.isEmpty ? nil : Statistics.interval(of: values).mean
  }

  /// The median: the first steps warm up, and a machine has other things to do at times.
  private static func imagesPerSecond(_ run: ReportRun) -> Double? {
    let values =
      run.curves[MetricName.imagesPerSecond]?.points.map(\.y).filter(\.isFinite).sorted() ?? []
    guard !values.isEmpty else { return run.last[MetricName.imagesPerSecond] }
    let middle = values.count / 2
    return values.count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2
  }
}
