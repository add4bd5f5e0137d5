internal import Diffusion

/// What stands between a planned run and its result.
public enum PlanState: String, Sendable, Hashable, CaseIterable {
  /// Never begun, or waiting.
  case new
  case running
  /// Finished or pruned: it is not run again.
  case done
  /// Stopped half-way, or its process died: the next `run` goes on.
  case interrupted
  /// Ended with an error: the next `run` tries again.
  case failed
  /// In the store under this experiment, and no longer asked for.
  case orphan

  init(_ state: RunState) {
    self =
      switch state {
      case .queued: .new
      case .running: .running
      case .finished, .pruned: .done
      case .interrupted, .crashed: .interrupted
      case .failed: .failed
      }
  }
}

/// A plan beside what the store has of it.
public struct PlanStatus: Sendable {
  public struct Entry: Sendable {
    /// Nil for an orphan.
    public let index: Int?
    public let id: String
    public let label: String
    public let state: PlanState
    public let overrides: [Parameter]
    public let settingsJSON: String
    /// What like runs of the store took; nil without any.
    public let cost: RunCost?
    /// Why the state is not what one might expect, or what the run goes on from.
    public let reason: String?
  }

  public let experiment: String
  /// The plan's runs in order, then orphans.
  public let entries: [Entry]

  /// - Parameter store: nil: there is none yet, and every run is new.
  /// - Throws: `StoreError`.
  public init(_ plan: Plan, store: RunStore?) throws {
    let known = try store?.runs() ?? []
    let states = try store?.states() ?? [:]
    let bare = RunFields(parameters: .only([]), metrics: .only([]), overrides: false)
    let deleted = Set(try store?.deletedRuns(fields: bare).map(\.id) ?? [])
    let costs = try RunCosts(known, store: store)
    experiment = plan.experiment
    let planned = plan.runs.map { run in
      let state = states[run.id].map { PlanState($0) } ?? .new
      return Entry(
        index: run.index, id: run.id, label: run.label, state: state, overrides: run.overrides,
        settingsJSON: run.settingsJSON, cost: state == .done ? nil : costs.cost(of: run),
        reason: deleted.contains(run.id)
          ? "deleted; 'workbench run' brings it back"
          : state == .new ? Self.reason(run, known, store: store) : nil)
    }
    let ids = Set(plan.runs.map(\.id))
    let orphans = try known.filter { run in
      run.experiment == plan.experiment && !ids.contains(run.id)
        && (plan.makesOrphans || run.isOrphan)
    }.map { run in
      Entry(
        index: nil, id: run.id, label: run.label ?? "", state: .orphan, overrides: run.overrides,
        settingsJSON: try store?.settingsJSON(run: run.id) ?? "{}", cost: nil, reason: nil)
    }
    entries = planned + orphans
  }

  /// What a run that differs in `training.steps` alone means for this one.
  private static func reason(
    _ run: PlannedRun, _ known: [RunSummary], store: RunStore?
  ) -> String? {
    let steps = run.settings.training.steps
    let alike = known.filter {
      $0.trainKey == run.trainKey && $0.step > 0 && $0.trainingSteps != steps
    }
    func name(_ run: RunSummary) -> String {
      "\(run.id.prefix(ShortID.minimumLength)) (\(run.step) steps)"
    }
    let schedule = run.settings.training.learningRateSchedule
    if schedule.dependsOnTotal {
      return alike.first.map {
        "cannot go on from \(name($0)): lr_schedule '\(schedule.rawValue)' depends on training.steps"
      }
    }
    let shorter = alike.filter { $0.trainingSteps < steps }.sorted { $0.step > $1.step }
    let kept = shorter.first { other in
      store.map { RunLock.hasTrainingState(run: other.id, store: $0.folder) } ?? false
    }
    if let kept { return "goes on from \(name(kept))" }
    return shorter.first.map {
      "cannot go on from \(name($0)): training.keep_state was not set, so its state is gone"
    }
  }

  /// `{experiment, runs: [{index, id, label, state, overrides, settings}]}`
  public var json: JSONValue {
    .object([
      "experiment": .string(experiment),
      "runs": .array(
        entries.map { entry in
          .object([
            "index": entry.index.map(JSONValue.integer) ?? .null,
            "id": .string(entry.id),
            "label": .string(entry.label),
            "state": .string(entry.state.rawValue),
            "overrides": .object(
              Dictionary(entry.overrides.map { ($0.path, $0.value.json) }) { $1 }),
            "settings": JSONValue(text: entry.settingsJSON) ?? .null,
          ])
        }),
    ])
  }
}
