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
      let contests = try groups.filter { $0.label != base.label }.map {
        try Contest($0, base, metric: metric, goal: goal(metric, context), context.runs)
      }
      let own = try value(base, metric, context.runs)
      parts.append(table(metric, base, own, contests, context))
      data[metric] = .object([
        "baseline": .string(base.label), "value": CellValue.interval(own).json,
        "settings": .array(contests.map(\.json)),
      ])
      if rendered.values.isEmpty { rendered.values = values(base, contests) }
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
    let names = SettingNames.short(paths)
    var places: [[ParameterValue?]: Int] = [:]
    var groups: [Group] = []
    for run in context.selected {
      let key = try paths.map { try table.value($0, of: run) }
      if let place = places[key] {
        groups[place].runs.append(run)
        continue
      }
      places[key] = groups.count
      let parts = zip(paths, key).map { SettingNames.part(name: names[$0] ?? $0, $1) }
      groups.append(
        Group(
          label: parts.isEmpty ? table.experiment.name : parts.joined(separator: " · "),
          runs: [run]))
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

  private func values(_ base: Group, _ contests: [Contest]) -> [String: CellValue] {
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

    init(
      _ group: Group, _ base: Group, metric: String, goal: Objective.Goal?, _ table: RunTable
    ) throws {
      label = group.label
      self.goal = goal
      let mine = try table.finished(group.runs, metric)
      value = Statistics.interval(of: try PairedSeeds([mine], table).rows.map { $0[0] })
      let theirs = try table.finished(base.runs, metric)
      func missing(_ entries: [PairedSeeds.Entry], _ group: Group) -> String? {
        entries.isEmpty ? MissingValue.reason(group.runs.map(\.state)) : nil
      }
      reason = MissingValue.reason(
        setting: missing(mine, group), baseline: missing(theirs, base))
      let pairs = try PairedSeeds([mine, theirs], table)
      let comparison = PairedComparison(
        pairs.rows.map { $0[0] }, baseline: pairs.rows.map { $0[1] }, goal: goal ?? .minimize)
      let reason = try table.incomparability(metric, [group.runs, base.runs], matched: true)
      self.comparison =
        reason == nil || pairs.rows.isEmpty ? comparison : comparison.notComparable
    }

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
      case (.tie, .count(let count)):
        "tie; about \(count) more \(count == 1 ? "seed" : "seeds") would decide"
      case (.tie, .tooMany): "tie; \(comparison.moreSeeds.text) seeds would be needed"
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
