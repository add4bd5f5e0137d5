import Diffusion
package import ExperimentFiles
import GRDB
import Statistics
package import Store
package import Values

/// An experiment's runs, and of their settings, metrics and pictures what is asked for: each is read once, for all runs,
/// when it is first asked for, so that a thousand runs cost a few queries.
package final class RunTable {
  package let store: RunStore
  package let experiment: ExperimentSummary
  /// Those the file asks for, in the plan's order.
  package let runs: [RunSummary]
  /// Those of before that it no longer asks for.
  package let orphans: [RunSummary]
  /// How many the file asks for that were deleted.
  package let deleted: Int
  /// What decides between the runs: the experiment's, or what takes its place (`Comparison.deciding`).
  package private(set) var objective: Objective
  /// Whether what counts in it is how far runs are from what it truly is.
  package private(set) var countsDistance = false
  /// Paths that were swept to be compared, in the file's order.
  package let sweptPaths: [String]
  /// Paths that runs of one setting differ in: seeds.
  package let repeatedPaths: [String]
  /// What pairs a run of one setting with a run of another.
  package let pairing: RunPairing

  private var settings: [String: [String: ParameterValue]] = [:]
  private var summaries: [String: [String: MetricSummary]] = [:]
  private var pictures: [String: [Artifact]]?
  private var names: [String]?
  private var provenance: [String: [String: String]]?
  private var contents: [String: String]?
  /// The last that was made.
  private var lastFingerprint: (runs: [String], text: String)?
  private var telling: [String]?
  private var differing: Set<String>?

  /// - Throws: `StoreError`: `notFound` if the store does not have the experiment.
  package init(store: RunStore, experiment name: String) throws {
    self.store = store
    let experiment = try store.experiment(name)
    self.experiment = experiment
    let all = try store.runs(experiment: name, fields: .none)
    runs = all.filter { !$0.isOrphan }
    orphans = all.filter(\.isOrphan)
    deleted = try store.deletedCount(experiment: name)
    objective =
      experiment.objective ?? Objective(metric: Objective.standardMetric, goal: .minimize)
    var overridden: [String] = []
    for path in all.flatMap(\.overrides).map(\.path) where !overridden.contains(path) {
      overridden.append(path)
    }
    let swept = experiment.sweep?.paths ?? []
    sweptPaths = swept.isEmpty ? overridden.filter { $0 != "training.seed" } : swept
    repeatedPaths = overridden.filter { [sweptPaths] in !sweptPaths.contains($0) }
    pairing = RunPairing(repeated: repeatedPaths, settings: [])
    let deciding = Comparison.deciding(
      objective,
      try filled(
        runs, settings: Comparison.truthPaths,
        metrics: [objective.metric] + Comparison.truthMetrics))
    (objective, countsDistance) = (deciding.objective ?? objective, deciding.countsDistance)
  }

  // MARK: Columns

  /// Members of the experiment, for the queries below.
  private static let members = """
    (SELECT member.runId FROM experimentRun AS member
     JOIN run ON run.id = member.runId AND run.deleted IS NULL
     JOIN experiment ON experiment.id = member.experimentId WHERE experiment.name = ?)
    """

  /// What a dotted path is set to; nil where the run has no such setting.
  package func setting(_ path: String, of run: RunSummary) throws -> ParameterValue? {
    if let swept = run.overrides.last(where: { $0.path == path }) { return swept.value }
    try load(setting: path)
    return settings[path]?[run.id]
  }

  /// What is kept of a metric's points; nil where the run has none.
  package func summary(_ metric: String, of run: RunSummary) throws -> MetricSummary? {
    try load(metric: metric)
    return summaries[metric]?[run.id]
  }

  /// A metric's last value; nil where the run does not have it.
  package func last(_ metric: String, of run: RunSummary) throws -> Double? {
    try summary(metric, of: run)?.last
  }

  private func load(setting path: String) throws {
    guard settings[path] == nil else { return }
    settings[path] = try store.read { db in
      var values: [String: ParameterValue] = [:]
      var settings = StoredSettings.Reader()
      let rows = try Row.fetchCursor(
        db,
        sql: "SELECT runId, json FROM parameter WHERE path = ? AND runId IN \(Self.members)",
        arguments: [path, experiment.name])
      while let row = try rows.next() { values[row[0]] = try settings.value(row[1]) }
      return values
    }
  }

  private func load(metric: String) throws {
    guard summaries[metric] == nil else { return }
    summaries[metric] = try store.read { db in
      var values: [String: MetricSummary] = [:]
      let rows = try Row.fetchCursor(
        db,
        sql: "SELECT * FROM series WHERE name = ? AND runId IN \(Self.members)",
        arguments: [metric, experiment.name])
      while let row = try rows.next() { values[row["runId"]] = MetricSummary(row: row) }
      return values
    }
  }

  /// The value of a setting or an attribute.
  package func value(_ path: String, of run: RunSummary) throws -> ParameterValue? {
    guard let attribute = RunAttribute(rawValue: path) else { return try setting(path, of: run) }
    switch run.attribute(attribute) {
    case .number(let value):
      return Int(exactly: value).map { .integer($0) } ?? .number(value)
    case .text(let text): return .string(text)
    case .texts(let texts): return .string(texts.joined(separator: ", "))
    case .boolean(let value): return .boolean(value)
    case .none: return nil
    }
  }

  /// The runs with these settings (or attributes) and metrics in them.
  package func filled(
    _ runs: [RunSummary], settings: some Sequence<String>, metrics: some Sequence<String> = []
  ) throws -> [RunSummary] {
    let (settings, metrics) = (Set(settings), Set(metrics))
    return try runs.map { run in
      var run = run
      for path in settings { run.parameters[path] = try value(path, of: run) }
      for metric in metrics { run.metrics[metric] = try summary(metric, of: run) }
      return run
    }
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
    if let differing { return differing }
    let found = try store.differingSettings(experiment: experiment.name)
    differing = found
    return found
  }

  /// Paths that tell settings apart.
  package func tellingPaths() throws -> [String] {
    if let telling { return telling }
    let paths = SettingPaths(try filled(runs, settings: differingSettings())).telling
    telling = paths
    return paths
  }

  /// Every metric that any of the runs has, in alphabetical order.
  package func metricNames() throws -> [String] {
    if let names { return names }
    let found = try store.metricNames(experiment: experiment.name)
    names = found
    return found
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
          WHERE runId IN (SELECT runId FROM importedRun) AND runId IN \(Self.members)
          """, arguments: [experiment.name])
    }
    return ImportedNames(settings: settings, metrics: Set(try metricNames()))
  }

  /// The pictures that a run has made, and its samples that are vectors, by name and step.
  package func pictures(of run: RunSummary) throws -> [Artifact] {
    if let pictures { return pictures[run.id] ?? [] }
    let found = try store.read { db in
      var found: [String: [Artifact]] = [:]
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT link.runId, link.name, link.step, link.created, artifact.mediaType,
            artifact.bytes, artifact.sha256, artifact.width, artifact.height
          FROM runArtifact AS link JOIN artifact ON artifact.sha256 = link.sha256
          WHERE (artifact.mediaType LIKE 'image/%' OR artifact.mediaType = '\(Artifact.arrayType)')
            AND link.runId IN \(Self.members)
          ORDER BY link.runId, link.name, link.step
          """, arguments: [experiment.name])
      while let row = try rows.next() {
        found[row["runId"], default: []].append(
          Artifact(
            name: row["name"], step: row["step"], mediaType: row["mediaType"],
            bytes: row["bytes"], sha256: row["sha256"], width: row["width"],
            height: row["height"], created: row["created"]))
      }
      return found
    }
    pictures = found
    return found[run.id] ?? []
  }

  /// What the run's last attempt says of where it was made.
  package func environment(of run: RunSummary) throws -> [String: String] {
    if let provenance { return provenance[run.id] ?? [:] }
    let found = try store.read { db in
      var found: [String: [String: String]] = [:]
      // Most runs of an experiment were made in one place.
      var decoded: [String: [String: String]] = [:]
      let rows = try Row.fetchCursor(
        db,
        sql:
          "SELECT runId, environment FROM attempt WHERE runId IN \(Self.members) ORDER BY number",
        arguments: [experiment.name])
      while let row = try rows.next() {
        let text: String = row[1]
        let value = try decoded[text] ?? StoredJSON.decode([String: String].self, text)
        decoded[text] = value
        found[row[0]] = value
      }
      return found
    }
    provenance = found
    return found[run.id] ?? [:]
  }

  /// Which state of the program made the run; nil where that is not known.
  package func program(of run: RunSummary) throws -> String? {
    let environment = try environment(of: run)
    return environment["git.commit"] ?? environment["program.version"]
  }

  /// Settings that are the same in all runs that the file asks for, by path.
  package func commonSettings() throws -> [String: ParameterValue] {
    try store.read { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT path, min(json) AS json FROM parameter
          WHERE runId IN (SELECT member.runId FROM experimentRun AS member
            JOIN run ON run.id = member.runId AND run.deleted IS NULL
            JOIN experiment ON experiment.id = member.experimentId
            WHERE experiment.name = ? AND NOT member.orphan)
          GROUP BY path HAVING count(*) = ? AND min(json) = max(json)
          """, arguments: [experiment.name, runs.count])
      var common: [String: ParameterValue] = [:]
      for row in rows {
        common[row["path"]] = try StoredSettings.value(row["json"])
      }
      return common
    }
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
    let contents = try self.contents ?? readContents()
    self.contents = contents
    // Most cells of a report look at the same runs.
    let ids = runs.map(\.id)
    if let known = lastFingerprint, known.runs == ids { return known.text }
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
    lastFingerprint = (ids, text)
    return text
  }

  /// What each run has brought, by id, in numbers that change with it.
  private func readContents() throws -> [String: String] {
    try store.read { db in
      var contents: [String: String] = [:]
      let points = try Row.fetchCursor(
        db,
        sql: """
          SELECT runId, count(*), sum(count), sum(lastStep) FROM series
          WHERE runId IN \(Self.members) GROUP BY runId
          """, arguments: [experiment.name])
      while let row = try points.next() {
        let sums: [Int] = [row[1], row[2] ?? 0, row[3] ?? 0]
        contents[row[0], default: ""] += "\(sums) "
      }
      let artifacts = try Row.fetchCursor(
        db,
        sql: """
          SELECT runId, count(*), max(id) FROM runArtifact WHERE runId IN \(Self.members)
          GROUP BY runId
          """, arguments: [experiment.name])
      while let row = try artifacts.next() {
        let sums: [Int] = [row[1], row[2] ?? 0]
        contents[row[0], default: ""] += "\(sums)"
      }
      return contents
    }
  }
}
