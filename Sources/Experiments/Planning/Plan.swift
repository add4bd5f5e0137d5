import Analysis
package import Diffusion
package import ExperimentFiles
package import Store
package import Values

/// One run to do: everything about it is settled before any run starts.
package struct PlannedRun: Sendable, Identifiable {
  /// Place in the plan, from 0.
  package let index: Int
  /// SHA-256, 64 hexadecimal digits: the same settings on the same data are the same run.
  package internal(set) var id: String
  /// SHA-256 of what the weights follow from, but for `training.steps`.
  package let trainKey: String
  /// What differs: `kind=cosine,precision=bf16`.
  package let label: String
  /// What the sweep set, in the order of the file, seeds last.
  package let overrides: [Parameter]
  package let settings: RunSettings
  /// `settings` as the store keeps them (`FrozenSettings`).
  package let settingsJSON: String
  /// Every key of the run, by its dotted path.
  package let parameters: [String: ParameterValue]
  /// Runs that differ in repeated seeds alone share it: results are averaged over them.
  package internal(set) var groupKey: String
  /// `label` without the seeds.
  package let groupLabel: String
  /// Which of the group's seeds, from 0.
  package let repeatIndex: Int
  /// Which round of a `tpe` sweep proposed it, from 0.
  package let round: Int
  /// What it depends on beside its settings, as it is now.
  package let inputs: RunInputs
  /// Its `trainKey` before the content of `training.from` was part of it; nil where that makes no difference.
  package let earlierTrainKey: String?
  /// The store has a run of these settings that was measured against other images, so this is another one.
  package var isApart = false
}

/// All runs of an experiment, in order.
package struct Plan: Sendable {
  package let experiment: String
  package internal(set) var runs: [PlannedRun]
  /// An overridden file has other runs on purpose: the store's are no orphans.
  package let makesOrphans: Bool
  /// When a run ends before its time.
  package let pruning: PruningRule?
  /// Seconds of all runs together after which no further one is started.
  package let maximumSeconds: Double?
  /// What a `tpe` sweep has proposed.
  package internal(set) var search: SearchRounds?

  /// Earlier runs that the store has, whose `trainKey` is known anew.
  package var earlier: [EarlierRun] = []

  /// The plan where nothing but the data is looked at.
  /// - Parameter fingerprint: a hash of the data's content; called once for each different
  ///   `data` section.
  /// - Throws: what `fingerprint` throws.
  package init(
    _ file: ExperimentFile, fingerprint: @escaping (DataSettings) throws -> String
  ) throws {
    try self.init(file, store: nil, inputs: Self.inputs(fingerprint))
  }

  /// What runs depend on where nothing but the data is looked at.
  static func inputs(
    _ fingerprint: @escaping (DataSettings) throws -> String
  ) -> (RunSettings) throws -> RunInputs {
    var known: [DataSettings: String] = [:]
    return { settings in
      let content = try known[settings.data] ?? fingerprint(settings.data)
      known[settings.data] = content
      return RunInputs(fingerprint: content)
    }
  }

  /// - Throws: `DiffusionError`, `StoreError` where data are missing, or what every run begins with.
  package init(_ file: ExperimentFile, inputs: InputReader) throws {
    try self.init(file, store: nil, inputs: { try inputs.inputs(of: $0, in: file.name) })
  }

  /// - Parameter store: where earlier runs may be.
  package init(
    _ file: ExperimentFile, store: RunStore?, inputs: (RunSettings) throws -> RunInputs
  ) throws {
    experiment = file.name
    makesOrphans = !file.isOverridden
    pruning = file.sweep?.pruning
    maximumSeconds = file.sweep?.maximumSeconds
    let labels = Labels(runs: file.runs, sweep: file.sweep, experiment: file.name)
    let repeats = file.sweep?.repeats.map(\.path) ?? []
    let runLabels = Labels.unique(labels.labels(file.runs))
    let groupLabels = labels.labels(file.runs, without: Set(repeats))

    let settings = try concurrently(file.runs.count) { index in
      try SettingsCoding.settings(from: file.runs[index].values)
    }
    let found = try settings.map(inputs)
    runs = try concurrently(file.runs.count) { index in
      let (run, found) = (file.runs[index], found[index])
      let identity = Identity(run.values)
      let trainKey = identity.trainKey(fingerprint: found.fingerprint, inputs: found.named)
      return PlannedRun(
        index: index,
        id: identity.runID(trainKey: trainKey, inputs: found.namedAfterTraining),
        trainKey: trainKey,
        label: runLabels[index],
        overrides: run.overrides.map { Parameter($0.path, $0.value) },
        settings: settings[index], settingsJSON: NestedSettings.text(run.values),
        parameters: run.values,
        groupKey: identity.groupKey(without: repeats, fingerprint: found.fingerprint),
        groupLabel: groupLabels[index], repeatIndex: run.repeatIndex,
        round: run.round, inputs: found,
        earlierTrainKey: found.named.isEmpty
          ? nil : identity.trainKey(fingerprint: found.fingerprint))
    }
    // Seeds of one setting may each begin with weights, or be guided by a network, of their own: the first's stand for all.
    var firstNamed: [String: [String: String]] = [:]
    for (index, run) in runs.enumerated() {
      let named = run.inputs.named.merging(run.inputs.namedAfterTraining) { $1 }
      let groupNamed = firstNamed[run.groupKey] ?? named
      firstNamed[run.groupKey] = groupNamed
      guard !groupNamed.isEmpty else { continue }
      runs[index].groupKey = Identity(run.parameters).groupKey(
        without: repeats, fingerprint: run.inputs.fingerprint, inputs: groupNamed)
    }
    let problems = runs.compactMap(\.inputs.problem)
    // One run that cannot begin leaves the others alone; a plan of which none can is a mistake.
    if let problem = problems.first, problems.count == runs.count { throw problem }
    if let store {
      try recognise(in: store)
      try requireWeights(store)
    }
  }

  /// - Throws: why no run can begin, where each is still to begin with a network that is gone.
  private func requireWeights(_ store: RunStore) throws {
    guard let gone = runs.first?.inputs.gone, runs.allSatisfy({ $0.inputs.gone != nil }) else {
      return
    }
    let states = try store.states()
    if runs.allSatisfy({ [nil, .queued, .failed].contains(states[$0.id]) }) { throw gone }
  }
}
