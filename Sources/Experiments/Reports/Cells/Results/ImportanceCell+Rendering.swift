import Analysis
import ExperimentFiles
import Plots
import Statistics
import Store
import Text
import Values

extension ImportanceCell: RenderableCell {
  func render(_ context: CellContext) throws -> RenderedCell {
    if let nothing = context.nothingSelected { return nothing }
    let metric = metric ?? context.objective.metric
    let importance = ParameterImportance(
      of: try context.runs.comparison(of: context.selected, metrics: [metric]), metric: metric,
      takesAll: context.asksForStates)
    if let reason = Self.nothing(importance, metric) {
      return RenderedCell(
        "*\((["Nothing to tell: \(reason)."] + Self.leftOut(importance, metric)).map(MarkdownText.escaped).joined(separator: " "))*"
      )
    }
    var rendered = RenderedCell()
    var parts: [String] = []
    if importance.parameters.contains(where: { $0.share != nil }) {
      parts.append(
        context.picture(
          svg: Self.plot(importance, metric).svg(page.plotPage),
          alternative: "Share of the variance of \(metric) that each setting explains",
          in: &rendered))
    }
    parts.append(Self.table(importance))
    parts.append("*\(Self.notes(importance, metric))*")
    rendered.markdown = parts.joined(separator: "\n\n")
    let first = importance.parameters.first.flatMap { parameter in
      parameter.share.flatMap { $0.isToldFromNothing ? (parameter.path, $0.share) : nil }
    }
    rendered.values = [
      "parameter": first.map { .text($0.0) } ?? .none,
      "share": first.map { .number(max(0, $0.1)) } ?? .none,
    ]
    rendered.data = Self.json(importance)
    return rendered
  }

  private static func nothing(_ importance: ParameterImportance, _ metric: String) -> String? {
    if importance.runs == 0 { return "no finished run has a number as \(metric)" }
    if importance.parameters.isEmpty { return "no setting differs between the runs" }
    return importance.isConstant ? "all runs have the same \(metric)" : nil
  }

  // MARK: Words

  /// Shares lie between 0 and 1, whatever their estimates do.
  private static func percent(_ share: Double) -> String {
    DecimalText.fixed(100 * min(1, max(0, share)), decimals: 0)
  }

  private static func interval(_ share: VarianceShare) -> String {
    "\(percent(share.low)) to \(percent(share.high))"
  }

  private static func table(_ importance: ParameterImportance) -> String {
    MarkdownText.table(
      header: ["setting", "values", "share of the variance", "95 % interval", ""],
      alignments: [":--", ":--", "--:", ":--", ":--"],
      rows: importance.parameters.map { parameter in
        let values =
          parameter.classedNumbers.map { "\($0), in \(parameter.levels) classes" }
          ?? "\(parameter.levels)"
        let name = MarkdownText.code(parameter.path, inTable: true)
        guard let share = parameter.share else {
          return [name, values, "–", "–", MarkdownText.escaped(verdict(parameter))]
        }
        return [
          name, values, "\(percent(share.share)) %", "\(interval(share)) %", verdict(parameter),
        ]
      })
  }

  private static func verdict(_ parameter: ParameterImportance.Parameter) -> String {
    switch parameter.finding {
    case .share(let share): share.isToldFromNothing ? "" : "not told apart from nothing"
    case .tooFew: "too few runs to say"
    case .notComparable: "not comparable"
    }
  }

  private static func leftOut(_ importance: ParameterImportance, _ metric: String) -> [String] {
    let counts = [
      (importance.notFinite, "that diverged or ended in no finite number"),
      (importance.pruned, "that \(importance.pruned == 1 ? "was" : "were") pruned"),
      (importance.lacking, "without \(metric)"),
    ].filter { $0.0 > 0 }
    guard !counts.isEmpty else { return [] }
    let list = Prose.list(
      counts.map { .text("\($0.0) \($0.0 == 1 ? "run" : "runs") \($0.1)") })
    return ["Left out: \(list.plain)."]
  }

  private static func notes(_ importance: ParameterImportance, _ metric: String) -> String {
    let shares = importance.parameters.compactMap(\.share)
    var notes: [String] = []
    if !shares.isEmpty {
      notes.append(
        "What each setting explains by itself (ε²) of the variance over \(importance.runs) runs of \(importance.settings) settings; "
          + "95 % intervals by a bootstrap over settings."
      )
    }
    if shares.contains(where: { !$0.isToldFromNothing }) {
      notes.append("Fainter, and not told apart from nothing: what has 0 in its interval.")
    }
    if importance.parameters.contains(where: { $0.finding == .tooFew }) {
      notes.append(
        "To say anything takes at least 8 settings, and 3 for each value or class of values.")
    }
    notes += leftOut(importance, metric)
    let reasons = importance.parameters.compactMap { parameter in
      if case .notComparable(let reason) = parameter.finding { reason } else { nil }
    }
    return (notes.map(MarkdownText.escaped) + reasons.map { "\($0.prose.markdown)." })
      .joined(separator: " ")
  }

  // MARK: Bars

  private static func plot(_ importance: ParameterImportance, _ metric: String) -> BarPlot {
    func percents(_ share: VarianceShare) -> ClosedRange<Double> {
      let low = 100 * min(1, max(0, share.low))
      return low...max(low, 100 * min(1, max(0, share.high)))
    }
    let parameters = importance.parameters
    return BarPlot(
      title: "What matters for \(metric)",
      rows: parameters.map { BarPlot.Row(label: $0.path, color: 0) },
      panels: [
        BarPlot.Panel(
          title: "share of its variance, %",
          values: parameters.map { parameter in
            parameter.share.map {
              Statistics.Interval(
                mean: 100 * min(1, max(0, $0.share)), halfWidth: nil, count: importance.runs)
            }
          },
          faint: Set(
            parameters.indices.filter { parameters[$0].share?.isToldFromNothing == false }),
          whiskers: parameters.map { $0.share.map(percents) },
          texts: parameters.map { parameter in
            parameter.share.map { "\(percent($0.share)) (\(interval($0)))" } ?? verdict(parameter)
          })
      ], heading: metric)
  }

  // MARK: Numbers

  private static func json(_ importance: ParameterImportance) -> JSONValue {
    .array(
      importance.parameters.map { parameter in
        var members: [String: JSONValue] = [
          "parameter": .string(parameter.path), "levels": .integer(parameter.levels),
          "verdict": .string(verdict(parameter)),
        ]
        if let share = parameter.share {
          members["share"] = .number(share.share)
          members["low"] = .number(share.low)
          members["high"] = .number(share.high)
        }
        return .object(members)
      })
  }
}
