import Analysis
import ExperimentFiles
import Plots
import Statistics
import Store
import Text
import Values

extension ResultsCell: RenderableCell {
  func render(_ context: CellContext) throws -> RenderedCell {
    if let nothing = context.nothingSelected { return nothing }
    let results = try Results(self, context)
    guard !results.metrics.isEmpty, results.comparison.rows.contains(where: { $0.seeds > 0 }) else {
      return RenderedCell("*No run has a result yet.*")
    }
    var rendered = RenderedCell()
    var parts = [results.table, try results.notes(context)]
    if hasBars, let (plot, note) = results.bars {
      parts.append(
        context.picture(
          svg: plot.svg(), alternative: "Bars of each metric by setting", in: &rendered))
      if !note.isEmpty { parts.append("*\(note)*") }
    }
    rendered.markdown = parts.joined(separator: "\n\n")
    rendered.data = results.json
    return rendered
  }
}

/// A row per setting, a column per metric.
private struct Results {
  let comparison: Comparison
  /// The deciding one first.
  let metrics: [String]
  private let references: [String: MetricReference]
  /// By metric and row, where the row has one run.
  private let own: [String: [ClosedRange<Double>?]]
  /// By metric, the settings with the best mean; none where there is nothing to choose from.
  private let best: [String: Set<Int>]

  init(_ cell: ResultsCell, _ context: CellContext) throws {
    let table = context.runs
    let asked =
      cell.metrics.isEmpty
      ? try table.metricNames().filter(MetricName.isResult) : cell.metrics
    let comparison = try table.comparison(of: context.selected, by: cell.by, metrics: asked)
    let deciding = comparison.objective?.metric
    let measured = asked + [deciding].compactMap { $0 }
    let having = Set(measured).filter { metric in
      comparison.rows.contains { $0.metrics[metric] != nil }
    }
    let ordered = MetricName.ordered(having, objective: comparison.objective ?? table.objective)
    metrics = cell.metrics.isEmpty ? ordered : cell.metrics
    self.comparison = comparison
    references = try metrics.reduce(into: [:]) { references, metric in
      references[metric] = try MetricReference(metric, of: context.selected, table)
    }
    own = try metrics.reduce(into: [:]) { own, metric in
      own[metric] = try comparison.groups.map { try OwnInterval.of(metric, $0, table) }
    }
    let leaders = comparison.leaders()
    best = metrics.reduce(into: [:]) { best, metric in
      if metric == deciding, comparison.countsDistance {
        best[metric] = leaders.rows.count == 1 ? Set(leaders.rows) : []
      } else {
        best[metric] = Results.best(metric, comparison)
      }
    }
  }

  private static func best(_ metric: String, _ comparison: Comparison) -> Set<Int> {
    guard let goal = goal(metric, comparison), comparison.rows.count > 1 else { return [] }
    let means = comparison.rows.map { $0.metrics[metric]?.mean ?? .nan }
    let numbers = means.filter { !$0.isNaN }
    guard Set(numbers).count > 1, let best = goal == .minimize ? numbers.min() : numbers.max()
    else { return [] }
    return Set(means.indices.filter { means[$0] == best })
  }

  /// Which way a metric is better; nil where it is not to be compared.
  private static func goal(_ metric: String, _ comparison: Comparison) -> Objective.Goal? {
    if comparison.countsDistance, metric == comparison.objective?.metric { return nil }
    if incomparability(metric, comparison) != nil { return nil }
    return MetricName.goal(metric, objective: comparison.objective)
  }

  /// Why a metric is not comparable between the settings that have it; nil where it is.
  private static func incomparability(_ metric: String, _ comparison: Comparison)
    -> Incomparability?
  {
    comparison.incomparability(
      metric, rows: comparison.rows.indices.filter { comparison.rows[$0].metrics[metric] != nil })
  }

  private func title(_ metric: String) -> String {
    MetricName.arrow(Results.goal(metric, comparison))
  }

  // MARK: Table

  var table: String {
    let paths = comparison.settings
    let short = SettingNames.short(paths)
    let names = paths.isEmpty ? ["setting"] : paths.map { MarkdownText.escaped(short[$0] ?? $0) }
    let header =
      names + metrics.map { MarkdownText.code($0, inTable: true) + title($0) } + ["seeds"]
    var rows = comparison.rows.enumerated().map { index, row -> [String] in
      let names =
        paths.isEmpty
        ? [comparison.name(ofRow: index)] : paths.map { row.settings[$0]?.text ?? "–" }
      let numbers = metrics.map { metric in
        let interval = own[metric]?[index].map { " " + OwnInterval.text($0) } ?? ""
        let text =
          row.metrics[metric].map { DecimalText.interval($0) + interval }
          ?? row.prunedMetrics[metric].map {
            "(\(DecimalText.significant($0.mean, digits: 3)))"
          } ?? "–"
        return best[metric]?.contains(index) == true ? "**\(text)**" : text
      }
      return names.map(MarkdownText.escaped) + numbers + [seeds(index)]
    }
    let labels = distinct(metrics.compactMap { references[$0]?.label })
    if !labels.isEmpty {
      rows.append(
        ["*\(labels.joined(separator: ", "))*"] + Array(repeating: "", count: names.count - 1)
          + metrics.map { references[$0].map { "*\($0.value)*" } ?? "" } + [""])
    }
    return MarkdownText.table(
      header: header,
      alignments: names.map { _ in ":--" } + Array(repeating: "--:", count: metrics.count + 1),
      rows: rows)
  }

  private func seeds(_ row: Int) -> String {
    let runs = comparison.groups[row]
    let finished = comparison.rows[row].finished
    if finished == runs.count { return "\(comparison.rows[row].seeds)" }
    let others = runs.filter { $0.state != .finished }
      .map { $0.hasDiverged ? "diverged" : $0.state.rawValue }
    return "\(finished) of \(runs.count) (\(Set(others).sorted().joined(separator: ", ")))"
  }

  // MARK: Notes

  func notes(_ context: CellContext) throws -> String {
    var notes: [String] = []
    let rows = comparison.rows
    let most = rows.map(\.seeds).max() ?? 0
    if rows.contains(where: { $0.metrics.values.contains { $0.halfWidth != nil } }) {
      let method = most < Statistics.bootstrapCount ? "Student's t" : "bootstrap-t from ten seeds"
      notes.append("± is the 95 % interval of the mean over seeds (\(method)).")
    } else if most == 1 {
      let isPart = rows.contains { $0.finished < $0.runs.count }
      let finished = isPart && comparison.groups.contains { $0.count > 1 } ? "finished " : ""
      notes.append(
        "One \(finished)seed per setting, so no intervals: small differences may be chance.")
    }
    if own.values.joined().contains(where: { $0 != nil }) {
      notes.append("In square brackets: \(OwnInterval.note)")
    }
    if rows.contains(where: { !$0.prunedMetrics.isEmpty }) {
      notes.append("In brackets, and fainter: what was measured before a setting was pruned.")
    }
    if rows.count > 1, best.values.contains(where: { !$0.isEmpty }) {
      notes.append("Bold is best.")
    }
    if references[MetricName.frechet] != nil {
      notes.append(
        "The same number of real images has a Fréchet distance too: about the lowest to be expected."
      )
    }
    notes += try withoutFloor(context) + ofFewer(context)
    notes += metrics.compactMap { metric in
      Results.incomparability(metric, comparison).map { "\($0.prose.markdown)." }
    }
    return notes.joined(separator: " ")
  }

  /// Why no distance of real images stands beside that of samples.
  private func withoutFloor(_ context: CellContext) throws -> [String] {
    guard metrics.contains(MetricName.frechet) else { return [] }
    let table = context.runs
    let counts = try context.finished.filter { run in
      try table.last(MetricName.frechet, of: run) != nil
        && table.last(MetricName.frechetFloor, of: run) == nil
    }.compactMap { try table.setting("evaluation.images", of: $0)?.number }
    guard let least = counts.min() else { return [] }
    return [
      "There are fewer than \(DecimalText.fixed(least, decimals: 0)) held-out images to measure "
        + "(at most 10,000 are used), so no Fréchet distance of as many real ones stands beside "
        + "that of the samples: lower `evaluation.images` to have one."
    ]
  }

  /// That real images were fewer than samples.
  private func ofFewer(_ context: CellContext) throws -> [String] {
    let table = context.runs
    let counts = try context.finished.compactMap { run -> Double? in
      guard let real = try table.last(MetricName.realMeasured, of: run),
        let samples = try table.last(MetricName.samplesMeasured, of: run), real < samples
      else { return nil }
      return real
    }
    guard let least = counts.min(), metrics.contains(where: MetricName.isBesideHalves) else {
      return []
    }
    return [
      "Real images are two halves of the training images with \(DecimalText.fixed(least, decimals: 0)) in each: the data "
        + "have no more, and fewer images than samples are further apart."
    ]
  }

  // MARK: Bars

  /// With more settings than this the best alone are drawn; the table has all.
  private static let mostBars = 24

  /// - Returns: nil where there is one row.
  var bars: (plot: BarPlot, note: String)? {
    let (shown, areRanked) = comparison.best(Self.mostBars)
    guard shown.count > 1 else { return nil }
    let names = comparison.names
    let parts = shown.map { row in
      names.parts(names.paths.map { comparison.rows[row].settings[$0] })
    }
    let isGrouped = Results.isGrouped(parts)
    let colors = self.colors
    let rows = zip(shown, parts).map { row, parts in
      BarPlot.Row(
        label: isGrouped
          ? SettingNames.joined(Array(parts.dropFirst())) : comparison.name(ofRow: row),
        color: .series(colors[row]),
        group: isGrouped
          ? "\(names.short[names.paths[0]] ?? "") = "
            + (comparison.rows[row].settings[names.paths[0]]?.text ?? "none") : nil)
    }
    let panels = metrics.prefix(BarPlot.panelsInARow).map { metric in
      BarPlot.Panel(
        title: metric + title(metric),
        values: shown.map {
          comparison.rows[$0].metrics[metric] ?? comparison.rows[$0].prunedMetrics[metric]
        },
        reference: references[metric].flatMap { reference in
          reference.level.map { (reference.text, $0) }
        },
        best: Set(shown.indices.filter { best[metric]?.contains(shown[$0]) == true }),
        faint: Set(
          shown.indices.filter { comparison.rows[shown[$0]].prunedMetrics[metric] != nil }),
        whiskers: shown.map { row in
          own[metric]?[row] ?? comparison.rows[row].metrics[metric]?.range
        })
    }
    let note =
      shown.count == comparison.rows.count
      ? ""
      : "The \(areRanked ? "best" : "first") \(shown.count) of \(comparison.rows.count) settings."
    return (BarPlot(title: "Results", rows: rows, panels: panels), note)
  }

  /// Whether rows come in runs of the same first part, more than one in each.
  private static func isGrouped(_ parts: [[String]]) -> Bool {
    guard parts[0].count > 1 else { return false }
    var sizes: [(part: String, count: Int)] = []
    for part in parts.map({ $0[0] }) {
      if sizes.last?.part == part {
        sizes[sizes.count - 1].count += 1
      } else {
        sizes.append((part, 1))
      }
    }
    return sizes.allSatisfy { $0.count > 1 } && Set(sizes.map(\.part)).count == sizes.count
  }

  /// A colour per row; one per family, told apart by dashes, where a number was swept for each of a few.
  private var colors: [Int] {
    guard let number = comparison.sweptNumber else { return Array(comparison.rows.indices) }
    let others = comparison.settings.filter { $0 != number }
    let keys = comparison.rows.map { row in others.map { row.settings[$0] } }
    let families = distinct(keys)
    guard (2...PlotTheme.seriesCount).contains(families.count) else {
      return Array(comparison.rows.indices)
    }
    var sizes = [Int](repeating: 0, count: families.count)
    return keys.map { key in
      let family = families.firstIndex(of: key) ?? 0
      defer { sizes[family] += 1 }
      return family + PlotTheme.seriesCount * sizes[family]
    }
  }

  // MARK: Numbers

  var json: JSONValue {
    .array(
      comparison.rows.indices.map { row in
        .object([
          "setting": .string(comparison.name(ofRow: row)),
          "metrics": .object(
            comparison.rows[row].metrics.mapValues { CellValue.interval($0).json }),
        ])
      })
  }
}
