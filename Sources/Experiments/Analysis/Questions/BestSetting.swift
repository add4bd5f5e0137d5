package import Statistics
package import Store
package import Values

/// The setting of an experiment that won, and how sure that is.
package struct BestSetting: Sendable, Hashable {
  package var experiment: String
  package var objective: Objective
  package var comparison: Comparison
  /// Its place among the comparison's rows; nil where none is best: several are equally good, or they
  /// are not comparable.
  package var winner: Int?
  /// The rows that share the best value, where several do.
  package var tied: [Int]
  /// Why they are not comparable.
  package var notComparable: Incomparability?
  /// The second best; nil where no other setting has a value.
  package var runnerUp: Int?
  /// The winner against the runner-up.
  package var lead: PairedComparison?
  /// The rows that may still be the best: in at least 95 of 100 experiments the best is among them.
  package var possiblyBest: [Int] = []
  /// How many seeds more would leave the winner alone among these.
  package var moreSeeds: PairedComparison.MoreSeeds = .unknown
  /// What says so; nil where nothing is held against anything.
  package var family: ComparisonFamily?
  /// The winner's best run: the one to sample from.
  package var run: String?
  /// Runs asked for that have not finished.
  package var unfinished: Int
  /// Those of them that may yet: neither pruned nor diverged.
  package var open: Int
  /// "3 settings; 1 ended in NaN".
  package var settings: String

  /// Whether the winner was held against another setting, and none but it may be the best.
  package var isDecided: Bool { lead != nil && possiblyBest == winner.map { [$0] } }

  /// - Throws: `StoreError`: `notFound` for the experiment, or where no finished run has the
  ///   objective's metric; `badInput` without an objective.
  package init(store: RunStore, experiment name: String) throws {
    let experiment = try store.experiment(name)
    guard let objective = experiment.objective else {
      // Without a file it is one of imported runs.
      let hint =
        experiment.fileText.isEmpty
        ? "; 'workbench import' of its runs once more with --minimize METRIC says what decides" : ""
      throw StoreError(
        .badInput, "'\(name)' has no objective, so none of its settings is best" + hint)
    }
    let fields = RunFields(
      parameters: .only(
        try store.differingSettings(experiment: name).union(Comparison.truthPaths)),
      metrics: .only(Set([objective.metric] + Comparison.truthMetrics)))
    let runs = try store.runs(experiment: name, fields: fields).filter { !$0.isOrphan }
    let comparison = Comparison(of: runs, objective: objective, by: [], metrics: [])
    guard let best = BestSetting(of: comparison, experiment: name) else {
      let isNaN = comparison.rows.contains { $0.score != nil }
      throw StoreError(
        .notFound,
        isNaN
          ? "\(objective.metric), which decides what is best, is not a number in any run of '\(name)'"
          : "no finished run of '\(name)' has \(objective.metric), which decides what is best")
    }
    self = best
  }

  /// - Returns: nil where no row has a number.
  package init?(of comparison: Comparison, experiment: String) {
    let leaders = comparison.leaders()
    guard let objective = comparison.objective, let first = leaders.rows.first else { return nil }
    self.experiment = experiment
    self.objective = objective
    self.comparison = comparison
    let runs = comparison.groups.joined()
    settings = comparison.tally(objective.metric).text
    unfinished = runs.count { !$0.state.isDone }
    open = runs.count { $0.state != .finished && $0.state != .pruned && !$0.hasDiverged }
    notComparable = leaders.notComparable
    tied = notComparable == nil && leaders.rows.count > 1 ? leaders.rows : []
    guard notComparable == nil else { return }
    let table = comparison.together(leaders.ranked, objective.metric)
    let candidates = table.possiblyBest(
      among: Array(leaders.ranked.indices), goal: objective.goal)
    possiblyBest = candidates.map { leaders.ranked[$0] }
    family = table.family
    guard tied.isEmpty else { return }
    winner = first
    if let next = leaders.next {
      // Ranked rows come best first.
      runnerUp = next
      lead = table.comparison(0, against: 1, goal: objective.goal)
      moreSeeds = table.moreSeeds(toDecideFor: 0, among: candidates, goal: objective.goal)
    }
    if moreSeeds == .none, !isDecided { moreSeeds = .unknown }
    var best: (id: String, score: Double)?
    for run in comparison.groups[first] where run.state == .finished {
      guard let score = comparison.score(objective.metric, of: run) else { continue }
      if best.map({ objective.prefers(score, to: $0.score) }) ?? true { best = (run.id, score) }
    }
    run = best?.id ?? comparison.rows[first].runs[0]
  }
}
