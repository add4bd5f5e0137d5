import Statistics
import Store
import Text
import Values

extension RunExplanation {
  /// What came out, whether it is more than chance, what differs, where it begins to show.
  package func paragraph() -> String {
    if a.id == b.id { return "Both are the same run." }
    return [
      outcomeSentence, noiseSentence, settingsSentence, causeSentence, inputsSentence,
      partingSentence,
    ].filter { !$0.isEmpty }.joined(separator: " ")
  }

  private var outcomeSentence: String {
    guard let outcome else {
      let unfinished = [a, b].filter { $0.state != .finished }
      let why =
        unfinished.isEmpty
        ? ""
        : " ("
          + unfinished.map { "\($0.name) is \($0.state.rawValue)" }
          .joined(separator: ", ") + ")"
      return "No metric says which of them did better\(why)."
    }
    let metric = outcome.metric
    guard !outcome.difference.isNaN else {
      if outcome.a.isNaN, outcome.b.isNaN { return "\(metric) is not a number in either of them." }
      // ∞ − ∞
      guard outcome.a.isNaN || outcome.b.isNaN else {
        return "\(metric) is infinite in both of them."
      }
      return "\(metric) is not a number in \(outcome.b.isNaN ? b.name : a.name)."
    }
    if outcome.difference == 0 {
      return "Both come out the same in \(metric): \(number(outcome.a))."
    }
    if let reason = outcome.notComparable {
      return
        "\(metric) is \(number(outcome.a)) in \(a.name) and \(number(outcome.b)) in \(b.name), "
        + "and neither did better: \(reason.sentence)."
    }
    let isLower = outcome.difference < 0
    let values = "\(number(outcome.b)) against \(number(outcome.a))"
    let by = "\(number(abs(outcome.difference), digits: 3)) \(isLower ? "lower" : "higher")"
    if let truth = outcome.truth {
      let isNearer = abs(outcome.b - truth) < abs(outcome.a - truth)
      let (near, far) = isNearer ? (b, a) : (a, b)
      return "\(near.name) came closer to the true \(number(truth)) than \(far.name): "
        + "\(metric) is \(values), \(by)."
    }
    guard let goal = outcome.goal else {
      return "\(metric) is \(values): \(by) in \(b.name) than in \(a.name)."
    }
    let word = (goal == .minimize) == isLower ? "better" : "worse"
    return "\(b.name) did \(word) than \(a.name): \(metric) is \(values), \(by)."
  }

  private var noiseSentence: String {
    guard let outcome, outcome.difference != 0, !outcome.difference.isNaN,
      outcome.notComparable == nil
    else { return "" }
    guard let noise = outcome.noise else {
      return
        "Nothing was repeated with another seed, so there is no telling how much of that is chance."
    }
    let basis =
      "two runs of one setting differ by less than \(number(noise.reach, digits: 2)) in 95 % of "
      + "cases, estimated from \(noise.runs) runs of \(counted(noise.settings, "repeated setting"))"
    guard outcome.verdict == .beyondSeeds else {
      return "Another seed alone makes as large a difference (\(basis)), so this may be chance."
    }
    let times =
      noise.reach > 0
      ? "\(number(abs(outcome.difference) / noise.reach, digits: 2)) times" : "more than"
    return "That is \(times) the difference that another seed makes (\(basis))."
  }

  private var settingsSentence: String {
    guard let settings = outcome?.settings else { return "" }
    let interval = Statistics.Interval(
      mean: settings.mean, halfWidth: settings.halfWidth, count: settings.seeds)
    let text = DecimalText.interval(interval, digits: 3)
    let what = outcome?.truth == nil ? "difference" : "difference of their distances from the truth"
    let over = "Over the \(settings.seeds) seeds that both settings have, the \(what) is \(text)"
    switch settings.verdict {
    case .noInterval, .notComparable: return "\(over)."
    case .better, .worse: return "\(over), so it holds."
    case .tie: return "\(over), which includes 0\(settings.advice)."
    }
  }

  private var causeSentence: String {
    let seeds = difference.settings.filter { RunStore.isSeed($0.key) }
    let others = difference.settings.filter { !RunStore.isSeed($0.key) }
    func listed(_ changes: [RunDifference.Change]) -> String {
      let shown = changes.prefix(3).map { change in
        "\(change.key) (\(excerpt(change.a)), then \(excerpt(change.b)))"
      }.joined(separator: ", ")
      return changes.count > 3 ? "\(shown) and \(changes.count - 3) more" : shown
    }
    let code = difference.environment.filter { RunExplanation.isCode($0.key) }
    let machine = difference.environment.filter { !RunExplanation.isCode($0.key) }
    let around: String
    switch (code.isEmpty, machine.isEmpty) {
    case (true, true): around = "code and machine are the same"
    case (false, true): around = "the code differs too (\(names(code)))"
    case (true, false): around = "the machine differs too (\(names(machine)))"
    case (false, false):
      around = "code and machine differ too (\(names(code + machine)))"
    }
    if !others.isEmpty {
      let also = seeds.isEmpty ? "" : ", and the seed"
      return
        "They differ in \(counted(others.count, "setting")), \(listed(others))\(also); \(around)."
    }
    if !seeds.isEmpty { return "They differ only in \(listed(seeds)); \(around)." }
    return "Their settings are the same; \(around)."
  }

  private var inputsSentence: String {
    difference.inputs.map { change in
      switch change.key {
      case NamedInput.data.name: "They were trained on different data."
      case NamedInput.heldOut.name: "They were measured against different held-out images."
      case NamedInput.guide.name:
        "Their samples were guided by different networks (\(change.a ?? ""); then \(change.b ?? ""))."
      case NamedInput.inception.name: "They were measured by different Inception networks."
      case NamedInput.schedule.name: "The numbers of their noise schedules differ."
      default: "They began with different weights (\(change.a ?? ""); then \(change.b ?? ""))."
      }
    }.joined(separator: " ")
  }

  private var partingSentence: String {
    guard let parting else {
      let both = difference.metrics.contains { RunExplanation.isCurve($0) }
      return both ? "Their curves are the same at every step." : ""
    }
    var text = "Their curves separate at step \(parting.step), in \(parting.metric)"
    if let visible = visibleParting, visible != parting {
      text += ", and first differ by more than 1 % at step \(visible.step)"
      if visible.metric != parting.metric { text += " (\(visible.metric))" }
    }
    return text + "."
  }

  // MARK: Words

  private static func isCurve(_ metric: RunDifference.Metric) -> Bool {
    metric.name.hasPrefix("train/") && metric.commonSteps > 1
  }

  private static func isCode(_ key: String) -> Bool {
    key.hasPrefix("git.") || key == "program.version"
  }

  private func names(_ changes: [RunDifference.Change]) -> String {
    let shown = changes.prefix(3).map(\.key).joined(separator: ", ")
    return changes.count > 3 ? "\(shown), …" : shown
  }

  private func number(_ value: Double, digits: Int = 4) -> String {
    DecimalText.significant(value, digits: digits)
  }

  private func counted(_ count: Int, _ noun: String) -> String {
    "\(count == 1 ? "one" : String(count)) \(noun)\(count == 1 ? "" : "s")"
  }

  private func excerpt(_ text: String?) -> String {
    guard let text else { return "none" }
    return text.count > 40 ? text.prefix(40) + "…" : text
  }
}
