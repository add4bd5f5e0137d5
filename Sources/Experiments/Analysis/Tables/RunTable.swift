import Diffusion
package import ExperimentFiles
import GRDB
import Statistics
package import Store
import Synchronization
package import Values

/// An experiment's runs, and of their settings, metrics and pictures what is asked for. Several threads may ask.
package final class RunTable: Sendable {
  package let store: RunStore
  package let experiment: ExperimentSummary
  /// Those the file asks for, in the plan's order.
  package let runs: [RunSummary]
  /// Those of before that it no longer asks for.
  package let orphans: [RunSummary]
  /// How many the file asks for that were deleted.
  package let deleted: Int
  /// What decides between the runs: the experiment's, or what takes its place (`Comparison.deciding`).
  package let objective: Objective
  /// Whether what counts in it is how far runs are from what it truly is.
  package let countsDistance: Bool
  /// Paths that were swept to be compared, in the file's order.
  package let sweptPaths: [String]
  /// Paths that runs of one setting differ in: seeds.
  package let repeatedPaths: [String]
  /// What pairs a run of one setting with a run of another.
  package let pairing: RunPairing

  private let columns: RunColumns

  private struct Derived {
    var telling: [String]?
    /// The last that was made.
    var fingerprint: (runs: [String], text: String)?
  }
  private let derived = Mutex(Derived())
  private let deriving = KeyedLocks()

  /// - Throws: `StoreError`: `notFound` if the store does not have the experiment.
  package init(store: RunStore, experiment name: String) throws {
    self.store = store
    let experiment = try store.experiment(name)
    self.experiment = experiment
    columns = RunColumns(store, experiment: name)
    let all = try store.runs(experiment: name, fields: .none)
    columns.place(all)
    runs = all.filter { !$0.isOrphan }
    orphans = all.filter(\.isOrphan)
    deleted = try store.deletedCount(experiment: name)
    var overridden: [String] = []
    for path in all.flatMap(\.overrides).map(\.path) where !overridden.contains(path) {
      overridden.append(path)
    }
    let swept = experiment.sweep?.paths ?? []
    sweptPaths = swept.isEmpty ? overridden.filter { $0 != "training.seed" } : swept
    repeatedPaths = overridden.filter { [sweptPaths] in !sweptPaths.contains($0) }
    pairing = RunPairing(repeated: repeatedPaths, settings: [])
    let asked =
      experiment.objective ?? Objective(metric: Objective.standardMetric, goal: .minimize)
    let deciding = Comparison.deciding(
      asked,
      try columns.filled(
        runs, settings: Comparison.truthPaths, metrics: [asked.metric] + Comparison.truthMetrics))
    (objective, countsDistance) = (deciding.objective ?? asked, deciding.countsDistance)
  }

  // MARK: Columns

  /// What a dotted path is set to; nil where the run has no such setting.
  package func setting(_ path: String, of run: RunSummary) throws -> ParameterValue? {
    try columns.setting(path, of: run)
  }

  /// What is kept of a metric's points; nil where the run has none.
  package func summary(_ metric: String, of run: RunSummary) throws -> MetricSummary? {
    try columns.summary(metric, of: run)
  }

  /// A metric's last value; nil where the run does not have it.
  package func last(_ metric: String, of run: RunSummary) throws -> Double? {
    try summary(metric, of: run)?.last
  }

  /// The value of a setting or an attribute.
  package func value(_ path: String, of run: RunSummary) throws -> ParameterValue? {
    try columns.value(path, of: run)
  }

  /// The runs with these settings (or attributes) and metrics in them.
  package func filled(
    _ runs: [RunSummary], settings: some Sequence<String>, metrics: some Sequence<String> = []
  ) throws -> [RunSummary] {
    try columns.filled(runs, settings: settings, metrics: metrics)
  }

  /// How far a run's value is from what the objective truly is; the value itself where nothing is known of that.
  package func score(_ value: Double, _ metric: String, of run: RunSummary) throws -> Double {
    guard countsDistance, metric == objective.metric,
      let truth = Comparison.truth(
        metric, of: try filled([run], settings: Comparison.truthPaths)[0])
    else { return value }
    return abs(value - truth)
  }

  /// Which way a metric is better; nil where neither is, as where the nearest to a true value is best.
  package func goal(_ metric: String) -> Objective.Goal? {
    countsDistance && metric == objective.metric
      ? nil : MetricName.goal(metric, objective: objective)
  }

  /// Paths that are not the same in all runs.
  package func differingSettings() throws -> Set<String> {
    try columns.differingSettings()
  }

  /// Paths that tell settings apart.
  package func tellingPaths() throws -> [String] {
    if let known = derived.withLock({ $0.telling }) { return known }
    return try deriving.withLock("telling") {
      if let known = derived.withLock({ $0.telling }) { return known }
      let paths = SettingPaths(try filled(runs, settings: differingSettings())).telling
      derived.withLock { $0.telling = paths }
      return paths
    }
  }

  /// Every metric that any of the runs has, in alphabetical order.
  package func metricNames() throws -> [String] {
    try columns.metricNames()
  }

  /// Whether all runs are another program's.
  package var isImported: Bool { !runs.isEmpty && runs.allSatisfy { $0.source != nil } }

  /// What runs of other programs have.
  package func importedNames() throws -> ImportedNames {
    guard runs.contains(where: { $0.source != nil }) else { return .none }
    let settings = try store.read { db in
      try String.fetchSet(
        db,
        sql: """
          SELECT DISTINCT path FROM parameter
          WHERE runId IN (SELECT runId FROM importedRun) AND runId IN \(RunColumns.members)
          """, arguments: [experiment.name])
    }
    return ImportedNames(settings: settings, metrics: Set(try metricNames()))
  }

  /// The pictures that a run has made, and its samples that are vectors, by name and step.
  package func pictures(of run: RunSummary) throws -> [Artifact] {
    try columns.pictures(of: run)
  }

  /// What the run's last attempt says of where it was made.
  package func environment(of run: RunSummary) throws -> [String: String] {
    try columns.environment(of: run)
  }

  /// Which state of the program made the run; nil where that is not known.
  package func program(of run: RunSummary) throws -> String? {
    let environment = try environment(of: run)
    return environment["git.commit"] ?? environment["program.version"]
  }

  /// Settings that are the same in all runs that the file asks for, by path.
  package func commonSettings() throws -> [String: ParameterValue] {
    let (_, spreads) = try store.settingSpreads(experiment: experiment.name, withOrphans: false)
    return try spreads.filter { $1.runs == runs.count && $1.least == $1.greatest }
      .mapValues { try StoredSettings.value($0.least) }
  }

  /// The bytes of an artifact.
  package func content(sha256: String) throws -> [UInt8] { try store.content(sha256: sha256) }

  // MARK: Sets of runs

  /// Runs of several groups, each with a value, seed by seed.
  /// - Throws: `StoreError`.
  package func pairs(_ groups: [[(run: RunSummary, value: Double)]]) throws -> PairedSeeds {
    let paths = try tellingPaths()
    let keyed = try groups.map { group in
      zip(try filled(group.map(\.run), settings: paths), group).map { ($0, $1.value) }
    }
    return PairedSeeds(pairing.keyed(keyed))
  }

  /// Some of the runs by their settings, held against each other.
  /// - Parameters:
  ///   - by: what tells settings apart, settings or attributes; empty: all that does.
  ///   - objective: what decides; nil: the experiment's.
  ///   - settings: which settings the runs shall have besides those that differ.
  ///   - knowsTruth: whether a true value, where there is one, decides.
  /// - Throws: `StoreError`.
  package func comparison(
    of runs: [RunSummary], by: [String] = [], objective: Objective? = nil, metrics: [String],
    also settings: [String] = [], knowsTruth: Bool = true
  ) throws -> Comparison {
    let paths = try differingSettings().union(by).union(settings).union(Comparison.truthPaths)
    let objective = objective ?? self.objective
    let wanted = metrics + [objective.metric]
    var filled = try filled(runs, settings: paths, metrics: wanted)
    if wanted.contains(Comparison.speed) {
      filled = try store.withMedians(of: Comparison.speed, filled)
    }
    return Comparison(
      of: filled, objective: objective, by: by, metrics: metrics, knowsTruth: knowsTruth)
  }

  /// The runs that the file asks for and for which the condition holds, in the plan's order.
  /// - Throws: `StoreError`; `ExpressionError` on a division by zero or values that do not go
  ///   together.
  package func runs(where condition: Expression.Node?) throws -> [RunSummary] {
    guard let condition else { return runs }
    var names: Set<String> = []
    condition.visit { node in
      switch node {
      case .name(let name, _): names.insert(name)
      case .call(let call): if let metric = call.metric { names.insert(metric) }
      default: break
      }
    }
    names = names.filter { RunAttribute(rawValue: $0) == nil }
    let metrics = names.filter { $0.contains("/") }
    let filled = try filled(runs, settings: names.subtracting(metrics), metrics: metrics)
    return try zip(runs, filled).filter { try $1.satisfies(condition, objective: objective) }
      .map(\.0)
  }

  /// Everything that can change about the runs, as a text: equal texts, equal answers.
  package func fingerprint(of runs: [RunSummary]) throws -> String {
    let contents = try columns.contents()
    // Most cells of a report look at the same runs.
    let ids = runs.map(\.id)
    if let known = derived.withLock({ $0.fingerprint }), known.runs == ids { return known.text }
    var lines = [
      experiment.name, objective.metric, objective.goal.rawValue,
      sweptPaths.joined(separator: " "), try tellingPaths().joined(separator: " "),
      String(deleted),
    ]
    for run in runs {
      var parts = [run.id, run.label ?? "", run.state.rawValue, run.updated, run.ended ?? ""]
      parts += [run.seconds?.canonical ?? "", run.error ?? "", contents[run.id] ?? ""]
      parts += run.overrides.map { "\($0.path)=\($0.value.text)" }
      parts += ["tags"] + run.tags + ["notes"] + run.notes
      lines.append(parts.joined(separator: "\u{1F}"))
    }
    let text = lines.joined(separator: "\u{1E}")
    derived.withLock { $0.fingerprint = (ids, text) }
    return text
  }
}
