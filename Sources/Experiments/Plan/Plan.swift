public import Diffusion

/// One run to do: everything about it is settled before any run starts.
public struct PlannedRun: Sendable, Identifiable {
  /// Place in the plan, from 0.
  public let index: Int
  /// SHA-256, 64 hexadecimal digits: the same settings on the same data are the same run.
  public let id: String
  /// SHA-256 of what the weights follow from, but for `training.steps`.
  public let trainKey: String
  /// What differs: `kind=cosine,precision=bf16`.
  public let label: String
  /// What the sweep set, in the order of the file, seeds last.
  public let overrides: [Parameter]
  public let settings: RunSettings
  /// `settings` as the store keeps them (`FrozenSettings`).
  public let settingsJSON: String
  /// Every key of the run, by its dotted path.
  public let parameters: [String: ParameterValue]
  /// Runs that differ in repeated seeds alone share it: results are averaged over them.
  public let groupKey: String
  /// `label` without the seeds.
  public let groupLabel: String
  /// Which of the group's seeds, from 0.
  public let repeatIndex: Int
  /// Which round of a `tpe` sweep proposed it, from 0.
  public let round: Int
}

/// All runs of an experiment, in order.
public struct Plan: Sendable {
  public let experiment: String
  public let runs: [PlannedRun]
  /// An overridden file asks for other runs on purpose: the store's are no orphans.
  public let makesOrphans: Bool
  /// When a run ends before its time.
  public let pruning: PruningRule?
  /// Seconds of all runs together after which no further one is started.
  public let maximumSeconds: Double?
  /// What a `tpe` sweep has proposed.
  public internal(set) var search: SearchRounds?

  /// - Parameter fingerprint: a hash of the data's content; called once for each different
  ///   `data` section.
  /// - Throws: what `fingerprint` throws.
  public init(
    _ file: ExperimentFile, fingerprint: (DataSettings) throws -> String
  ) throws {
    experiment = file.name
    makesOrphans = !file.isOverridden
    pruning = file.sweep?.pruning
    maximumSeconds = file.sweep?.maximumSeconds
    let labels = Labels(runs: file.runs, sweep: file.sweep, experiment: file.name)
    let repeats = file.sweep?.repeats.map(\.path) ?? []
    let runLabels = Labels.unique(labels.labels(file.runs))
    let groupLabels = labels.labels(file.runs, without: Set(repeats))

    var fingerprints: [DataSettings: String] = [:]
    runs = try file.runs.enumerated().map { (index, run) in
      let settings = try SettingsCoding.settings(from: run.values)
      let content = try fingerprints[settings.data] ?? fingerprint(settings.data)
      fingerprints[settings.data] = content
      let trainKey = Identity.trainKey(run.values, fingerprint: content)
      return PlannedRun(
        index: index, id: Identity.runID(run.values, trainKey: trainKey), trainKey: trainKey,
        label: runLabels[index],
        overrides: run.overrides.map { Parameter($0.path, $0.value) },
        settings: settings, settingsJSON: FrozenSettings.json(of: run.values).canonical,
        parameters: run.values,
        groupKey: Identity.groupKey(run.values, without: repeats, fingerprint: content),
        groupLabel: groupLabels[index], repeatIndex: run.repeatIndex,
        round: run.round)
    }
  }
}
