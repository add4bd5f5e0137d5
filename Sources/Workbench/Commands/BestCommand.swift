import Analysis
import ArgumentParser
import Reports
import Statistics
import Store
import Text
import Values

struct BestCommand: StoreQuestion {
  static let configuration = CommandConfiguration(
    commandName: "best",
    abstract: "Say which setting of an experiment won, and how sure that is.",
    discussion: """
      The winner has the best mean of the objective over its seeds. There is none if several are \
      equally good, or if the settings are not comparable in it. All settings are compared with each \
      other over the seeds that they share, so that all intervals and verdicts hold together at 95 % \
      (docs/verdicts.md). A setting may still be the best if no other is better beyond chance; the \
      question is decided once only one such setting is left.
      """)

  @Argument(help: "An experiment's name.")
  var experiment: String

  @OptionGroup var format: JSONOption
  @OptionGroup var store: StoreOptions

  func output(_ store: RunStore, style: TerminalStyle) throws -> String {
    let best = try BestSetting(store: store, experiment: experiment)
    return format.json ? try jsonDocument(BestDocument(best)) : BestCommand.text(best, style)
  }

  static func text(_ best: BestSetting, _ style: TerminalStyle) -> String {
    guard let winner = best.winner else {
      return wrapped(withoutWinner(best, style), width: style.textWidth) + mayChange(best)
    }
    let row = best.comparison.rows[winner]
    if best.comparison.rows.count == 1 {
      let seeds =
        row.seeds < 2
        ? "; one seed, so no interval: this may be chance" : " (\(row.seeds) seeds, 95 % interval)"
      return wrapped(
        "One setting, so nothing to compare: \(printable(best.objective.metric)) "
          + "\(value(best, winner))\(seeds).\n", width: style.textWidth) + mayChange(best)
        + sampling(best)
    }
    var text = style.colored(printable(name(best, winner)), .bold)
    text += " is best in \(printable(best.objective.metric)): \(value(best, winner))"
    text += ", \(extreme(best)) of \(best.settings).\n"
    text = wrapped(text, width: style.textWidth)
    text += wrapped(verdict(best, style), width: style.textWidth)
    text += mayChange(best)
    if !best.comparison.settings.isEmpty {
      var table = TextTable(
        ["setting", "winner"] + (best.runnerUp == nil ? [] : ["runner-up"]))
      for path in best.comparison.settings {
        let others = best.runnerUp.map { [value(best.comparison.rows[$0], path)] } ?? []
        table.append([path, value(row, path)] + others)
      }
      table.append(
        [best.objective.metric, value(best, winner)]
          + (best.runnerUp.map { [value(best, $0)] } ?? []))
      table.append(
        ["seeds", String(row.seeds)]
          + (best.runnerUp.map { [String(best.comparison.rows[$0].seeds)] } ?? []))
      text += "\n" + table.rendered(style: style)
    }
    return text + sampling(best)
  }

  private static func sampling(_ best: BestSetting) -> String {
    command(best).map { "\nSample from its best run with\n  \($0)\n" } ?? ""
  }

  /// "the lowest", or "the nearest to the true 0.2500".
  private static func extreme(_ best: BestSetting) -> String {
    if best.comparison.countsDistance {
      return best.comparison.truth.map { "the nearest to the true \(NumberText.value($0))" }
        ?? "the nearest to the truth"
    }
    return best.objective.goal == .minimize ? "the lowest" : "the highest"
  }

  private static func mayChange(_ best: BestSetting) -> String {
    if best.open == 0 { return "" }
    return
      "\(DecimalText.counted(best.open, "run has", "runs have")) not finished, which may change this.\n"
  }

  /// Why no setting is best.
  private static func withoutWinner(_ best: BestSetting, _ style: TerminalStyle) -> String {
    if let reason = best.notComparable {
      return style.colored("No setting is best", .yellow) + ": \(printable(reason.sentence)). "
        + "'workbench compare \(printable(best.experiment))' puts them side by side.\n"
    }
    let metric = printable(best.objective.metric)
    let names = best.tied.map { printable(name(best, $0)) }
    let shown =
      names.count > 8
      ? "\(names.count) settings"
      : joined(names)
    return style.colored("No setting is best", .yellow) + ": \(shown) come out the same in "
      + "\(metric): \(value(best, best.tied[0])), \(extreme(best)) of \(best.settings).\n"
  }

  private static func verdict(_ best: BestSetting, _ style: TerminalStyle) -> String {
    guard let runnerUp = best.runnerUp, let lead = best.lead else { return "" }
    let name = printable(name(best, runnerUp))
    let difference = NumberText.interval(turned(lead.difference), digits: 3)
    let ahead: String
    switch lead.verdict {
    case .better: ahead = "ahead of \(name) by \(difference) over \(lead.difference.count) seeds"
    case .worse:
      // Over all its seeds the mean is better, over those that both have it is worse.
      ahead =
        "over the \(lead.difference.count) seeds that both have, \(name) is ahead by \(difference)"
    case .tie: ahead = "the lead over \(name) is \(difference), which includes 0"
    case .noInterval:
      let why =
        switch lead.difference.count {
        case 0: "no seed in common"
        case 1: "one seed in common, so no interval"
        default: "a value is infinite, so no interval"
        }
      ahead = "\(why) with \(name), the runner-up"
    case .notComparable: return ""
    }
    if best.isDecided { return style.colored("Decided", .green) + ": \(ahead)\(basis(best)).\n" }
    return style.colored("Not decided", .yellow) + ": \(ahead)\(best.moreSeeds.clause).\n"
      + candidates(best) + "\n"
  }

  /// What a decision is based on.
  private static func basis(_ best: BestSetting) -> String {
    best.family.map { " (\($0.text))" } ?? ""
  }

  /// "May still be the best: a, b and c."
  private static func candidates(_ best: BestSetting) -> String {
    let names = best.possiblyBest.map { printable(name(best, $0)) }
    let shown = names.count > 8 ? "\(names.count) settings" : joined(names)
    return "May still be the best: \(shown)\(basis(best))."
  }

  private static func joined(_ names: [String]) -> String {
    names.count < 2
      ? names.joined() : names.dropLast().joined(separator: ", ") + " and \(names.last ?? "")"
  }

  /// A lead is shown as a positive number.
  private static func turned(_ interval: Statistics.Interval) -> Statistics.Interval {
    var interval = interval
    interval.mean = abs(interval.mean)
    return interval
  }

  static func name(_ best: BestSetting, _ index: Int) -> String {
    best.comparison.name(ofRow: index)
  }

  private static func value(_ row: Comparison.Row, _ path: String) -> String {
    row.settings[path]?.text ?? "–"
  }

  private static func value(_ best: BestSetting, _ index: Int) -> String {
    best.comparison.rows[index].metrics[best.objective.metric].map { NumberText.interval($0) }
      ?? "–"
  }

  static func command(_ best: BestSetting) -> String? {
    // Imported runs have no network.
    let runs = best.comparison.groups.joined()
    guard let run = best.run, runs.first(where: { $0.id == run })?.source == nil else { return nil }
    return "workbench sample \(run.prefix(12)) -o best.png"
  }
}

/// `best --json`.
private struct BestDocument: Encodable {
  struct Setting: Encodable {
    var label: String
    var settings: [String: ParameterValue]
    var runs: [String]
    var value: IntervalDocument?

    init(_ best: BestSetting, _ index: Int) {
      let row = best.comparison.rows[index]
      label = BestCommand.name(best, index)
      settings = row.settings
      runs = row.runs
      value = row.metrics[best.objective.metric].map(IntervalDocument.init)
    }
  }

  var experiment: String
  var objective: Objective
  /// null where none is best: those of `tied` are equally good, or `notComparable` says why.
  @OrNull var winner: Setting?
  var tied: [Setting]
  @OrNull var notComparable: Incomparability?
  @OrNull var runnerUp: Setting?
  /// The winner's value less the runner-up's.
  @OrNull var difference: IntervalDocument?
  @OrNull var verdict: PairedComparison.Verdict?
  @OrNull var moreSeeds: Int?
  var decided: Bool
  /// Settings that no other is better than.
  var possiblyBest: [Setting]
  var comparisons: Int
  /// How the intervals are made; null without any.
  @OrNull var method: SimultaneousComparison.Method?
  var unfinished: Int
  @OrNull var run: String?
  @OrNull var command: String?

  init(_ best: BestSetting) {
    experiment = best.experiment
    objective = best.objective
    winner = best.winner.map { Setting(best, $0) }
    tied = best.tied.map { Setting(best, $0) }
    notComparable = best.notComparable
    runnerUp = best.runnerUp.map { Setting(best, $0) }
    difference = best.lead.map { IntervalDocument($0.difference) }
    verdict = best.lead?.verdict
    moreSeeds = best.moreSeeds.number
    decided = best.isDecided
    possiblyBest = best.possiblyBest.map { Setting(best, $0) }
    comparisons = best.family?.comparisons ?? 0
    method = best.family?.method
    unfinished = best.unfinished
    run = best.run
    command = BestCommand.command(best)
  }
}
