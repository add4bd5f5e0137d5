/// The setting of an experiment that won, and how sure that is.
public struct BestSetting: Sendable, Hashable {
  public var experiment: String
  public var objective: Objective
  public var comparison: Comparison
  /// Places among the comparison's rows.
  public var winner: Int
  /// The second best; nil where no other setting has a value.
  public var runnerUp: Int?
  /// The winner against the runner-up.
  public var lead: PairedComparison?
  /// The winner's best run: the one to sample from.
  public var run: String
  /// Runs asked for that have not finished.
  public var unfinished: Int

  /// Whether the interval of the lead leaves out none.
  public var isDecided: Bool { lead?.verdict == .better }

  /// - Throws: `StoreError`: `notFound` for the experiment, or where no finished run has the
  ///   objective's metric; `badInput` without an objective.
  public init(store: RunStore, experiment name: String) throws {
    guard let objective = try store.experiment(name).objective else {
      throw StoreError(
        .badInput, "'\(name)' has no objective, so none of its settings is best")
    }
    let fields = RunFields(
      parameters: .only(try store.differingSettings(experiment: name)),
      metrics: .only([objective.metric]))
    let runs = try store.runs(experiment: name, fields: fields).filter { !$0.isOrphan }
    let comparison = try Comparison(of: runs, objective: objective)
    func mean(_ row: Int) -> Double {
      comparison.rows[row].metrics[objective.metric]?.mean ?? .nan
    }
    let ranked = comparison.rows.indices.filter { !mean($0).isNaN }.sorted { a, b in
      mean(a) == mean(b) ? a < b : objective.prefers(mean(a), to: mean(b))
    }
    guard let winner = ranked.first else {
      throw StoreError(
        .notFound,
        "no finished run of '\(name)' has \(objective.metric), which decides what is best")
    }
    self.experiment = name
    self.objective = objective
    self.comparison = comparison
    self.winner = winner
    runnerUp = ranked.dropFirst().first
    lead = ranked.dropFirst().first.map {
      comparison.compared(winner, with: $0, metric: objective.metric, goal: objective.goal)
    }
    var best: (id: String, value: Double)?
    for run in comparison.groups[winner] where run.state == .finished {
      guard let value = run.metrics[objective.metric]?.last else { continue }
      if best.map({ objective.prefers(value, to: $0.value) }) ?? true { best = (run.id, value) }
    }
    run = best?.id ?? comparison.rows[winner].runs[0]
    unfinished = runs.count { $0.state != .finished }
  }
}
