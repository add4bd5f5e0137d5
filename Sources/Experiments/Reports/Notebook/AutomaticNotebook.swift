import Analysis
import Diffusion
import ExperimentFiles
import Images
import Statistics
import Store
import Text
import Values

/// The cells of a report whose file has none: answer, sweep, results, samples, curves, speed, as far as the runs have
/// anything of each.
struct AutomaticNotebook {
  private let table: RunTable
  private let memory: ReportMemory
  private var cells: [JSONValue] = []
  private var names: Set<String> = []

  /// - Throws: `StoreError`.
  static func cells(_ table: RunTable, _ memory: ReportMemory) throws -> [ReportCell] {
    var notebook = AutomaticNotebook(table: table, memory: memory)
    notebook.add("markdown", text: "## Answer")
    notebook.add("answer")
    if table.runs.count > 1 {
      notebook.add("markdown", text: "## What was swept")
      notebook.add("sweep")
    }
    try notebook.addResults()
    try notebook.addSamples()
    try notebook.addCurves()
    if !table.isImported, table.runs.contains(where: { $0.state == .finished }) {
      notebook.add("markdown", text: "## Speed and memory")
      notebook.add("speed")
    }
    let place = SourceText(name: "the automatic report", text: "").start
    var diagnostics = Diagnostics()
    let cells = CellReader.read(
      SourceNode(
        content: .sequence(notebook.cells.map { SourceNode(json: $0, at: place) }), place: place),
      imported: try table.importedNames(), into: &diagnostics)
    assert(diagnostics.isEmpty, "\(diagnostics.list)")
    return cells
  }

  private init(table: RunTable, memory: ReportMemory) {
    (self.table, self.memory) = (table, memory)
  }

  // MARK: - Sections

  private mutating func addResults() throws {
    let comparison = try table.comparison(of: table.runs, metrics: try results())
    let metrics = comparison.metrics.filter { metric in
      comparison.rows.contains { $0.metrics[metric] != nil }
    }
    guard !metrics.isEmpty else { return }
    add("markdown", text: "## Results")
    add("results", name: "results")
    guard let path = comparison.sweptNumber else { return }
    let short = SettingNames.short(comparison.settings)[path] ?? path
    let others = comparison.settings.filter { $0 != path }
    let xs = comparison.rows.compactMap { $0.settings[path]?.number }
    let ordered = MetricName.ordered(metrics, objective: comparison.objective ?? table.objective)
    for metric in ordered.prefix(3) {
      let having = comparison.rows.filter { $0.metrics[metric]?.mean.isFinite == true }
      let families = grouped(having) { row in others.map { row.settings[$0] } }
      // Fewer than four points make no curve.
      guard families.count <= PlotCell.mostSettings, families.contains(where: { $0.count >= 4 })
      else { continue }
      let ys = comparison.rows.compactMap { $0.metrics[metric]?.mean }.filter(\.isFinite)
      plot(
        "by_\(short)_\(metric)",
        [
          ("kind", .string("line")), ("x", .string(path)), ("y", .string(metric)),
          ("color", others.isEmpty ? nil : .string(PlotQuantity.sweptSettingName)),
          ("band", .string("interval")), ("log", Self.logarithmic([("x", xs), ("y", ys)])),
        ])
    }
  }

  private mutating func addSamples() throws {
    let pictures = SamplePictures(table, memory)
    let drawn = try table.runs.filter {
      try !$0.hasDiverged && pictures.artifact($0, step: nil) != nil
    }
    guard let first = drawn.first, let artifact = try pictures.artifact(first, step: nil) else {
      try addPoints()
      return
    }
    add("markdown", text: "## Samples")
    let sheet = try pictures.sheet(artifact)
    let hasClasses = try sheet.map { try pictures.classes(first, $0) > 1 } ?? false
    add(
      "grid", name: "samples",
      [
        ("rows", .string(PlotQuantity.sweptSettingName)),
        ("columns", .string(hasClasses ? "class" : "image")),
        // What cannot be cut is shown whole.
        ("images", hasClasses ? nil : .array((0..<min(8, sheet?.count ?? 1)).map { .integer($0) })),
      ])
    guard try drawn.contains(where: { try pictures.steps($0).count > 1 }) else { return }
    add("markdown", text: "### During training")
    add("timeline", name: "growth")
  }

  /// Samples that are points of the plane.
  private mutating func addPoints() throws {
    let drawn = try table.runs.filter { !$0.hasDiverged }
      .map { try table.samples(of: $0, mediaType: Artifact.arrayType) }.filter { !$0.isEmpty }
    guard let last = drawn.first?.last?.artifact,
      let points = try? PointTable(
        npy: table.content(sha256: last.sha256), name: last.name), points.dimensions == 2
    else { return }
    add("markdown", text: "## Samples")
    add("scatter", name: "samples")
    guard drawn.allSatisfy({ $0.count > 1 }) else { return }
    add("markdown", text: "### During training")
    add("scatter", name: "growth", [("over", .string("training"))])
  }

  private mutating func addCurves() throws {
    let known = try table.metricNames()
    var metrics = known.contains(MetricName.trainLoss) ? [MetricName.trainLoss] : []
    metrics += try results().filter { !metrics.contains($0) }
    if known.contains(MetricName.lossScale) { metrics.append(MetricName.lossScale) }
    let repeats = !table.repeatedPaths.isEmpty
    var hasTitle = false
    for metric in metrics {
      let summaries = try table.runs.compactMap { try table.summary(metric, of: $0) }
      // Two points make no curve; a loss scale that never moved is no news.
      guard summaries.contains(where: { $0.count > 2 }),
        metric != MetricName.lossScale || summaries.contains(where: { $0.min != $0.max })
      else { continue }
      if !hasTitle { add("markdown", text: "## Curves") }
      hasTitle = true
      let ys = summaries.flatMap { [$0.min, $0.max] }.filter(\.isFinite)
      plot(
        metric,
        [
          ("y", .string(metric)), ("color", .string(PlotQuantity.sweptSettingName)),
          ("band", repeats ? .string("range") : nil),
          ("smooth", metric == MetricName.trainLoss ? .number(0.04) : nil),
          ("log", Self.logarithmic([("y", ys)])),
        ])
    }
  }

  /// Metrics that say how good a setting is, the deciding one first.
  private func results() throws -> [String] {
    var names = Set(try table.metricNames().filter(MetricName.isResult) + [table.objective.metric])
    // What other programs call a result, nobody knows.
    if table.isImported {
      names.formUnion(try table.metricNames().filter { !MetricName.isOfTheMachine($0) })
    }
    let ordered = MetricName.ordered(names, objective: table.objective)
    return table.isImported ? Array(ordered.prefix(Self.mostImported)) : ordered
  }

  /// Metrics of imported runs that are shown.
  private static let mostImported = 12

  /// The axes whose values are positive and the largest many times the smallest; nil without any.
  private static func logarithmic(_ axes: [(name: String, values: [Double])]) -> JSONValue? {
    let found = axes.filter { axis in
      guard let low = axis.values.min(), let high = axis.values.max() else { return false }
      return low > 0 && high / low > 8
    }
    return found.isEmpty ? nil : .array(found.map { .string($0.name) })
  }

  // MARK: - Cells

  private mutating func plot(_ name: String, _ keys: [(String, JSONValue?)]) {
    let letters = name.unicodeScalars.map { scalar -> Character in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9": Character(scalar)
      default: "_"
      }
    }
    // `a/b` and `a_b` may both be metrics, of imported runs at least, and `1` may be one.
    var told = String(String(letters).prefix(60))
    if told.first?.isLetter != true { told = "plot_" + told }
    var number = 2
    while !names.insert(told.lowercased()).inserted {
      told = "\(told.prefix(56))_\(number)"
      number += 1
    }
    add("plot", name: told, keys)
  }

  private mutating func add(_ kind: String, text: String) {
    cells.append(Self.mapping([(kind, .string(text))]))
  }

  private mutating func add(
    _ kind: String, name: String? = nil, _ keys: [(String, JSONValue?)] = []
  ) {
    cells.append(
      Self.mapping([("name", name.map { .string($0) }), (kind, Self.mapping(keys))]))
  }

  /// As `SourceNode.json` has it.
  private static func mapping(_ pairs: [(String, JSONValue?)]) -> JSONValue {
    .object([
      "mapping": .array(
        pairs.compactMap { key, value in value.map { .array([.string(key), $0]) } })
    ])
  }
}
