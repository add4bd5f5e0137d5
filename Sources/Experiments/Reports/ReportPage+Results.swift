import Plots
import Statistics
import Store
import Text
import Values

/// A level to hold a metric against, over all runs.
struct MetricReference {
  var label: String
  var low, high: Double

  /// nil where runs differ, as they do when the data was swept.
  var level: Double? { high - low <= 1e-9 * abs(high) ? low : nil }

  /// "0.701", or "0.69 to 0.71".
  var value: String {
    let low = DecimalText.significant(low, digits: 3)
    return level == nil ? "\(low) to \(DecimalText.significant(high, digits: 3))" : low
  }

  var text: String { "\(label) \(value)" }
}

extension ReportPage {
  /// Metrics of the results, the deciding one first.
  var resultMetrics: [String] {
    let names = Set(input.runs.flatMap { $0.last.keys }.filter(MetricName.isResult))
      .union(input.runs.contains { $0.last[yardstick.metric] != nil } ? [yardstick.metric] : [])
    var ordered = MetricName.ordered(names, objective: input.objective)
    if let place = ordered.firstIndex(of: yardstick.metric) {
      ordered.insert(ordered.remove(at: place), at: 0)
    }
    return ordered
  }

  /// Why a metric is not comparable between the settings that have it; nil where it is.
  private func incomparability(_ metric: String) -> Incomparability? {
    let having = settings.all.filter { $0.interval(metric) != nil }
    if metric == yardstick.metric { return yardstick.incomparability(having, settings) }
    return settings.incomparability(metric, having)
  }

  /// Which way a metric is better in this report; nil where it is not to be compared.
  private func goal(_ metric: String) -> Objective.Goal? {
    if metric == yardstick.metric, yardstick.truth != nil { return nil }
    if incomparability(metric) != nil { return nil }
    return MetricName.goal(metric, objective: input.objective)
  }

  /// Settings with the best mean; none where there is nothing to choose from.
  private func best(_ metric: String) -> Set<Int> {
    if metric == yardstick.metric, yardstick.truth != nil {
      return verdict.winner.map { [$0] } ?? []
    }
    guard let goal = goal(metric), settings.all.count > 1 else { return [] }
    let means = settings.all.map { $0.interval(metric)?.mean ?? .nan }
    let numbers = means.filter { !$0.isNaN }
    guard Set(numbers).count > 1, let best = goal == .minimize ? numbers.min() : numbers.max()
    else { return [] }
    return Set(settings.all.indices.filter { means[$0] == best })
  }

  /// What a metric is of real images, or should be; nil where runs do not say.
  func reference(_ metric: String) -> MetricReference? {
    if metric == MetricName.sampleVariance, let truth = Yardstick.dataVariance(input.runs) {
      return MetricReference(label: "true variance", low: truth, high: truth)
    }
    guard let reference = MetricName.references[metric] else { return nil }
    let runs = settings.all.flatMap(\.finished).filter { $0.last[metric] != nil }
    // Of some, it would be taken for that of all.
    guard runs.allSatisfy({ $0.last[reference.metric] != nil }) else { return nil }
    let values = runs.compactMap { $0.last[reference.metric] }.filter(\.isFinite)
    guard let low = values.min(), let high = values.max() else { return nil }
    return MetricReference(label: reference.label, low: low, high: high)
  }

  mutating func results() -> String {
    let metrics = resultMetrics
    guard !metrics.isEmpty, settings.all.contains(where: { !$0.results.isEmpty }) else {
      return ""
    }
    var parts = ["## Results", resultTable(metrics)]
    parts += notes(metrics)
    let bars = self.bars(Array(metrics.prefix(BarPlot.panelsInARow)))
    if !bars.isEmpty { parts.append(bars) }
    let dependence = self.dependence()
    if !dependence.isEmpty { parts.append(dependence) }
    return parts.joined(separator: "\n\n")
  }

  private func resultTable(_ metrics: [String]) -> String {
    let columns = settings.paths
    let header =
      (columns.isEmpty
        ? ["setting"] : columns.map { MarkdownText.escaped(settings.names[$0] ?? $0) })
      + metrics.map { MarkdownText.code($0, inTable: true) + MetricName.arrow(goal($0)) }
      + ["seeds"]
    let alignments =
      Array(repeating: ":--", count: max(1, columns.count))
      + Array(repeating: "--:", count: metrics.count + 1)
    let best = metrics.map(self.best)
    var rows = settings.all.map { setting -> [String] in
      let names =
        columns.isEmpty
        ? [setting.label]
        : columns.map { path in setting.values[path]?.text ?? "–" }
      let numbers = zip(metrics, best).map { metric, best in
        let text = setting.interval(metric).map { DecimalText.interval($0) } ?? "–"
        return best.contains(setting.index) ? "**\(text)**" : text
      }
      return names.map(MarkdownText.escaped) + numbers + [seedCount(setting)]
    }
    var labels: [String] = []
    let references = metrics.map { metric -> String in
      guard let reference = reference(metric) else { return "" }
      if !labels.contains(reference.label) { labels.append(reference.label) }
      return "*\(reference.value)*"
    }
    if !labels.isEmpty {
      rows.append(
        ["*\(labels.joined(separator: ", "))*"]
          + Array(repeating: "", count: max(1, columns.count) - 1) + references + [""])
    }
    return MarkdownText.table(header: header, alignments: alignments, rows: rows)
  }

  private func seedCount(_ setting: Setting) -> String {
    let finished = setting.finished.count
    if finished == setting.runs.count { return "\(finished)" }
    let others = setting.runs.filter { $0.state != .finished }
      .map { $0.hasDiverged ? "diverged" : $0.state.rawValue }
    let states = Set(others).sorted().joined(separator: ", ")
    return "\(finished) of \(setting.runs.count) (\(states))"
  }

  private func notes(_ metrics: [String]) -> [String] {
    var notes: [String] = []
    if settings.all.contains(where: { $0.finished.count > 1 }) {
      let most = settings.all.map(\.finished.count).max() ?? 0
      let method = most < Statistics.bootstrapCount ? "Student's t" : "bootstrap-t from ten seeds"
      notes.append("± is the 95 % interval of the mean over seeds (\(method)).")
    } else if settings.all.contains(where: { $0.runs.count > 1 }) {
      notes.append("One finished seed a setting, so no intervals: small differences may be chance.")
    } else {
      notes.append("One seed a setting, so no intervals: small differences may be chance.")
    }
    if settings.all.count > 1, metrics.contains(where: { !best($0).isEmpty }) {
      notes.append("Bold is best.")
    }
    if metrics.contains(MetricName.frechet), reference(MetricName.frechet) != nil {
      notes.append(
        "Real images, as many as samples, have a Fréchet distance too: about the lowest one can expect."
      )
    }
    notes += withoutFloor(metrics)
    notes += metrics.compactMap { incomparability($0).map { "\($0.prose.markdown)." } }
    return [notes.joined(separator: " ")]
  }

  /// Why no distance of real images stands beside that of samples.
  private func withoutFloor(_ metrics: [String]) -> [String] {
    guard metrics.contains(MetricName.frechet) else { return [] }
    let counts = settings.all.flatMap(\.finished).filter {
      $0.last[MetricName.frechet] != nil && $0.last[MetricName.frechetFloor] == nil
    }.compactMap { $0.settings["evaluation.images"]?.number }
    guard let least = counts.min() else { return [] }
    return [
      "There are fewer than \(DecimalText.fixed(least, decimals: 0)) held-out images to measure "
        + "(10,000 at most are looked at), so no Fréchet distance of as many real ones stands beside "
        + "that of the samples: lower `evaluation.images` to have one."
    ]
  }

  private mutating func bars(_ metrics: [String]) -> String {
    let (shown, note) = shown(Self.mostBars)
    guard shown.count > 1 else { return "" }
    let grouped = isGrouped(shown)
    let panels = metrics.map { metric in
      let best = best(metric)
      return BarPlot.Panel(
        title: metric + MetricName.arrow(goal(metric)),
        values: shown.map { $0.interval(metric) },
        reference: reference(metric).flatMap { reference in
          reference.level.map { (reference.text, $0) }
        },
        best: Set(shown.indices.filter { best.contains(shown[$0].index) }))
    }
    let plot = BarPlot(
      title: "Results",
      rows: shown.map { setting in
        BarPlot.Row(
          label: grouped ? setting.parts.dropFirst().joined(separator: " · ") : setting.label,
          color: .series(setting.color), group: grouped ? groupName(setting) : nil)
      }, panels: panels)
    return picture("results.svg", svg: plot.svg(), alternative: "Bars of each metric by setting")
      + (note.isEmpty ? "" : "\n\n*\(note.dropFirst())*")
  }

  /// Whether the settings come in runs of the same first value, more than one in each.
  private func isGrouped(_ shown: [Setting]) -> Bool {
    guard settings.paths.count > 1 else { return false }
    var sizes: [(part: String, count: Int)] = []
    for setting in shown {
      if sizes.last?.part == setting.parts[0] {
        sizes[sizes.count - 1].count += 1
      } else {
        sizes.append((setting.parts[0], 1))
      }
    }
    return sizes.allSatisfy { $0.count > 1 } && Set(sizes.map(\.part)).count == sizes.count
  }

  private func groupName(_ setting: Setting) -> String {
    let path = settings.paths[0]
    return "\(settings.names[path] ?? path) = \(setting.values[path]?.text ?? "none")"
  }
}
