import Analysis
import ExperimentFiles
import Statistics
import Store
import Text
import Values

extension CompareCell: RenderableCell {
  func render(_ context: CellContext) throws -> RenderedCell {
    let groups = try self.groups(context)
    guard let first = groups.first else { return RenderedCell("*There is no run to compare.*") }
    guard groups.count > 1 else {
      return RenderedCell(
        "*There is one setting and nothing to hold it against: \(MarkdownText.escaped(first.label)).*"
      )
    }
    let names = metrics.isEmpty ? [context.objective.metric] : metrics
    guard let base = try baseGroup(groups, metric: names[0], context.runs) else {
      let wanted = baseline.map { "\($0.path): \($0.value.text)" }.joined(separator: ", ")
      throw CellError("no run has the baseline's setting \(wanted)")
    }
    var rendered = RenderedCell()
    var parts: [String] = []
    var data: [String: JSONValue] = [:]
    for metric in names {
      let verdicts = try Verdicts(
        groups, base, metric: metric, goal: goal(metric, context), context.runs)
      let own = try value(base, metric, context.runs)
      parts.append(table(metric, base, own, verdicts.contests, context))
      if let note = verdicts.note { parts.append("*\(note)*") }
      data[metric] = .object(
        verdicts.json.merging([
          "baseline": .string(base.label), "value": CellValue.interval(own).json,
        ]) { $1 })
      if rendered.values.isEmpty { rendered.values = values(base, verdicts) }
    }
    parts.append("*\(note(context))*")
    let reasons = try names.compactMap { metric in
      try groups.filter { $0.label != base.label }.compactMap {
        try context.runs.incomparability(metric, [$0.runs, base.runs], matched: true)
      }.first
    }
    if !reasons.isEmpty {
      parts.append("*" + reasons.map { "\($0.prose.markdown)." }.joined(separator: " ") + "*")
    }
    rendered.markdown = parts.joined(separator: "\n\n")
    rendered.data = .object(data)
    return rendered
  }

  private func goal(_ metric: String, _ context: CellContext) -> Objective.Goal? {
    goal ?? MetricName.goal(metric, objective: context.objective)
  }

  // MARK: Groups

  struct Group {
    var label: String
    var runs: [TableRun]
  }

  /// The runs by the values of `by`, in the plan's order.
  private func groups(_ context: CellContext) throws -> [Group] {
    let table = context.runs
    var paths = by
    if paths.isEmpty {
      paths = try table.tellingPaths().filter { path in
        try Set(context.selected.map { try table.value(path, of: $0) }).count > 1
      }
    }
    let names = SettingNames(paths)
    var places: [[ParameterValue?]: Int] = [:]
    var groups: [Group] = []
    for run in context.selected {
      let key = try paths.map { try table.value($0, of: run) }
      if let place = places[key] {
        groups[place].runs.append(run)
        continue
      }
      places[key] = groups.count
      groups.append(Group(label: names.label(key, alone: table.experiment.name), runs: [run]))
    }
    return groups
  }

  /// What the others are held against: the first with a value of the settings that the baseline
  /// means, the first of all if none has one. What it says may be the same in all runs.
  private func baseGroup(
    _ groups: [Group], metric: String, _ table: RunTable
  ) throws -> Group? {
    let meant = try groups.filter { group in
      try baseline.allSatisfy { setting in
        try group.runs.allSatisfy { run in
          try table.value(setting.path, of: run)?.text == setting.value.text
        }
      }
    }
    return try meant.first { try !table.finished($0.runs, metric).isEmpty } ?? meant.first
  }

  private func value(
    _ group: Group, _ metric: String, _ table: RunTable
  ) throws -> Statistics.Interval {
    let pairs = try PairedSeeds([try table.finished(group.runs, metric)], table)
    return Statistics.interval(of: pairs.rows.map { $0[0] })
  }

  // MARK: Text

  private func table(
    _ metric: String, _ base: Group, _ own: Statistics.Interval, _ contests: [Contest],
    _ context: CellContext
  ) -> String {
    func text(_ interval: Statistics.Interval) -> String {
      interval.count == 0 ? "–" : MarkdownText.escaped(InlineFormat.interval(interval))
    }
    let arrow = MetricName.arrow(goal(metric, context))
    let rows =
      [["\(MarkdownText.escaped(base.label)) (baseline)", text(own), "", "", "\(own.count)"]]
      + contests.map { contest in
        [
          MarkdownText.escaped(contest.label), text(contest.value), text(contest.difference),
          contest.verdictText, "\(contest.difference.count)",
        ]
      }
    return MarkdownText.table(
      header: [
        "setting", MarkdownText.code(metric, inTable: true) + arrow, "difference", "verdict",
        "seeds",
      ],
      alignments: [":--", "--:", "--:", ":--", "--:"], rows: rows)
  }

  private func note(_ context: CellContext) -> String {
    "± is a 95 % interval over seeds, of differences over paired seeds; a tie is a difference "
      + "whose interval includes 0."
  }

  private func values(_ base: Group, _ verdicts: Verdicts) -> [String: CellValue] {
    let contests = verdicts.contests
    let told = contests.filter {
      !$0.difference.mean.isNaN && $0.comparison.verdict != .notComparable
    }
    let best = told.max { a, b in a.lead < b.lead } ?? contests[0]
    let isOne = told.count { $0.lead == best.lead } <= 1 || contests.count == 1
    let isComparable = best.comparison.verdict != .notComparable
    return [
      "difference": isComparable ? .interval(best.difference) : .none,
      "verdict": .text(best.verdict),
      "setting": isOne && isComparable ? .text(best.label) : .none, "baseline": .text(base.label),
      "seeds": .number(Double(best.difference.count)),
      "possibly_best": verdicts.possiblyBest.isEmpty
        ? .none : .text(verdicts.possiblyBest.joined(separator: ", ")),
      "comparisons": .number(Double(verdicts.family?.comparisons ?? 0)),
      "more_seeds": best.comparison.moreSeeds.number.map { .number(Double($0)) } ?? .none,
    ]
  }
}

extension CompareCell {
  /// A setting against the baseline in one metric.
  struct Contest {
    var label: String
    var value: Statistics.Interval
    /// The setting's less the baseline's, over the seeds that both have.
    var comparison: PairedComparison
    /// nil where nothing says which way is better.
    var goal: Objective.Goal?
    /// Why there is no difference, where there is none.
    var reason: String

    var difference: Statistics.Interval { comparison.difference }

    /// The difference, turned so that more is better.
    var lead: Double { goal == .maximize ? difference.mean : -difference.mean }

    /// better, worse, tie, unknown; higher or lower where nothing says which is better.
    var verdict: String {
      switch comparison.verdict {
      case .better: goal == nil ? "lower" : "better"
      case .worse: goal == nil ? "higher" : "worse"
      case .tie: "tie"
      case .noInterval: "unknown"
      case .notComparable: "not comparable"
      }
    }

    var verdictText: String {
      switch (comparison.verdict, comparison.moreSeeds) {
      case (.noInterval, _):
        switch difference.count {
        case 0: reason
        case 1: "one seed: no interval"
        default: difference.mean.isNaN ? "not a number" : "infinite: no interval"
        }
      case (.tie, _) where difference.mean == 0 && difference.halfWidth == 0: "the same"
      case (.tie, let more): "tie\(more.clause)"
      default: verdict
      }
    }

    var json: JSONValue {
      .object([
        "setting": .string(label), "value": CellValue.interval(value).json,
        "difference": CellValue.interval(difference).json, "verdict": .string(verdict),
        "moreSeeds": comparison.moreSeeds.number.map { .integer($0) } ?? .null,
      ])
    }
  }
}

extension CompareCell {
  /// All settings against the baseline in one metric, judged together.
  struct Verdicts {
    var contests: [Contest] = []
    /// What may still be the best, where something says which way is better.
    var possiblyBest: [String] = []
    /// nil where nothing is held against anything.
    var family: ComparisonFamily?

    init(
      _ groups: [Group], _ base: Group, metric: String, goal: Objective.Goal?, _ table: RunTable
    ) throws {
      let others = groups.filter { $0.label != base.label }
      let entries = try ([base] + others).map { try table.finished($0.runs, metric) }
      let keyed = try PairedSeeds.keyed(entries, table)
      // What is another metric in a setting takes no part.
      let comparable = try others.indices.filter { place in
        try table.incomparability(metric, [others[place].runs, base.runs], matched: true) == nil
      }
      let judged = SimultaneousComparison([keyed[0]] + comparable.map { keyed[$0 + 1] })
      family = judged.family
      for (place, group) in others.enumerated() {
        let way = goal ?? .minimize
        let mine = keyed[place + 1]
        var comparison: PairedComparison
        if let row = comparable.firstIndex(of: place) {
          comparison = judged.comparison(row + 1, against: 0, goal: way)
        } else {
          comparison = SimultaneousComparison([mine, keyed[0]]).comparison(0, against: 1, goal: way)
          if comparison.difference.count > 0 { comparison = comparison.notComparable }
        }
        func missing(_ entries: [PairedSeeds.Keyed], _ group: Group) -> String? {
          entries.isEmpty ? MissingValue.reason(group.runs.map(\.state)) : nil
        }
        contests.append(
          Contest(
            label: group.label,
            value: Statistics.interval(of: PairedSeeds([mine]).rows.map { $0[0] }),
            comparison: comparison, goal: goal,
            reason: MissingValue.reason(
              setting: missing(mine, group), baseline: missing(keyed[0], base))))
      }
      guard let goal, comparable.count == others.count else { return }
      let having = keyed.indices.filter { place in
        !keyed[place].isEmpty && keyed[place].allSatisfy { !$0.value.isNaN }
      }
      possiblyBest = judged.possiblyBest(among: having, goal: goal)
        .map { $0 == 0 ? base.label : others[$0 - 1].label }
    }

    /// The line below the table.
    var note: String? {
      guard let family else { return nil }
      let text = MarkdownText.escaped("\(family.text).")
      guard !possiblyBest.isEmpty else { return text }
      let shown =
        possiblyBest.count > 8
        ? "\(possiblyBest.count) settings"
        : Prose.list(possiblyBest.map { .text($0) }).plain
      return text
        + MarkdownText.escaped(
          possiblyBest.count == 1 ? " The best is \(shown)." : " May still be the best: \(shown).")
    }

    var json: [String: JSONValue] {
      [
        "settings": .array(contests.map(\.json)),
        "comparisons": .integer(family?.comparisons ?? 0),
        "method": family.map { .string($0.method.rawValue) } ?? .null,
        "possiblyBest": .array(possiblyBest.map { .string($0) }),
      ]
    }
  }
}

extension RunTable {
  /// Those of the runs that have a result and the metric, with its last value.
  func finished(_ runs: [TableRun], _ metric: String) throws -> [PairedSeeds.Entry] {
    try runs.filter(\.hasResult).compactMap { run in
      try last(metric, of: run).map { (run, $0) }
    }
  }

  /// Why a metric is not comparable between groups of runs; nil where it is.
  /// - Parameter matched: the groups are held against each other seed by seed.
  func incomparability(
    _ metric: String, _ groups: [[TableRun]], matched: Bool
  ) throws -> Incomparability? {
    Incomparability(
      metric,
      across: try Incomparability.paths(
        apart: groups, among: try tellingPaths(), matched: matched
      ) { try setting($0, of: $1) })
  }

  /// The value of a setting or an attribute.
  func value(_ path: String, of run: TableRun) throws -> ParameterValue? {
    guard let attribute = RunAttribute(rawValue: path) else { return try setting(path, of: run) }
    switch TableRow(table: self, run: run).attribute(attribute) {
    case .number(let value):
      return Int(exactly: value).map { .integer($0) } ?? .number(value)
    case .text(let text): return .string(text)
    case .texts(let texts): return .string(texts.joined(separator: ", "))
    case .boolean(let value): return .boolean(value)
    case .none: return nil
    }
  }
}
