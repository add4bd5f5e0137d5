import Analysis
import ExperimentFiles
import Plots
import Statistics
import Store
import Text
import Values

/// The runs of a plot with what is asked of them, column by column.
struct PlotRuns {
  let context: CellContext
  let runs: [RunSummary]
  /// What the author calls what is shown.
  let called: [String: String]
  /// What is to be said under the plot.
  var notes: [String] = []
  /// Places of those that were pruned, if others were not: what they have is of fewer steps.
  let pruned: Set<Int>

  init(
    context: CellContext, runs: [RunSummary], called: [String: String] = [:], notes: [String] = []
  ) {
    (self.context, self.runs, self.called, self.notes) = (context, runs, called, notes)
    let pruned = runs.indices.filter { runs[$0].state == .pruned }
    self.pruned = pruned.count == runs.count ? [] : Set(pruned)
  }

  /// Those that have finished or were pruned; before there are any, those under way. All that a condition on their state
  /// chooses.
  static func ended(_ context: CellContext, called: [String: String] = [:]) -> PlotRuns {
    plot(context, called) { $0.state.isDone }
  }

  /// The same, and those that diverged.
  static func withResults(
    _ context: CellContext, called: [String: String] = [:]
  ) -> PlotRuns {
    var plot = plot(context, called) { $0.state.isDone || $0.hasDiverged }
    let others = context.selected.count - plot.runs.count
    if others > 0 {
      plot.notes.append("\(others) \(others == 1 ? "run" : "runs") without a result left out.")
    }
    return plot
  }

  private static func plot(
    _ context: CellContext, _ called: [String: String], _ isMeant: (RunSummary) -> Bool
  ) -> PlotRuns {
    let meant = context.asksForStates ? context.selected : context.selected.filter(isMeant)
    if context.asksForStates || meant.contains(where: { $0.state.isDone })
      || context.selected.isEmpty
    {
      return PlotRuns(context: context, runs: meant, called: called)
    }
    return PlotRuns(
      context: context, runs: context.selected, called: called,
      notes: ["No run has finished; this is what there is so far."])
  }

  /// Those of a group that its mean is of: what was pruned stands for itself, where there is nothing else.
  func standing(_ group: [Int]) -> (runs: [Int], arePruned: Bool) {
    let others = group.filter { !pruned.contains($0) }
    return others.isEmpty && !group.isEmpty ? (group, true) : (others, false)
  }

  /// - Parameter singly: run by run, beside means of others.
  mutating func notePruned(_ drawn: Bool, singly: Bool = false) {
    guard drawn else { return }
    notes.append(
      "What was pruned is drawn fainter\(singly ? ", run by run" : ""), with what was measured by then."
    )
  }

  /// A value per run; settings and attributes as they are, of metrics one value.
  /// - Parameter shown: what is on the plot's axes, and so no part of what `setting` stands for.
  func column(
    _ quantity: PlotQuantity, _ choice: MetricChoice = .last, besides shown: [PlotQuantity?] = []
  ) throws -> PlotColumn {
    guard quantity == .sweptSetting else {
      return PlotColumn(
        quantity, try runs.map { try value(quantity, of: $0, choice) }, called: called)
    }
    let all = try context.runs.tellingPaths()
    let differing = try settingPaths(besides: shown)
    // Of one setting among several that have no runs here, all of its name.
    let names = SettingNames(
      differing.isEmpty ? all.filter { !shown.contains(.setting($0)) } : differing)
    let alone = all.isEmpty ? context.runs.experiment.name : "all settings"
    return PlotColumn(
      quantity,
      try runs.map { run in
        let values = try names.paths.map { try context.runs.setting($0, of: run) }
        return .text(names.label(values, alone: alone))
      }, called: called)
  }

  /// Paths that tell these runs apart.
  private func settingPaths(besides shown: [PlotQuantity?]) throws -> [String] {
    try context.runs.tellingPaths().filter { path in
      try !shown.contains(.setting(path))
        && Set(runs.map { try context.runs.setting(path, of: $0) }).count > 1
    }
  }

  /// The same with the runs of the best settings alone, where there are too many to tell apart by colour: of the first
  /// where none is best.
  /// - Parameter metric: what is shown of them: where there are too many, those that lack it make room.
  func limited(
    to most: Int, besides shown: [PlotQuantity?], having metric: String? = nil
  ) throws -> PlotRuns {
    let paths = try settingPaths(besides: shown)
    guard !paths.isEmpty else { return self }
    let comparison = try context.runs.comparison(of: runs, by: paths, metrics: [])
    guard comparison.rows.count > most else { return self }
    if let metric {
      let able = try runs.filter { try context.runs.summary(metric, of: $0) != nil }
      if !able.isEmpty, able.count < runs.count {
        var plot = PlotRuns(context: context, runs: able, called: called, notes: notes)
        plot.noteMissing(runs.count - able.count, metric)
        return try plot.limited(to: most, besides: shown)
      }
    }
    let kept = comparison.best(most)
    let ids = Set(kept.rows.flatMap { comparison.rows[$0].runs })
    let which = kept.areRanked ? "best" : "first"
    return PlotRuns(
      context: context, runs: runs.filter { ids.contains($0.id) }, called: called,
      notes: notes + ["The \(which) \(most) of \(comparison.rows.count) settings."])
  }

  /// A level to hold a metric of these runs against.
  func references(_ metric: String) throws -> [XYPlot.Reference] {
    guard let reference = try MetricReference(metric, of: runs, context.runs),
      let level = reference.level
    else { return [] }
    return [XYPlot.Reference(label: reference.text, value: level)]
  }

  private func value(
    _ quantity: PlotQuantity, of run: RunSummary, _ choice: MetricChoice
  ) throws -> PlotColumn.Value {
    switch quantity {
    case .step, .time, .unix, .progress, .timestep, .sweptSetting: return .none
    case .metric(let name):
      guard let summary = try context.runs.summary(name, of: run) else { return .none }
      return .number(choice.value(summary, goal: goal(name)))
    case .setting(let path):
      let setting = try context.runs.setting(path, of: run)
      return switch setting {
      case nil, .null?: .none
      case .integer(let value)?: .number(Double(value))
      case .number(let value)?: .number(value)
      case let value?: .text(value.text)
      }
    case .attribute(let attribute): return self.attribute(attribute, of: run)
    }
  }

  func goal(_ metric: String) -> Objective.Goal? {
    context.runs.goal(metric)
  }

  private func attribute(_ attribute: RunAttribute, of run: RunSummary) -> PlotColumn.Value {
    func text(_ value: String?) -> PlotColumn.Value { value.map { .text($0) } ?? .none }
    return switch attribute {
    case .id: .text(String(run.id.prefix(8)))
    case .experiment: .text(context.runs.experiment.name)
    case .label: .text(run.title)
    case .state: .text(run.state.rawValue)
    case .tag: text(run.tags.isEmpty ? nil : run.tags.joined(separator: ", "))
    case .note: text(run.notes.first)
    case .seed: .number(Double(run.seed))
    case .step: .number(Double(run.step))
    case .seconds: run.seconds.map { .number($0) } ?? .none
    case .created: .text(run.created)
    case .ended: text(run.ended)
    case .error: text(run.error)
    case .orphan: .text(run.isOrphan ? "orphan" : "in the file")
    case .source: .text(run.source ?? "workbench")
    }
  }

  /// The step at which each run has done all that it is to do: its `training.steps`; of a run without, which another
  /// program has made, its own last step.
  func ends() throws -> [Double] {
    try runs.map { run in
      try context.runs.setting("training.steps", of: run)?.number ?? Double(run.step)
    }
  }

  /// Panels of a facet: the runs of each value, in its order; at most so many.
  mutating func panels(_ facet: PlotColumn?, most: Int = 12) -> [(title: String, runs: [Int])] {
    guard let facet, !runs.isEmpty else { return [("", Array(runs.indices))] }
    var members = [[Int]](repeating: [], count: facet.distinct.count)
    for run in runs.indices { members[facet.place(run)].append(run) }
    if members.count > most {
      notes.append("The first \(most) of \(members.count) values of \(facet.quantity.name).")
    }
    return zip(facet.distinct, members).prefix(most).map { value, members in
      (facet.heading(value, isShort: true), members)
    }
  }

  /// What a mean goes over: swept settings and seeds that are on no axis.
  func averaged(besides shown: [PlotQuantity?]) -> String {
    let named = shown.compactMap { quantity -> String? in
      if case .setting(let path)? = quantity { path } else { nil }
    }
    let rest =
      shown.contains(.sweptSetting)
      ? [] : context.runs.sweptPaths.filter { !named.contains($0) }
    let varied = rest.filter { path in
      Set(runs.map { run in (try? context.runs.setting(path, of: run)) ?? .null }).count > 1
    }
    if varied.isEmpty { return "over seeds" }
    let isOneSeed = Set(runs.map { context.runs.pairing.seed($0) }).count == 1
    return (isOneSeed ? "over " : "over seeds and ") + varied.joined(separator: ", ")
  }

  /// The title of a metric's axis.
  func title(_ quantity: PlotQuantity, isLogarithmic: Bool = false, choice: MetricChoice = .last)
    -> String
  {
    if let name = called[quantity.name] { return name + (isLogarithmic ? " (log scale)" : "") }
    guard case .metric(let name) = quantity else { return quantity.name }
    let words = [
      choice == .last ? nil : choice == .min ? "lowest" : choice == .max ? "highest" : "best",
      MetricName.explanation(name), isLogarithmic ? "log scale" : nil,
    ].compactMap { $0 }
    return name + (words.isEmpty ? "" : " (\(words.joined(separator: ", ")))")
  }

  /// The drawing with what is to be said under it.
  /// - Parameter data: its numbers, where they are kept.
  func cell(
    _ svg: String, alternative: String, data: @autoclosure () -> JSONValue? = nil
  ) -> RenderedCell {
    var cell = RenderedCell()
    var parts = [context.picture(svg: svg, alternative: alternative, in: &cell)]
    if !notes.isEmpty {
      parts.append("*\(notes.map(MarkdownText.escaped).joined(separator: " "))*")
    }
    cell.markdown = parts.joined(separator: "\n\n")
    if context.keepsNumbers { cell.data = data() }
    return cell
  }

  /// Where there is nothing to draw.
  func nothing(_ why: String) -> RenderedCell {
    RenderedCell("*\(MarkdownText.escaped("Nothing to draw: \(why)."))*")
  }

  /// "3 runs have no eval/loss."
  mutating func noteMissing(_ count: Int, _ what: String) {
    guard count > 0 else { return }
    notes.append("\(count) \(count == 1 ? "run has" : "runs have") no \(what).")
  }
}
