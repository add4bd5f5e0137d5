package import Diffusion
import ExperimentFiles
package import Store
package import Values

/// What stands between a planned run and its result.
package enum PlanState: String, Sendable, Hashable, CaseIterable {
  /// Never begun, or waiting.
  case new
  case running
  /// Finished or pruned: it is not run again.
  case done
  /// Stopped half-way, or its process died: the next `run` goes on.
  case interrupted
  /// Ended with an error: the next `run` tries again.
  case failed
  /// In the store under this experiment, and no longer in the file.
  case orphan

  package init(_ state: RunState) {
    self =
      switch state {
      case .queued: .new
      case .running: .running
      case .finished: .done
      // What this plan's own rule has ended is done; what another's has, goes on.
      case .pruned: .interrupted
      case .interrupted, .crashed: .interrupted
      case .failed: .failed
      }
  }
}

/// A plan beside what the store has of it.
package struct PlanStatus: Sendable {
  package struct Entry: Sendable {
    /// Nil for an orphan.
    package let index: Int?
    package let id: String
    package let label: String
    package let state: PlanState
    package let overrides: [Parameter]
    package let settingsJSON: String
    /// What is left of it to do, by guess; nil where nothing is, or nothing is known.
    package let cost: RunCost?
    /// Why the state is not what one might expect, or what the run goes on from.
    package let reason: String?
    /// Done before its time: the plan's own rule has ended it, and `reason` says why.
    package let isPruned: Bool
    /// Failed for good: its training came to nothing, and would again.
    package let hasDiverged: Bool
    /// What was set otherwise in the experiment's run of this label; nil where there is none.
    package var change: String?
  }

  package let experiment: String
  /// The plan's runs in order, then orphans.
  package let entries: [Entry]
  /// Runs that a search has not proposed yet.
  package let pending: Int
  /// What is left to do of the plan's runs and of those to come; nil where some of it is not known.
  package let total: RunCost?
  /// Runs may end early: times are the most that it takes.
  package let mayPrune: Bool
  /// Seconds of all runs together, and how many of them are spent.
  package let time: (limit: Double, spent: Double)?

  /// - Parameters:
  ///   - store: nil: there is none yet, and every run is new.
  ///   - timer: times a step of a run whose like the store does not have; nil: its cost is not known.
  /// - Throws: `StoreError`, and what `timer` throws.
  package init(
    _ plan: Plan, store: RunStore?, timer: ((RunSettings) throws -> StepTiming?)? = nil
  ) throws {
    let known = try Self.known(plan, store)
    let standings = try store?.standings() ?? [:]
    let bare = RunFields(parameters: .only([]), metrics: .only([]), overrides: false)
    let deleted = Set(try store?.deletedRuns(fields: bare).map(\.id) ?? [])
    let log = try PruningLog(plan, store: store)
    var costs = try RunCosts(known, store: store, timer: timer)
    experiment = plan.experiment
    var starts = try StartingPoints(known, store: store)
    let reasons = try NewRunReasons(plan, known, store: store)
    let planned = try plan.runs.map { run in
      let standing = standings[run.id]
      let isDone = log.isDone(run.id, standing?.state)
      let state = isDone ? .done : standing.map { PlanState($0.state) } ?? .new
      let candidate = StartingPoints.Candidate(run, experiment: plan.experiment)
      let start = starts.starts(of: candidate, run.settings).first
      let isNew = state == .new
      let words = [
        isNew ? reasons.reason(run) : nil,
        start?.words ?? starts.obstacle(of: candidate, run.settings),
      ].compactMap { $0 }
      starts.expect(candidate)
      return Entry(
        index: run.index, id: run.id, label: run.label, state: state, overrides: run.overrides,
        settingsJSON: run.settingsJSON,
        cost: isDone || standing?.hasDiverged == true
          ? nil
          : try costs.cost(
            of: run, from: isNew ? start?.step ?? 0 : standing?.step ?? 0,
            takesWeights: start?.isWeights ?? false),
        reason: deleted.contains(run.id)
          ? "deleted; 'workbench run' restores it"
          : Self.reason(
            run, state, standing, log.end(of: run.id),
            words.isEmpty ? nil : words.joined(separator: "; "), plan.pruning),
        isPruned: isDone && standing?.state != .finished,
        hasDiverged: state == .failed && standing?.hasDiverged == true,
        change: isNew && words.isEmpty ? reasons.change(run) : nil)
    }
    pending = plan.pending
    total = Self.total(planned, pending: pending)
    mayPrune = plan.pruning != nil
    time = plan.maximumSeconds.map { limit in
      (limit, plan.runs.reduce(0) { $0 + (standings[$1.id]?.seconds ?? 0) })
    }
    let ids = Set(plan.runs.map(\.id))
    let orphans = try known.filter { run in
      run.experiment == plan.experiment && !ids.contains(run.id)
        && (plan.makesOrphans || run.isOrphan)
    }.map { run in
      Entry(
        index: nil, id: run.id, label: run.label ?? "", state: .orphan, overrides: run.overrides,
        settingsJSON: try store?.settingsJSON(run: run.id) ?? "{}", cost: nil, reason: nil,
        isPruned: false, hasDiverged: false)
    }
    entries = planned + orphans
  }

  /// The store's runs but for imported ones, those of before under the keys that they are known to have.
  private static func known(_ plan: Plan, _ store: RunStore?) throws -> [RunSummary] {
    let keys = Dictionary(plan.earlier.map { ($0.id, $0.trainKey) }) { $1 }
    return try (store?.runs() ?? []).filter { $0.source == nil }.map { run in
      guard let key = keys[run.id] else { return run }
      var run = run
      run.trainKey = key
      return run
    }
  }

  /// Of the runs that are not done; a run to come is taken to cost what the others do on average.
  private static func total(_ entries: [Entry], pending: Int) -> RunCost? {
    let waiting = entries.filter { $0.state != .done && !$0.hasDiverged }
    let costs = waiting.compactMap(\.cost)
    guard costs.count == waiting.count, pending == 0 || !costs.isEmpty else { return nil }
    let share = costs.isEmpty ? 0 : Double(pending) / Double(costs.count)
    let bytes = costs.reduce(0.0) { $0 + Double($1.bytes) }
    return RunCost(
      seconds: costs.reduce(0) { $0 + $1.seconds } * (1 + share),
      bytes: Int(min(bytes * (1 + share), 1e18)))
  }

  /// Why a run is in its state, where that is not plain, or what it goes on from.
  private static func reason(
    _ run: PlannedRun, _ state: PlanState, _ standing: RunStanding?, _ end: SweepDecision?,
    _ continued: String?, _ rule: PruningRule?
  ) -> String? {
    switch state {
    case .new: continued
    case .done: standing?.state == .finished ? nil : end?.reason
    case .interrupted where standing?.state == .pruned:
      "was pruned by a rule other than this plan's; continues from step \(standing?.step ?? 0)"
    case .interrupted:
      rule.flatMap { rule in
        rule.rungs(of: run.settings.training.steps).contains(standing?.step ?? -1)
          ? "waits at step \(standing?.step ?? 0) to be compared with the other runs" : nil
      }
    case .failed: standing?.error.map { "failed: \($0)" }
    case .running, .orphan: nil
    }
  }

  /// `{experiment, runs: [{index, id, label, state, overrides, settings}]}`, of a run also `reason` and `change` where there
  /// is one, and while a search has runs to come `toCome`, their number.
  package var json: JSONValue { document { _ in [:] } }

  /// `json` with `seconds` and `bytes` of each run that is not done.
  package var timedJSON: JSONValue {
    document { entry in
      entry.cost.map { ["seconds": .number($0.seconds), "bytes": .integer($0.bytes)] } ?? [:]
    }
  }

  /// The canonical text of `json`, of a plan without orphans, whose settings may be in an earlier version's text.
  package var canonicalJSON: String {
    var out: [UInt8] = []
    out.reserveCapacity(4096 * (entries.count + 1))
    typealias Part = (inout [UInt8]) -> Void
    func written(_ value: JSONValue) -> Part { { value.write(to: &$0) } }
    var parts = members.mapValues(written)
    parts["runs"] = { out in
      out.append(UInt8(ascii: "["))
      for (index, entry) in entries.enumerated() {
        if index > 0 { out.append(UInt8(ascii: ",")) }
        var members = entry.members.mapValues(written)
        // They are canonical already.
        members["settings"] = { $0 += entry.settingsJSON.utf8 }
        JSONValue.writeObject(members, to: &out) { $0(&$1) }
      }
      out.append(UInt8(ascii: "]"))
    }
    JSONValue.writeObject(parts, to: &out) { $0(&$1) }
    return String(decoding: out, as: UTF8.self)
  }

  private func document(_ more: (Entry) -> [String: JSONValue]) -> JSONValue {
    var members = members
    members["runs"] = .array(
      entries.map { entry in
        var members = entry.members.merging(more(entry)) { $1 }
        members["settings"] = JSONValue(text: entry.settingsJSON) ?? .null
        return .object(members)
      })
    return .object(members)
  }

  private var members: [String: JSONValue] {
    let rest: [String: JSONValue] = pending > 0 ? ["toCome": .integer(pending)] : [:]
    return ["experiment": .string(experiment)].merging(rest) { $1 }
  }
}

extension PlanStatus.Entry {
  /// All but the settings.
  fileprivate var members: [String: JSONValue] {
    let members: [String: JSONValue] = [
      "index": index.map(JSONValue.integer) ?? .null,
      "id": .string(id),
      "label": .string(label),
      "state": .string(state.rawValue),
      "overrides": .object(Dictionary(overrides.map { ($0.path, $0.value.json) }) { $1 }),
    ]
    let words = ["reason": reason, "change": change]
      .compactMapValues { $0.map(JSONValue.string) }
    return members.merging(words) { $1 }
  }
}

extension StartingPoints.Start {
  fileprivate var words: String {
    switch self {
    case .weights(let run): "reuses the weights of \(run.prefix(ShortID.minimumLength))"
    case .state(let run, let step):
      "resumes from \(run.prefix(ShortID.minimumLength)) (\(step) steps)"
    }
  }

  fileprivate var isWeights: Bool {
    if case .weights = self { true } else { false }
  }

  /// Steps of training that it saves, unless it saves all.
  fileprivate var step: Int {
    if case .state(_, let step) = self { step } else { 0 }
  }
}
