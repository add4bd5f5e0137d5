package import Diffusion
package import Store
import Values

/// What a run may begin with of what runs that train alike have brought. `plan` says what this decides, and execution
/// does it.
package struct StartingPoints {
  package enum Start: Sendable, Hashable {
    /// The finished network of the run of that id: only sampling and measures differ.
    case weights(of: String)
    /// The training state that the run of that id has left, at that step: it trained for fewer steps.
    case state(of: String, step: Int)
  }

  /// A run, as far as it matters whose weights are whose.
  package struct Candidate: Sendable {
    var id: String
    var trainKey: String
    /// `training.steps`
    var trainingSteps: Int
    /// Steps done.
    var step: Int
    var isFinished: Bool
    var hasDiverged: Bool
    /// Settings under `evaluation.`
    var evaluation: [String: ParameterValue]
    /// Content of what it is measured against, where it is known.
    var heldOut: String?
    var experiments: Set<String>
  }

  private var candidates: [String: [Candidate]] = [:]
  private let hasState: (_ run: String) -> Bool

  /// - Parameters:
  ///   - known: the store's runs.
  ///   - store: nil: there is none yet.
  /// - Throws: `StoreError`.
  package init(_ known: [RunSummary], store: RunStore?) throws {
    let heldOut = try store?.contents(of: NamedInput.heldOut.name) ?? [:]
    // A run is listed once for each experiment that has it.
    let experiments = Dictionary(grouping: known, by: \.id).mapValues {
      Set($0.compactMap(\.experiment))
    }
    var seen: Set<String> = []
    for run in known where seen.insert(run.id).inserted {
      candidates[run.trainKey, default: []].append(
        Candidate(run, heldOut: heldOut[run.id], experiments[run.id] ?? []))
    }
    hasState = { run in
      store.map { RunLock.hasTrainingState(run: run, store: $0.folder) } ?? false
    }
  }

  /// One of the store's runs; nil where it has none of that id.
  package func candidate(_ run: String) -> Candidate? {
    candidates.values.joined().first { $0.id == run }
  }

  /// Counts on a run that will have finished before those that are asked for next begin.
  package mutating func expect(_ run: Candidate) {
    candidates[run.trainKey, default: []].append(run)
  }

  /// What the run may begin with, the best first: the next where one turns out to be damaged, and the beginning after
  /// the last.
  package func starts(of run: Candidate, _ settings: RunSettings) -> [Start] {
    if settings.model.architecture.isExact { return [] }
    let networks = twins(of: run).filter {
      settings.takesWeights(
        evaluatingAlike: $0.evaluation == run.evaluation && $0.heldOut == run.heldOut)
    }
    return networks.map { .weights(of: $0.id) }
      + (settings.training.dependsOnTotal
      ? [] : shorter(of: run).filter { hasState($0.id) })
      .map { .state(of: $0.id, step: $0.step) }
  }

  /// Why it begins with nothing, though another run trained alike; nil where none did.
  package func obstacle(of run: Candidate, _ settings: RunSettings) -> String? {
    if settings.model.architecture.isExact { return nil }
    if let twin = twins(of: run).first {
      return
        "trains again, although \(twin.name) has the same training settings: it samples or evaluates during training"
    }
    func own(_ runs: [Candidate]) -> Candidate? {
      runs.first { !$0.experiments.isDisjoint(with: run.experiments) }
    }
    let schedule = settings.training.learningRateSchedule
    if settings.training.dependsOnTotal {
      let why =
        schedule.dependsOnTotal
        ? "lr_schedule '\(schedule.rawValue)' depends" : "when distillation halves depends"
      let others = alike(run).filter { $0.step > 0 && $0.trainingSteps != run.trainingSteps }
      return own(others).map {
        "cannot resume from \($0.name) (\($0.step) steps): \(why) on training.steps"
      }
    }
    return own(shorter(of: run)).map {
      "cannot resume from \($0.name) (\($0.step) steps): training.keep_state was not set, so its state is gone"
    }
  }

  private func alike(_ run: Candidate) -> [Candidate] {
    (candidates[run.trainKey] ?? []).filter { $0.id != run.id && !$0.hasDiverged }
  }

  /// Finished runs that train the same.
  private func twins(of run: Candidate) -> [Candidate] {
    alike(run).filter { $0.isFinished && $0.trainingSteps == run.trainingSteps }
  }

  /// Runs that train the same for fewer steps, the one that got furthest first.
  private func shorter(of run: Candidate) -> [Candidate] {
    alike(run).filter { $0.step > 0 && $0.trainingSteps < run.trainingSteps }
      .sorted { ($1.step, $0.id) < ($0.step, $1.id) }
  }
}

extension StartingPoints.Candidate {
  fileprivate init(_ run: RunSummary, heldOut: String?, _ experiments: Set<String>) {
    self.init(
      id: run.id, trainKey: run.trainKey, trainingSteps: run.trainingSteps, step: run.step,
      isFinished: run.state == .finished, hasDiverged: run.hasDiverged,
      evaluation: run.settings(under: "evaluation."), heldOut: heldOut, experiments: experiments)
  }

  /// A planned run as it will be when it has finished.
  init(_ run: PlannedRun, experiment: String) {
    self.init(
      id: run.id, trainKey: run.trainKey, trainingSteps: run.settings.training.steps,
      step: run.settings.training.steps, isFinished: true, hasDiverged: false,
      evaluation: run.parameters.filter { $0.key.hasPrefix("evaluation.") },
      heldOut: run.inputs.recorded.content(of: .heldOut)?.sha256, experiments: [experiment])
  }

  fileprivate var name: Substring { id.prefix(ShortID.minimumLength) }
}

extension RunSettings {
  private func isOnTheWay(_ every: Int?) -> Bool { every.map { $0 < training.steps } ?? false }

  /// What is drawn and measured on the way needs the weights of every such step, and a finished network is the last
  /// one's alone: whether all that a run asks for can be made with what another brought that was trained alike.
  /// - Parameter evaluatingAlike: whether the other one's `evaluation` is the same.
  fileprivate func takesWeights(evaluatingAlike: Bool) -> Bool {
    if isOnTheWay(sampling.every) { return false }
    guard isOnTheWay(evaluation.every) else { return true }
    return evaluatingAlike && evaluation.metrics.allSatisfy { $0 == .loss }
  }
}

extension RunSummary {
  /// `training.steps`
  package var trainingSteps: Int { parameters["training.steps"]?.integer ?? 0 }

  package func sharesSettings(with other: RunSummary, under prefix: String) -> Bool {
    settings(under: prefix) == other.settings(under: prefix)
  }

  fileprivate func settings(under prefix: String) -> [String: ParameterValue] {
    parameters.filter { $0.key.hasPrefix(prefix) }
  }
}
