import Analysis
import Statistics
import Store
package import Text
import Values

/// The answer to the experiment's question, as far as numbers give one.
package struct Verdict: Sendable {
  /// One or two sentences.
  package var answer: Prose
  /// What each swept parameter does by itself, where there are several.
  package var effects: [Prose] = []
  /// The best setting's index.
  package var winner: Int?

  package init(_ input: ReportInput, _ settings: Settings, _ yardstick: Yardstick) {
    let ranked = yardstick.ranked(settings.all)
    guard let best = ranked.first else {
      answer = Verdict.none(input, settings, yardstick)
      return
    }
    guard settings.all.count > 1 else {
      answer = Verdict.single(best, yardstick)
      return
    }
    let tally = yardstick.tally(settings.all)
    // What was pruned was held against the others too.
    let pruned = settings.all.filter { setting in
      !ranked.contains { $0.index == setting.index }
        && setting.runs.contains { $0.state == .pruned }
    }
    if ranked.count == 1, let reason = yardstick.incomparability(ranked + pruned, settings) {
      answer = .strong("No setting is best") + ": " + reason.prose + "; \(tally.clause)."
      return
    }
    guard ranked.count > 1 else {
      winner = best.index
      answer = Verdict.only(best, tally, yardstick)
      return
    }
    if settings.all.count > 2 {
      effects = settings.paths.compactMap { Effect(of: $0, settings, yardstick)?.sentence }
    }
    if let reason = yardstick.incomparability(ranked + pruned, settings) {
      answer = .strong("No setting is best") + ": " + reason.prose + "."
      return
    }
    let leaders = yardstick.leaders(ranked)
    guard leaders.count == 1 else {
      answer = Verdict.tie(leaders, of: ranked.count, tally, yardstick)
      return
    }
    winner = best.index
    let contest = Contest(ranked, settings, yardstick)
    answer =
      settings.all.count == 2
      ? contest.sentence(yardstick) : contest.sentence(yardstick, among: tally)
  }

  /// One setting has a value.
  private static func only(
    _ setting: Setting, _ tally: SettingTally, _ yardstick: Yardstick
  ) -> Prose {
    let values: Prose = .code(yardstick.metric) + " \(value(setting, yardstick))"
    if tally.mayChange {
      return .strong("Only \(setting.label) has a result so far") + ": " + values
        + "; \(tally.clause)."
    }
    return .strong("Only \(setting.label) has a number") + ": " + values + "; \(tally.clause)."
  }

  /// Several settings share the best value.
  private static func tie(
    _ leaders: [Setting], of ranked: Int, _ tally: SettingTally, _ yardstick: Yardstick
  ) -> Prose {
    let metric = Prose.code(yardstick.metric)
    let names =
      leaders.count > 6
      ? "\(leaders.count) settings" : Prose.list(leaders.map { .text($0.label) }).plain
    let subject =
      leaders.count == tally.count && leaders.count > 2 ? "All \(leaders.count) settings" : names
    let shared = value(leaders[0], yardstick)
    if leaders.count == ranked {
      let rest = tally.exceptions.isEmpty ? "" : "; \(tally.clause)"
      return .strong("\(subject) come out the same") + " in " + metric
        + " (\(shared)), so none is best"
        + rest + "."
    }
    return .strong("\(subject) are equally good") + " in " + metric
      + " (\(shared)), the best of \(tally.text)."
  }

  private static func none(
    _ input: ReportInput, _ settings: Settings, _ yardstick: Yardstick
  ) -> Prose {
    if input.runs.contains(where: { $0.hasResult && yardstick.score($0) != nil }) {
      return .strong("No setting has a number to compare") + ": " + .code(yardstick.metric)
        + " is not a number in any run."
    }
    if input.runs.contains(where: { $0.state == .finished }) {
      return .strong("No answer:") + " no finished run has " + .code(yardstick.metric)
        + ", which was to decide. Ask for it under " + .code("evaluation.metrics")
        + ", or name another metric under " + .code("objective") + "."
    }
    return .strong("No answer yet:") + " no run has finished."
  }

  private static func single(_ setting: Setting, _ yardstick: Yardstick) -> Prose {
    .strong("One setting, so nothing to compare") + ": " + .code(yardstick.metric)
      + " \(value(setting, yardstick))" + seeds(setting.results.count, paired: false)
  }

  /// "6.2 ± 0.4".
  fileprivate static func value(_ setting: Setting, _ yardstick: Yardstick) -> String {
    setting.interval(yardstick.metric).map { DecimalText.interval($0) } ?? "–"
  }

  /// The end of a sentence: what the numbers rest on.
  fileprivate static func seeds(_ count: Int, paired: Bool) -> Prose {
    if count < 2 { return .text("; one seed, so no interval: this may be chance.") }
    let kind = paired ? "95 % interval of the paired difference" : "95 % interval"
    return .text(" (\(count) seeds, \(kind)).")
  }
}

/// The best setting against the next, and what else may be the best.
private struct Contest {
  var best, next: Setting
  /// Score of `next` less that of `best`, turned so that positive is better, over shared seeds.
  var lead: Statistics.Interval
  /// Whether none but `best` may be the best.
  var isDecided: Bool
  /// The others that may be.
  var rivals: [Setting]
  var moreSeeds: PairedComparison.MoreSeeds
  var family: ComparisonFamily?

  /// - Parameter ranked: the settings with a number, the best first; two at least.
  init(_ ranked: [Setting], _ settings: Settings, _ yardstick: Yardstick) {
    (best, next) = (ranked[0], ranked[1])
    let judged = SimultaneousComparison(
      ranked.map { setting in
        setting.results.compactMap { run in
          yardstick.score(run).map {
            PairedSeeds.Keyed(key: [], seed: settings.pairKey(run), value: $0)
          }
        }
      })
    family = judged.family
    let candidates = judged.possiblyBest(
      among: Array(ranked.indices), goal: yardstick.goal)
    isDecided = candidates == [0]
    rivals = candidates.filter { $0 != 0 }.map { ranked[$0] }
    moreSeeds = judged.moreSeeds(toDecideFor: 0, among: candidates, goal: yardstick.goal)
    lead =
      yardstick.goal == .minimize ? judged.difference(1, 0) : judged.difference(0, 1)
    if lead.count == 0 {
      let difference =
        (yardstick.interval(best)?.mean ?? .nan) - (yardstick.interval(next)?.mean ?? .nan)
      lead = .init(mean: abs(difference), halfWidth: nil, count: 0)
    }
  }

  /// - Parameter among: all settings that were asked for; nil for two, whose names say it all.
  func sentence(_ yardstick: Yardstick, among tally: SettingTally? = nil) -> Prose {
    // That of a winner's rivals some came to nothing belongs to the answer.
    let rest =
      tally.map { $0.exceptions.isEmpty ? "" : " O\($0.clause.dropFirst())." } ?? ""
    let metric = Prose.code(yardstick.metric)
    let values: Prose =
      .text("\(Verdict.value(best, yardstick)) against \(Verdict.value(next, yardstick))")
    if lead.mean == 0 {
      return .strong("\(best.label) and \(next.label) come out the same") + " in " + metric + " ("
        + values + ")" + ending + rest
    }
    let lead = DecimalText.interval(self.lead, digits: 3)
    // Without an interval there is a lead, and no more is said of it.
    let hasNoInterval = self.lead.halfWidth == nil
    let doubt = hasNoInterval || isDecided ? "" : doubt
    let after = Prose.text(rest) + candidates
    if let truth = yardstick.truth {
      let truth = DecimalText.significant(truth, digits: 4)
      return .strong("\(best.label) comes closest to the true \(truth)") + " in " + metric
        + ", nearer by \(lead) than \(next.label)\(doubt): " + values + ending + after
    }
    guard hasNoInterval || isDecided else {
      return .strong("No clear winner: \(best.label) is ahead of \(next.label) by \(lead)")
        + " in " + metric + "\(doubt): " + values + ending + after
    }
    guard let tally else {
      return .strong("\(best.label) beats \(next.label) by \(lead)") + " in " + metric + ": "
        + values + ending
    }
    guard tally.exceptions.isEmpty else {
      return .strong("\(best.label) is the best of \(tally.text)") + ". In " + metric
        + " it is ahead of \(next.label) by \(lead): " + values + ending
    }
    return .strong("\(best.label) is the best of \(tally.text)") + " in " + metric
      + ", ahead of \(next.label) by \(lead): " + values + ending
  }

  /// Why it is not decided.
  private var doubt: String {
    lead.excludes(0) == true
      ? ", and another setting may still be the best" : ", and the interval includes no difference"
  }

  /// What may still be the best, and what would decide.
  private var candidates: Prose {
    guard lead.halfWidth != nil, !isDecided else { return .text("") }
    let names = ([best] + rivals).map { Prose.text($0.label) }
    let shown = names.count > 8 ? Prose.text("\(names.count) settings") : Prose.list(names)
    return Prose.text(" May still be the best: ") + shown + moreSeeds.clause + "."
  }

  private var ending: Prose {
    if lead.count == 0 { return .text("; no seed in common, so no interval: this may be chance.") }
    if lead.count > 1, lead.halfWidth == nil {
      return .text("; a value is infinite, so no interval.")
    }
    guard lead.count > 1, let family else { return Verdict.seeds(lead.count, paired: true) }
    return .text(" (\(lead.count) seeds; \(family.text)).")
  }
}

/// What one parameter does, averaged over everything else that was swept.
private struct Effect {
  var sentence: Prose

  /// nil where the rest of the sweep is not the same for every value of it.
  init?(of path: String, _ settings: Settings, _ yardstick: Yardstick) {
    let others = settings.paths.filter { $0 != path }
    var values: [ParameterValue?] = []
    // By the rest of the sweep, then by the value of `path`.
    var cells: [[ParameterValue?]: [ParameterValue?: Setting]] = [:]
    for setting in settings.all {
      let value = setting.values[path]
      if !values.contains(value) { values.append(value) }
      cells[others.map { setting.values[$0] }, default: [:]][value] = setting
    }
    // Scores of a value, averaged over the cells, by seed; only seeds that every cell has.
    func scores(_ setting: Setting) -> [String: Double] {
      var scores: [String: Double] = [:]
      for run in setting.results { scores[settings.pairKey(run)] = yardstick.score(run) }
      return scores
    }
    let complete = cells.mapValues { cell in values.map { cell[$0].map(scores) ?? [:] } }
      .filter { $0.value.allSatisfy { !$0.isEmpty } }
    // A part of the sweep in which nothing is a number tells nothing of `path`.
    let void = complete.filter { $0.value.allSatisfy { $0.values.allSatisfy(\.isNaN) } }.keys
    let table = complete.filter { !void.contains($0.key) }.map(\.value)
    guard values.count > 1, !table.isEmpty, !others.isEmpty else { return nil }
    if yardstick.truth == nil, let reason = Incomparability(yardstick.metric, across: [path]) {
      sentence = .code(path) + ": not comparable, since \(reason.why)"
      return
    }
    func name(_ value: Int) -> String { values[value]?.text ?? "none" }
    func listed(_ names: [String]) -> String { Prose.list(names.map { .text($0) }).plain }
    // What is no number for one of its seeds has no mean.
    let (broken, sound) = values.indices.reduce(into: ([Int](), [Int]())) { parts, value in
      let isBroken = table.contains { $0[value].values.contains { $0.isNaN } }
      if isBroken { parts.0.append(value) } else { parts.1.append(value) }
    }
    var notes: [String] = []
    if !broken.isEmpty { notes.append("\(listed(broken.map(name))) ended in NaN") }
    if !void.isEmpty {
      let names = settings.all.filter { setting in
        void.contains(others.map { setting.values[$0] })
      }.map { setting in
        zip(settings.paths, setting.parts).filter { $0.0 != path }.map(\.1)
          .joined(separator: " · ")
      }
      var unique: [String] = []
      for name in names where !unique.contains(name) { unique.append(name) }
      notes.append(
        "without \(unique.count > 4 ? "\(unique.count) of the other settings" : listed(unique)), "
          + "where nothing is a number")
    }
    let note = notes.isEmpty ? "" : "; " + notes.joined(separator: "; ")
    guard sound.count > 1 else {
      if broken.isEmpty { return nil }
      sentence =
        .code(path)
        + (sound.isEmpty
          ? ": no value has a number in all its runs"
          : ": only \(name(sound[0])) has numbers\(note)")
      return
    }
    let seeds = (table.first?.first ?? [:]).keys.sorted().filter { seed in
      table.allSatisfy { cell in sound.allSatisfy { cell[$0][seed] != nil } }
    }
    guard !seeds.isEmpty else { return nil }
    let means: [Int: [Double]] = sound.reduce(into: [:]) { means, value in
      means[value] = seeds.map { seed in
        // Sorted, for the order of cells is a dictionary's and sums would follow it.
        table.compactMap { $0[value][seed] }.sorted().reduce(0, +) / Double(table.count)
      }
    }
    func scores(of value: Int) -> [Double] { means[value] ?? [] }
    func mean(_ value: Int) -> Double { Statistics.interval(of: scores(of: value)).mean }
    let order = sound.sorted { a, b in
      if mean(a) == mean(b) { return a < b }
      return yardstick.goal == .minimize ? mean(a) < mean(b) : mean(a) > mean(b)
    }
    let (best, next) = (order[0], order[1])
    let judged = SimultaneousComparison(order.map { scores(of: $0).map(Optional.some) })
    let lead =
      yardstick.goal == .minimize ? judged.difference(1, 0) : judged.difference(0, 1)
    let candidates = judged.possiblyBest(among: Array(order.indices), goal: yardstick.goal)
    let text = DecimalText.interval(lead, digits: 3)
    let outcome: String
    if lead.mean == 0 {
      let same = order.prefix { mean($0) == mean(best) }.map(name)
      outcome = "\(Prose.list(same.map { .text($0) }).plain) come out the same"
    } else if lead.halfWidth == nil || candidates == [0] {
      let verb =
        sound.count > 2
        ? "is best, ahead of" : yardstick.truth == nil ? "beats" : "comes closer than"
      outcome = "\(name(best)) \(verb) \(name(next)) by \(text)"
    } else {
      outcome = "no clear difference (\(name(best)) ahead of \(name(next)) by \(text))"
    }
    sentence = .code(path) + ": \(outcome)\(note)"
  }
}
