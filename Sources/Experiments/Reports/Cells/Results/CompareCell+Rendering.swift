import Analysis
import ExperimentFiles
import Statistics
import Store
import Text
import Values

extension CompareCell: RenderableCell {
  func render(_ context: CellContext) throws -> RenderedCell {
    let names = metrics.isEmpty ? [context.objective.metric] : metrics
    var comparison = try context.runs.comparison(
      of: context.selected, by: by, metrics: names, also: baseline.map(\.path))
    guard let first = comparison.rows.indices.first else {
      return RenderedCell("*There is no run to compare.*")
    }
    guard comparison.rows.count > 1 else {
      let name = MarkdownText.escaped(comparison.name(ofRow: first))
      return RenderedCell("*There is only one setting, and nothing to compare it with: \(name).*")
    }
    guard let base = baseRow(comparison, metric: names[0]) else {
      let wanted = baseline.map { "\($0.path): \($0.value.text)" }.joined(separator: ", ")
      throw CellError("no run has the baseline's setting \(wanted)")
    }
    var rendered = RenderedCell()
    var parts: [String] = []
    var reasons: [String] = []
    var data: [String: JSONValue] = [:]
    for metric in names {
      let goal = goal ?? context.runs.goal(metric)
      comparison.hold(againstRow: base, metric: metric, goal: goal)
      let verdicts = Verdicts(comparison, base, metric)
      parts.append(table(verdicts))
      if let note = verdicts.note { parts.append("*\(note)*") }
      if let reason = comparison.notHeld { reasons.append("\(reason.prose.markdown).") }
      data[metric] = verdicts.json
      if rendered.values.isEmpty { rendered.values = values(verdicts) }
    }
    parts.append(
      "*± is a 95 % interval over seeds, of differences over paired seeds; a tie is a difference "
        + "whose interval includes 0.*")
    reasons += names.compactMap(comparison.truthNote).map(MarkdownText.escaped)
    if !reasons.isEmpty { parts.append("*\(reasons.joined(separator: " "))*") }
    rendered.markdown = parts.joined(separator: "\n\n")
    rendered.data = .object(data)
    return rendered
  }

  /// What the others are held against: the first with a value of the settings that the baseline
  /// means, the first of all if none has one. What it says may be the same in all runs.
  private func baseRow(_ comparison: Comparison, metric: String) -> Int? {
    let meant = comparison.rows.indices.filter { row in
      comparison.groups[row].allSatisfy { run in
        baseline.allSatisfy { run.parameters[$0.path]?.text == $0.value.text }
      }
    }
    return meant.first { comparison.rows[$0].metrics[metric] != nil } ?? meant.first
  }

  private func table(_ verdicts: Verdicts) -> String {
    func text(_ interval: Statistics.Interval) -> String {
      interval.count == 0 ? "–" : MarkdownText.escaped(InlineFormat.interval(interval))
    }
    let own = verdicts.own
    let rows =
      [
        [
          "\(MarkdownText.escaped(verdicts.baseline)) (baseline)", text(own), "", "",
          "\(own.count)",
        ]
      ]
      + verdicts.contests.map { contest in
        [
          MarkdownText.escaped(contest.label), text(contest.value), text(contest.difference),
          contest.verdictText, "\(contest.difference.count)",
        ]
      }
    let metric = MarkdownText.code(verdicts.metric, inTable: true)
    return MarkdownText.table(
      header: [
        "setting", metric + MetricName.arrow(verdicts.countsDistance ? nil : verdicts.goal),
        "difference", "verdict", "seeds",
      ],
      alignments: [":--", "--:", "--:", ":--", "--:"], rows: rows)
  }

  private func values(_ verdicts: Verdicts) -> [String: CellValue] {
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
      "setting": isOne && isComparable && !told.isEmpty ? .text(best.label) : .none,
      "baseline": .text(verdicts.baseline),
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

  /// All settings against the baseline in one metric, judged together.
  struct Verdicts {
    let metric: String
    /// nil where nothing says which way is better.
    let goal: Objective.Goal?
    /// Whether lower means nearer to the truth.
    let countsDistance: Bool
    let baseline: String
    /// The baseline's value.
    let own: Statistics.Interval
    let contests: [Contest]
    /// What may still be the best, where something says which way is better.
    let possiblyBest: [String]
    /// nil where nothing is held against anything.
    let family: ComparisonFamily?

    /// - Parameter comparison: whose rows are held against `base` in the metric.
    init(_ comparison: Comparison, _ base: Int, _ metric: String) {
      func value(_ row: Int) -> Statistics.Interval {
        comparison.interval(ofRow: row) { Comparison.value(metric, of: $0) }
          ?? .init(mean: .nan, halfWidth: nil, count: 0)
      }
      let goal = comparison.heldGoal
      (self.metric, self.goal, family) = (metric, goal, comparison.family)
      countsDistance = comparison.truthNote(metric) != nil
      baseline = comparison.name(ofRow: base)
      own = value(base)
      let others = comparison.rows.indices.filter { $0 != base }
      contests = others.compactMap { row in
        comparison.rows[row].held.map { held in
          Contest(
            label: comparison.name(ofRow: row), value: value(row), comparison: held.comparison,
            goal: goal, reason: comparison.whyNotHeld(row))
        }
      }
      let best = goal.flatMap { goal in
        comparison.notHeld == nil
          ? comparison.possiblyBest(of: [base] + others, metric, goal).rows : nil
      }
      possiblyBest = (best ?? []).map(comparison.name)
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

    var json: JSONValue {
      .object([
        "baseline": .string(baseline), "value": CellValue.interval(own).json,
        "settings": .array(contests.map(\.json)),
        "comparisons": .integer(family?.comparisons ?? 0),
        "method": family.map { .string($0.method.rawValue) } ?? .null,
        "possiblyBest": .array(possiblyBest.map { .string($0) }),
      ])
    }
  }
}
