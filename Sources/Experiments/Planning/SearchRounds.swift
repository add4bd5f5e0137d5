package import Diffusion
package import ExperimentFiles
internal import Search
import Statistics
package import Store
import Values

/// What a `tpe` sweep has proposed, round by round.
package struct SearchRounds: Sendable {
  /// Hash of what the search follows from: a file that says otherwise begins another one.
  package let key: String
  /// [round][point][dimension]; nil where a dimension is not there.
  package let rounds: [[[Double?]]]
  /// Points that the whole search will have.
  package let pointCount: Int

  package var proposed: Int { rounds.reduce(0) { $0 + $1.count } }
}

extension Plan {
  /// Runs that a search has not proposed yet.
  package var pending: Int {
    guard let search, search.proposed > 0 else { return 0 }
    return (search.pointCount - search.proposed) * max(1, runs.count / search.proposed)
  }

  /// The plan as far as the store's results lead: a `tpe` sweep has the rounds that the store keeps,
  /// and one more where all their runs have ended. Of any other sweep it is the same plan.
  ///
  /// - Parameters:
  ///   - failed: runs that failed just now and are not tried again.
  ///   - proposes: whether to go beyond the rounds that the store keeps.
  ///   - fingerprint: a hash of the data's content.
  /// - Throws: `StoreError`, and what `fingerprint` throws.
  package init(
    _ file: ExperimentFile, store: RunStore?, failed: Set<String> = [], proposes: Bool = true,
    fingerprint: @escaping (DataSettings) throws -> String
  ) throws {
    try self.init(
      file, store: store, failed: failed, proposes: proposes, found: Self.inputs(fingerprint))
  }

  /// The same, looking at all that the runs name.
  /// - Throws: `StoreError`, and `DiffusionError` where data are missing.
  package init(
    _ file: ExperimentFile, store: RunStore?, failed: Set<String> = [], proposes: Bool = true,
    inputs: InputReader
  ) throws {
    try self.init(
      file, store: store, failed: failed, proposes: proposes,
      found: { try inputs.inputs(of: $0, in: file.name) })
  }

  package init(
    _ file: ExperimentFile, store: RunStore?, failed: Set<String>, proposes: Bool,
    found: (RunSettings) throws -> RunInputs
  ) throws {
    let first = try Plan(file, store: store, inputs: found)
    guard let sweep = file.sweep, sweep.method == .tpe else {
      self = first
      return
    }
    let search = SweepSearch(base: file.base, sweep: sweep)
    let key = try Self.searchKey(file, sweep, first, found)

    func plan(_ rounds: [[[Double?]]]) throws -> Plan {
      var file = file
      file.runs = rounds.enumerated().flatMap { number, points in
        points.flatMap { search.runs(ofProposed: SearchPoint(values: $0), round: number) }
      }
      var plan = try Plan(file, store: store, inputs: found)
      plan.search = SearchRounds(key: key, rounds: rounds, pointCount: search.pointCount)
      return plan
    }
    var rounds = try store?.rounds(experiment: file.name, searchKey: key) ?? []
    if rounds.isEmpty { rounds = [search.proposals(after: []).map(\.values)] }
    var known = try plan(rounds)
    if proposes, let store,
      let history = try SearchHistory(known, sweep, store: store, failed: failed)
    {
      let next = search.proposals(after: history.trials)
      if !next.isEmpty { known = try plan(rounds + [next.map(\.values)]) }
    }
    self = known
  }

  /// Changes with whatever the runs' settings name: of the first, and each value that the sweep chooses among.
  private static func searchKey(
    _ file: ExperimentFile, _ sweep: Sweep, _ first: Plan,
    _ found: (RunSettings) throws -> RunInputs
  ) throws -> String {
    guard let run = first.runs.first else {
      return Identity.searchKey(file.base, sweep, fingerprint: "")
    }
    var inputs = run.inputs.named.merging(run.inputs.namedAfterTraining) { $1 }
    for choice in NamedChoice.all {
      for text in sweep.root.texts(of: choice.input.name) {
        var settings = run.settings
        choice.choose(&settings, text)
        let chosen = choice.mayNotFit ? try? found(settings) : try found(settings)
        inputs["\(choice.input.name) \(text)"] =
          chosen?.named[choice.input.name] ?? chosen?.namedAfterTraining[choice.input.name]
      }
    }
    let key = Identity.searchKey(
      file.base, sweep, fingerprint: run.inputs.fingerprint, inputs: inputs)
    // Earlier trials were measured against other images.
    guard let apart = first.runs.first(where: \.isApart),
      let heldOut = apart.inputs.recorded.content(of: .heldOut)
    else { return key }
    return Identity.apart(key, by: heldOut)
  }
}

/// A setting that names something outside the file, as a search chooses it.
private struct NamedChoice: Sendable {
  let input: NamedInput
  let choose: @Sendable (inout RunSettings, String) -> Void
  /// Whether what does not fit the run that is asked about may fit another's.
  var mayNotFit = false

  static let all = [
    NamedChoice(input: NamedInput.weights) { $0.training.from = $1 },
    NamedChoice(input: NamedInput.guide) { $0.sampling.guide = $1 },
    // A schedule has as many values as this run has timesteps, or another.
    NamedChoice(
      input: NamedInput.schedule, choose: { $0.diffusion.schedule = .file(path: $1) },
      mayNotFit: true),
    NamedChoice(input: NamedInput.inception) { $0.evaluation.inception = $1 },
  ]
}

extension Sweep.Block {
  /// The texts that it may set a path to.
  fileprivate func texts(of path: String) -> [String] {
    var texts: [String] = []
    for (name, assignment) in axes.flatMap(\.rows).flatMap(\.assignments) where name == path {
      if case .string(let text) = assignment.value { texts.append(text) }
    }
    return texts + branches.flatMap { $0.block.texts(of: path) }
  }
}

/// What came of the points that a search has proposed.
struct SearchHistory {
  let trials: [TreeParzenSearch.Trial]

  /// Nil while a run has not ended.
  /// - Parameter failed: runs that failed and are not tried again.
  init?(_ plan: Plan, _ sweep: Sweep, store: RunStore, failed: Set<String>) throws {
    guard let search = plan.search else { return nil }
    let standings = try store.standings()
    let values = try store.lastValues(of: sweep.objective.metric)
    let log = try PruningLog(plan, store: store)
    let seeds = max(sweep.seedCount ?? 1, 1)
    var trials: [TreeParzenSearch.Trial] = []
    for (index, point) in search.rounds.joined().enumerated() {
      let runs = plan.runs.dropFirst(index * seeds).prefix(seeds)
      var finished: [Double] = []
      var pruned: [SweepDecision] = []
      for run in runs {
        let state = standings[run.id]?.state
        if state == .finished {
          let value = values[run.id] ?? .nan
          finished.append(sweep.objective.goal == .minimize ? value : -value)
        } else if let decision = log.end(of: run.id) {
          pruned.append(decision)
        } else if standings[run.id]?.hasDiverged == true {
          finished.append(.nan)
        } else if state != .failed && state != .crashed || !failed.contains(run.id) {
          return nil
        }
      }
      trials.append(
        .init(
          point: SearchPoint(values: point),
          outcome: Self.outcome(finished, pruned, plan.pruning)))
    }
    self.trials = trials
  }

  /// The mean over the seeds that finished; else how far the pruned ones came; else a failure.
  private static func outcome(
    _ finished: [Double], _ pruned: [SweepDecision], _ rule: PruningRule?
  ) -> TreeParzenSearch.Outcome {
    if !finished.isEmpty {
      let mean = finished.reduce(0, +) / Double(finished.count)
      return mean.isNaN ? .failed : .value(mean)
    }
    guard let rule, let step = pruned.map(\.step).max() else { return .failed }
    let losses = pruned.filter { $0.step == step }.map { rule.loss($0.value) }
    return .pruned(step: step, value: losses.reduce(0, +) / Double(losses.count))
  }
}
