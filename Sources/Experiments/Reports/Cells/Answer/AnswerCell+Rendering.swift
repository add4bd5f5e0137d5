import Analysis
import ExperimentFiles
import Statistics
import Store
import Text
import Values

extension AnswerCell: RenderableCell {
  func render(_ context: CellContext) throws -> RenderedCell {
    let table = context.runs
    if let nothing = context.nothingSelected { return nothing }
    let comparison = try table.comparison(
      of: context.selected, objective: try objective(table), metrics: [], knowsTruth: goal == nil)
    let answer = Answer(comparison, table.experiment.name)
    var parts = [answer.sentence.markdown]
    if !answer.effects.isEmpty {
      parts.append("Each parameter by itself, averaged over the others:")
      parts.append(answer.effects.map { "- \($0.markdown)" }.joined(separator: "\n"))
    }
    var rendered = RenderedCell(parts.joined(separator: "\n\n"))
    rendered.answer =
      ([answer.sentence] + answer.effects).map(\.plain).joined(separator: "\n")
    let best = answer.best
    rendered.values = [
      "setting": best?.winner.map { .text(comparison.name(ofRow: $0)) } ?? .none,
      "decided": best.map { .boolean($0.isDecided) } ?? .none,
      "lead": best?.turnedLead.map { .interval($0) } ?? .none,
    ]
    return rendered
  }

  /// nil: the table's.
  private func objective(_ table: RunTable) throws -> Objective? {
    let metric = metric ?? table.objective.metric
    if let goal { return Objective(metric: metric, goal: goal) }
    if metric == table.objective.metric { return nil }
    guard let goal = table.goal(metric) else {
      throw CellError(
        "nothing says which way \(metric) is better", hint: "set goal: minimize or maximize")
    }
    return Objective(metric: metric, goal: goal)
  }
}

/// Which setting is better, as far as numbers say.
struct Answer {
  /// One or two sentences.
  private(set) var sentence: Prose
  /// What each swept parameter does by itself, where there are several.
  private(set) var effects: [Prose] = []
  /// nil where no setting has a number.
  let best: BestSetting?

  init(_ comparison: Comparison, _ experiment: String) {
    best = BestSetting(of: comparison, experiment: experiment)
    let rows = comparison.rows.count
    guard let best else {
      sentence = Answer.none(comparison)
      return
    }
    let metric = best.objective.metric
    let ranked = comparison.leaders().ranked
    guard rows > 1 else {
      sentence =
        .strong("One setting, so nothing to compare") + ": " + .code(metric)
        + " \(comparison.value(ofRow: ranked[0]))"
        + Answer.basis(comparison.rows[ranked[0]].score?.count ?? 0)
      return
    }
    let tally = comparison.tally(metric)
    if ranked.count == 1 {
      sentence =
        best.notComparable.map {
          .strong("No setting is best") + ": " + $0.prose + "; \(tally.clause)."
        }
        ?? Answer.only(ranked[0], comparison, tally)
      return
    }
    if rows > 2 {
      effects = comparison.settings.compactMap { ParameterEffect(of: $0, comparison)?.sentence }
    }
    if let reason = best.notComparable {
      sentence = .strong("No setting is best") + ": " + reason.prose + "."
    } else if !best.tied.isEmpty {
      sentence = Answer.tie(best, of: ranked.count, tally)
    } else {
      sentence = Lead(best).sentence(among: rows == 2 ? nil : tally)
    }
  }

  /// One setting has a value.
  private static func only(_ row: Int, _ comparison: Comparison, _ tally: SettingTally) -> Prose {
    let name = comparison.name(ofRow: row)
    return .strong(
      tally.mayChange ? "Only \(name) has a result so far" : "Only \(name) has a number")
      + ": " + .code(comparison.objective?.metric ?? "")
      + " \(comparison.value(ofRow: row)); \(tally.clause)."
  }

  /// Several settings share the best value.
  private static func tie(_ best: BestSetting, of ranked: Int, _ tally: SettingTally) -> Prose {
    let names = best.tied.map(best.comparison.name)
    let subject =
      names.count == tally.count && names.count > 2
      ? "All \(names.count) settings"
      : names.count > 6 ? "\(names.count) settings" : Prose.list(names.map { .text($0) }).plain
    let shared = best.comparison.value(ofRow: best.tied[0])
    let metric = Prose.code(best.objective.metric) + " (\(shared))"
    if names.count == ranked {
      let rest = tally.exceptions.isEmpty ? "" : "; \(tally.clause)"
      return .strong("\(subject) come out the same") + " in " + metric + ", so none is best\(rest)."
    }
    return .strong("\(subject) are equally good") + " in " + metric + ", the best of \(tally.text)."
  }

  private static func none(_ comparison: Comparison) -> Prose {
    let metric = Prose.code(comparison.objective?.metric ?? "")
    if comparison.rows.contains(where: { $0.score != nil }) {
      return .strong("No setting has a number to compare") + ": " + metric
        + " is not a number in any run."
    }
    if comparison.rows.contains(where: { $0.finished > 0 }) {
      return .strong("No answer:") + " no finished run has " + metric
        + ", the metric that decides: " + .code("evaluation.metrics")
        + " says what is measured, " + .code("objective") + " what decides."
    }
    return .strong("No answer yet:") + " no run has finished."
  }

  /// The end of a sentence: what a mean rests on.
  private static func basis(_ seeds: Int) -> Prose {
    seeds < 2
      ? .text("; one seed, so no interval: this may be chance.")
      : .text(" (\(seeds) seeds, 95 % interval).")
  }
}

extension Comparison {
  /// "6.2 ± 0.4": what a row has of the objective.
  fileprivate func value(ofRow row: Int) -> String {
    // Of the machine `metrics` has the median, which is not what decides.
    let value =
      countsDistance ? objective.flatMap { rows[row].metrics[$0.metric] } : rows[row].score
    return value.map { DecimalText.interval($0) } ?? "–"
  }
}

extension BestSetting {
  /// How far the winner is ahead, turned so that positive is better; of means without a seed in common, their
  /// difference.
  fileprivate var turnedLead: Statistics.Interval? {
    guard let lead, let winner, let runnerUp else { return nil }
    var turned = lead.difference
    if turned.count == 0 {
      let scores = [winner, runnerUp].map { comparison.rows[$0].score?.mean ?? .nan }
      return .init(mean: abs(scores[0] - scores[1]), halfWidth: nil, count: 0)
    }
    if objective.goal == .minimize { turned.mean = 0 - turned.mean }
    return turned
  }
}

/// The best setting and the next.
private struct Lead {
  private let best: BestSetting
  private let winner: String
  private let next: String
  private let lead: Statistics.Interval
  private let values: Prose

  /// - Parameter best: with a winner and a runner-up.
  init(_ best: BestSetting) {
    self.best = best
    let places = [best.winner, best.runnerUp].compactMap { $0 }
    let names = places.map(best.comparison.name)
    (winner, next) = (names.first ?? "", names.last ?? "")
    lead = best.turnedLead ?? .init(mean: .nan, halfWidth: nil, count: 0)
    values = .text(places.map(best.comparison.value(ofRow:)).joined(separator: " against "))
  }

  /// - Parameter among: all settings that were asked for; nil for two, whose names say it all.
  func sentence(among tally: SettingTally?) -> Prose {
    // That of a winner's rivals some came to nothing belongs to the answer.
    let rest =
      tally.map { $0.exceptions.isEmpty ? "" : " O\($0.clause.dropFirst())." } ?? ""
    let metric = Prose.code(best.objective.metric)
    if lead.mean == 0 {
      return .strong("\(winner) and \(next) come out the same") + " in " + metric + " (" + values
        + ")" + ending + rest
    }
    let lead = DecimalText.interval(self.lead, digits: 3)
    // Without an interval there is a lead, and no more is said of it.
    let isOpen = self.lead.halfWidth != nil && !best.isDecided
    let after = Prose.text(rest) + (isOpen ? candidates : .text(""))
    if self.lead.mean < 0 {
      return .strong("No clear winner: \(winner) has the best mean") + " in " + metric + " ("
        + values
        + "), but over the \(self.lead.count == 1 ? "one seed" : "\(self.lead.count) seeds") that both "
        + "have \(next) is ahead by \(DecimalText.interval(turned(self.lead), digits: 3))." + rest
        + (best.family == nil ? .text("") : candidates)
    }
    if best.comparison.countsDistance {
      let truth = best.comparison.truth.map { "true \(DecimalText.significant($0, digits: 4))" }
      return .strong("\(winner) comes closest to the \(truth ?? "truth")") + " in " + metric
        + ", nearer by \(lead) than \(next)\(isOpen ? doubt : ""): " + values + ending + after
    }
    if isOpen {
      return .strong("No clear winner: \(winner) is ahead of \(next) by \(lead)") + " in " + metric
        + "\(doubt): " + values + ending + after
    }
    guard let tally else {
      return .strong("\(winner) beats \(next) by \(lead)") + " in " + metric + ": " + values
        + ending
    }
    guard tally.exceptions.isEmpty else {
      return .strong("\(winner) is the best of \(tally.text)") + ". In " + metric
        + " it is ahead of \(next) by \(lead): " + values + ending
    }
    return .strong("\(winner) is the best of \(tally.text)") + " in " + metric
      + ", ahead of \(next) by \(lead): " + values + ending
  }

  private func turned(_ interval: Statistics.Interval) -> Statistics.Interval {
    .init(mean: -interval.mean, halfWidth: interval.halfWidth, count: interval.count)
  }

  /// Why it is not decided.
  private var doubt: String {
    lead.excludes(0) == true
      ? ", and another setting may still be the best" : ", and the interval includes no difference"
  }

  /// What may still be the best, and what would decide.
  private var candidates: Prose {
    let names = best.possiblyBest.map { Prose.text(best.comparison.name(ofRow: $0)) }
    let shown = names.count > 8 ? Prose.text("\(names.count) settings") : Prose.list(names)
    return Prose.text(" May still be the best: ") + shown + best.moreSeeds.clause + "."
  }

  private var ending: Prose {
    switch lead.count {
    case 0: return .text("; no seed in common, so no interval: this may be chance.")
    case 1: return .text("; one seed, so no interval: this may be chance.")
    case _ where lead.halfWidth == nil: return .text("; a value is infinite, so no interval.")
    default:
      let seeds = "\(lead.count) seeds; "
      return .text(" (\(seeds)\(best.family?.text ?? "95 % interval of the paired difference")).")
    }
  }
}
