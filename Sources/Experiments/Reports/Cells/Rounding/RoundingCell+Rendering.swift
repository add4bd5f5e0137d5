import Analysis
import Diffusion
import ExperimentFiles
import Plots
import Store
import Text
import Values

extension RoundingCell: RenderableCell {
  private static let mostSettings = 4
  /// What is below it is called none.
  private static let leastShare = 0.001

  private var measured: RoundingNames.Measure { .init(rawValue: measure) ?? .underflow }
  private var shown: [RoundingNames.Operands] { operands.compactMap { .init(rawValue: $0) } }

  func render(_ context: CellContext) throws -> RenderedCell {
    if let nothing = context.nothingSelected { return nothing }
    let (runs, notes) = try histories(context)
    var rendered = RenderedCell()
    var parts: [String] = []
    var most: Loss?
    for (index, run) in runs.enumerated() {
      let suffix = index == 0 ? "" : "-\(index + 1)"
      if !run.name.isEmpty { parts.append("**\(MarkdownText.escaped(run.name))**") }
      parts.append(
        context.picture(
          suffix: suffix, svg: maps(run.history, run.name).svg(page.plotPage),
          alternative: "\(title) by layer and training step", in: &rendered))
      if let scale = try scaleTrace(of: run.summary, context) {
        parts.append(
          context.picture(
            suffix: suffix + "-scale", svg: scale.svg(page.plotPage),
            alternative: "The loss scale over training", in: &rendered))
      }
      let found = shown.map { sentence($0, run.history) }
      parts.append(found.map { MarkdownText.escaped($0.text) }.joined(separator: " "))
      for loss in found.compactMap(\.most) where loss.value > most?.value ?? 0 { most = loss }
    }
    if !notes.isEmpty {
      parts.append("*\(notes.map(MarkdownText.escaped).joined(separator: " "))*")
    }
    rendered.markdown = parts.joined(separator: "\n\n")
    rendered.values = [
      "layer": most.map { .text($0.layer) } ?? .none,
      "value": most.map { .number($0.value) } ?? .number(0),
      "format": most.map { .text($0.format) } ?? .none,
    ]
    if context.keepsNumbers {
      rendered.data = .array(runs.flatMap { numbers($0.history, $0.name) })
    }
    return rendered
  }

  private typealias Run = (name: String, summary: RunSummary, history: RoundingHistory)

  /// The first run of each setting that has logged any.
  private func histories(_ context: CellContext) throws -> (runs: [Run], notes: [String]) {
    let name = RoundingNames.name(
      RoundingNames.Format.all[0].name, RoundingNames.Operands.activations, .error)
    let able = try context.selected.filter { try context.runs.summary(name, of: $0) != nil }
    let plot = try PlotRuns(context: context, runs: able)
      .limited(to: Self.mostSettings, besides: [])
    let names = try plot.column(.sweptSetting)
    var runs: [Run] = []
    var isChoice = false
    for (index, run) in plot.runs.enumerated() {
      let name = PlotColumn.name(names.values[index])
      if runs.contains(where: { $0.name == name }) {
        isChoice = true
      } else if let history = try RoundingHistory(run, context.store) {
        runs.append((name, run, history))
      }
    }
    guard !runs.isEmpty else {
      throw CellError(
        "no run has looked at what short formats lose",
        hint: "evaluation: {rounding: {every: 100}} has it looked at every 100 steps")
    }
    if runs.count == 1 { runs[0].name = "" }
    return (
      runs,
      plot.notes + (isChoice ? ["Of several runs of one setting the first is shown."] : [])
    )
  }

  // MARK: Pictures

  private var title: String {
    switch measured {
    case .underflow: "share that underflows"
    case .zero: "share that becomes 0"
    case .overflow: "share that overflows"
    case .error: "relative error of rounding"
    }
  }

  private func maps(_ history: RoundingHistory, _ name: String) -> LayerMaps {
    var rows: [(title: String, panels: [LayerMaps.Panel])] = []
    var all: [Double] = []
    for operands in shown {
      var panels: [LayerMaps.Panel] = []
      for format in formats {
        let values = history.layers.map {
          history.values(format, operands, measured, layer: $0)
        }
        panels.append(.init(title: Self.words(format), values: values))
        for layer in values { all += layer.compactMap { $0 } }
      }
      rows.append((title: Self.words(operands), panels: panels))
    }
    let isShare = measured != .error
    let scale = ColorScale(
      title: title, kind: isShare ? .linear : .logarithmic, covering: isShare ? [0, 1] : all)
    return LayerMaps(
      title: title + (name.isEmpty ? "" : ", \(name)"), layers: history.layers,
      steps: history.steps, rows: rows, scale: scale,
      least: isShare ? Self.leastShare : nil, name: { Self.text($0, isShare) })
  }

  /// Nil where it is not scaled, or never moves.
  private func scaleTrace(of run: RunSummary, _ context: CellContext) throws -> XYPlot? {
    guard let summary = try context.runs.summary(MetricName.lossScale, of: run),
      summary.min != summary.max
    else { return nil }
    let points = try context.store.history(run: run.id, metric: MetricName.lossScale)
    let curve = Curve(zip(points.steps, points.values).map { Plots.Point(Double($0), $1) })
    return XYPlot(
      title: "The loss scale", x: PlotAxis(title: "training step"),
      y: PlotAxis(title: MetricName.lossScale, kind: .logarithmic),
      panels: [XYPlot.Panel(lines: [XYPlot.Line(color: .series(0), curve: curve)])])
  }

  // MARK: Words

  static func words(_ operands: RoundingNames.Operands) -> String {
    operands.rawValue.replacing("-", with: " ")
  }

  /// `e4m3-scaled` as people say it.
  static func words(_ format: String) -> String { format.replacing("-scaled", with: ", scaled") }

  /// Where most is lost.
  private struct Loss {
    var layer: String
    var format: String
    var value: Double
  }

  /// "Of the gradients, at step 400, 38 % underflow in e4m3 (97 % of those of output), none in bf16."
  private func sentence(
    _ operands: RoundingNames.Operands, _ history: RoundingHistory
  ) -> (text: String, most: Loss?) {
    var most: Loss?
    var parts: [Prose] = []
    for (index, format) in formats.enumerated() {
      let whole = (history.values(format, operands, measured, layer: nil).last ?? nil) ?? 0
      let layers = history.layers.map { layer in
        Loss(
          layer: layer, format: format,
          value: (history.values(format, operands, measured, layer: layer).last ?? nil) ?? 0)
      }
      let worst = layers.max { $0.value < $1.value }
      if let worst, worst.value > most?.value ?? 0 { most = worst }
      let name = "in \(Self.words(format).replacing(", scaled", with: " with scales"))"
      let verb = index > 0 || measured == .error ? "" : " \(Self.verb(measured))"
      var text = "\(amount(whole))\(verb) \(name)"
      // Where it is all the same everywhere, no layer stands out.
      if let worst, worst.value >= Self.leastShare, amount(worst.value) != amount(whole),
        measured != .error || worst.value > 1.5 * whole
      {
        text += " (\(amount(worst.value)) of those of \(worst.layer))"
      }
      parts.append(.text(text))
    }
    let list = Prose.list(parts).plain
    let (of, step) = ("the \(Self.words(operands))", history.steps.last ?? 0)
    return (
      measured == .error
        ? "Rounding \(of) has, at step \(step), a relative error of \(list)."
        : "Of \(of), at step \(step), \(list).",
      most
    )
  }

  private static func verb(_ measure: RoundingNames.Measure) -> String {
    switch measure {
    case .underflow, .error: "underflow"
    case .zero: "become 0"
    case .overflow: "overflow"
    }
  }

  private func amount(_ value: Double) -> String {
    measured != .error && value < Self.leastShare ? "none" : text(value)
  }

  private func text(_ value: Double) -> String { Self.text(value, measured != .error) }

  private static func text(_ value: Double, _ isShare: Bool) -> String {
    isShare ? DecimalText.percent(value) : DecimalText.significant(value, digits: 2)
  }

  // MARK: Numbers

  private func numbers(_ history: RoundingHistory, _ name: String) -> [JSONValue] {
    shown.flatMap { operands in
      formats.flatMap { format in
        history.layers.map { layer in
          let values = history.values(format, operands, measured, layer: layer)
          return .object([
            "setting": .string(name), "operands": .string(operands.rawValue),
            "format": .string(format), "layer": .string(layer),
            "steps": .array(history.steps.map { .integer($0) }),
            "values": .array(values.map { $0.map { .number($0) } ?? .null }),
          ])
        }
      }
    }
  }
}

extension DecimalText {
  /// `38 %`, `0.3 %`, `100 %`
  fileprivate static func percent(_ share: Double) -> String {
    let percent = 100 * share
    return (percent >= 10 ? fixed(percent, decimals: 0) : significant(percent, digits: 2)) + " %"
  }
}
