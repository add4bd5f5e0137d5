import Analysis
import ArgumentParser
import Exchange
import Statistics
import Store
import Text
import Values

struct CompareCommand: StoreQuestion {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare settings: what differs between runs beside their results.",
    discussion: """
      Each row is a setting: the mean of its finished runs' last values ± the 95 % interval over \
      seeds (Student's t below ten seeds, bootstrap-t from ten on). Whatever else differs between \
      its runs is averaged within each seed first; seeds that lack some of it are left out. n \
      counts the seeds, missing the runs that have not ended, pruned those that a rule of the sweep has \
      ended, failed those that failed or crashed. Of a setting that was pruned in all its runs, what \
      they measured last stands in brackets. The best row by the experiment's objective is marked, unless all are the same or \
      not comparable. Times, speeds and memory are medians, with the lowest and the highest run's.

      With --baseline the other rows are compared with it, over the seeds that both have: the \
      difference with its interval, better, worse or tie (the interval includes 0), and how many more \
      seeds would decide. All intervals and verdicts of the table hold together at 95 % \
      (docs/verdicts.md). If several rows have the baseline's value, each other row is compared with \
      the one that matches it in everything else.
      """)

  @Argument(help: "An experiment's name, or runs (see 'show --help').")
  var references: [String] = []

  @Option(
    help: ArgumentHelp(
      "Group runs by this setting alone; average over the rest.", valueName: "key"))
  var by: [String] = []

  @Option(
    help: ArgumentHelp(
      "Show this metric (may be repeated; the first is compared with the baseline).",
      valueName: "metric"))
  var metric: [String] = []

  @Option(
    help: ArgumentHelp(
      "Compare rows with this one: a value like 'linear', 'schedule=linear', or a run's label.",
      valueName: "value"))
  var baseline: String?

  @Option(
    help: ArgumentHelp(
      "Which way is better, where the metric's name does not say: minimize or maximize.",
      valueName: "goal"), transform: CompareCommand.goal)
  var goal: Objective.Goal?

  @Option(
    name: .customLong("where"),
    help: ArgumentHelp(
      "Only runs for which this holds (see 'runs --help').", valueName: "condition"))
  var condition: String?

  @OptionGroup var table: TableOptions
  @OptionGroup var store: StoreOptions

  private static func goal(_ word: String) throws -> Objective.Goal {
    guard let goal = Objective.Goal(rawValue: word) else {
      throw ValidationError("--goal is minimize or maximize, not '\(printable(word))'.")
    }
    return goal
  }

  func validate() throws {
    if references.isEmpty, condition == nil {
      throw ValidationError("Name an experiment or runs, or say --where.")
    }
    if by.count > 1 {
      throw ValidationError("--by takes one setting; a 'compare' cell of a report takes several.")
    }
    if goal != nil, baseline == nil {
      throw ValidationError("--goal says which way is better than a --baseline.")
    }
  }

  func output(_ store: RunStore, style: TerminalStyle) throws -> String {
    var (runs, objective) = try subject(store)
    if let condition { runs = try RunFilter.filtered(runs, where: condition) }
    if metric.isEmpty || metric.contains(Comparison.speed) {
      runs = try store.withMedians(of: Comparison.speed, runs)
    }
    var comparison = try Comparison(of: runs, objective: objective, by: by.first, metrics: metric)
    if let baseline { try comparison.hold(against: baseline, metric: metric.first, goal: goal) }
    return table.json
      ? try jsonDocument(ComparisonDocument(comparison))
      : comparison.table(inFull: table.csv).rendered(table.format, style: style)
        + (table.csv
          ? "" : comparison.notes.map { "\n" + wrapped($0, width: style.textWidth) }.joined())
  }

  /// The runs to compare, and the objective they share.
  private func subject(_ store: RunStore) throws -> ([RunSummary], Objective?) {
    let objectives = try store.objectives()
    if references.count == 1, let objective = objectives[references[0]] {
      return (try members(of: references[0], store), objective)
    }
    if references.isEmpty {
      // One experiment's objective; of several, none.
      let runs = try store.runs().filter { !$0.isOrphan }
      let found = try condition.map { try RunFilter.filtered(runs, where: $0) } ?? runs
      let names = Set(found.compactMap(\.experiment))
      return (found, names.count == 1 ? names.first.flatMap { objectives[$0] ?? nil } : nil)
    }
    var seen: Set<String> = []
    let ids = try references.map { try store.resolve($0) }.filter { seen.insert($0).inserted }
    let memberships = try ids.map { try store.memberships(run: $0) }
    // Where one experiment has them all, they are compared as its members.
    let common = memberships.map { Set($0.compactMap(\.experiment)) }
      .reduce(nil as Set<String>?) { $0?.intersection($1) ?? $1 }?.min()
    let runs = memberships.map { members in
      members.first { $0.experiment == common } ?? members[0]
    }
    return (runs, common.flatMap { objectives[$0] ?? nil })
  }

  /// An experiment's runs, read with the settings that are not the same in all of them and those
  /// that were asked for.
  private func members(of experiment: String, _ store: RunStore) throws -> [RunSummary] {
    var names = try store.differingSettings(experiment: experiment)
    names.formUnion([by.first].compactMap { $0 } + Comparison.truthPaths)
    names.formUnion(try condition.map(RunExpression.names) ?? [])
    let fields = RunFields(parameters: .only(names), metrics: .all)
    return try store.runs(experiment: experiment, fields: fields).filter { !$0.isOrphan }
  }
}

extension Comparison {
  /// Sentences below the table.
  var notes: [String] {
    var notes = family.map { ["\($0.text)."] } ?? []
    notes += [heldMetric.flatMap(truthNote)].compactMap { $0.map { printable($0) } }
    let shown = [notComparable, notHeld].compactMap { $0 }.filter { metrics.contains($0.metric) }
    for sentence in shown.map({ printable($0.sentence) }) where !notes.contains("\(sentence).") {
      notes.append("\(sentence).")
    }
    if let objective, notComparable == nil, metrics.contains(objective.metric), isAllTheSame {
      notes.append("All rows are the same in \(printable(objective.metric)), so none is best.")
    }
    if rows.contains(where: { !$0.prunedMetrics.isEmpty }) {
      notes.append("In brackets: what was measured before a setting was pruned.")
    }
    return notes
  }

  /// - Parameter inFull: numbers with all digits, mean and half width in columns of their own, as
  ///   other programs want them.
  func table(inFull: Bool) -> TextTable {
    let isNamed = settings.isEmpty
    let hasPruned = rows.contains { $0.pruned > 0 }
    // The best row is marked only where the metric that decides it is shown.
    let marksBest = objective.map { metrics.contains($0.metric) } ?? false
    let metricColumns: [TextTable.Column] = metrics.flatMap { inFull ? [$0, "\($0) ±"] : [$0] }
      .map { .number($0) }
    var table = TextTable(
      (marksBest ? [.init("best", .verdict)] : [])
        + (isNamed
          ? [.init(rows.contains { $0.runs.count > 1 } ? "experiment" : "run")]
          : settings.map { .init($0) })
        + metricColumns + heldColumns(inFull: inFull)
        + ["n", "missing"].map { .number($0) } + (hasPruned ? [.number("pruned")] : [])
        + [.number("failed")])
    for (index, row) in rows.enumerated() {
      let none: TableCell = inFull ? .none : .text("–")
      let cells: [TableCell] =
        isNamed
        ? [.text(row.label)]
        : settings.map { row.settings[$0].map { inFull ? TableCell($0) : .text($0.text) } ?? none }
      table.append(
        (marksBest ? [row.isBest ? .text("best") : .none] : []) + cells
          + metrics.flatMap { inFull ? numbers(row.metrics[$0]) : [.text(text(row, $0))] }
          + held(index, inFull: inFull)
          + ([row.seeds, row.missing] + (hasPruned ? [row.pruned] : []) + [row.failed])
          .map { .integer($0) })
    }
    return table
  }

  private func heldColumns(inFull: Bool) -> [TextTable.Column] {
    guard let heldMetric else { return [] }
    let title = "Δ \(heldMetric)"
    return (inFull ? [title, "\(title) ±"] : [title]).map { .number($0) }
      + [.init("verdict", .verdict), .number("more seeds")]
  }

  private func held(_ index: Int, inFull: Bool) -> [TableCell] {
    guard heldMetric != nil else { return [] }
    let row = rows[index]
    let none: TableCell = inFull ? .none : .text("–")
    let blank = Array(repeating: none, count: inFull ? 2 : 1)
    if row.isBaseline { return blank.map { _ in .none } + [.text("baseline"), .none] }
    guard let comparison = row.held?.comparison, comparison.difference.count > 0 else {
      return blank + [.text(whyNotHeld(index)), none]
    }
    let difference = comparison.difference
    return (inFull ? numbers(difference) : [.text(NumberText.interval(difference, digits: 3))])
      + [.text(comparison.verdict.text), .text(comparison.moreSeeds.text)]
  }

  private func numbers(_ interval: Statistics.Interval?) -> [TableCell] {
    [interval?.mean, interval?.halfWidth].map { TableCell($0) }
  }

  private func text(_ row: Row, _ metric: String) -> String {
    guard let interval = row.metrics[metric] else {
      return row.prunedMetrics[metric].map { "(\(NumberText.value($0.mean)))" } ?? "–"
    }
    if let range = row.ranges[metric], range.lowerBound < range.upperBound {
      let ends = [range.lowerBound, range.upperBound].map { NumberText.value($0, digits: 3) }
      return NumberText.value(interval.mean) + " (\(ends[0]) to \(ends[1]))"
    }
    let partial =
      interval.count == row.seeds || row.ranges[metric] != nil ? "" : " (n=\(interval.count))"
    return NumberText.interval(interval) + partial
  }
}
