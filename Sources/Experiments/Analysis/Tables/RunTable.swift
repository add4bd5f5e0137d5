import Diffusion
package import ExperimentFiles
import GRDB
import Statistics
package import Store
package import Values

/// A run as a report's cells know it. Settings and metrics are asked of its table, which loads what
/// is asked for and nothing else.
package struct TableRun: RunOutcome, Sendable, Hashable {
  /// Place in the table.
  package var index: Int
  package var id: String
  package var label: String
  package var state: RunState
  package var created: String
  /// The last sign of life.
  package var updated: String
  package var ended: String?
  /// Of all attempts.
  package var seconds: Double?
  package var seed: Int
  /// Steps done.
  package var step: Int
  package var error: String?
  /// Whether it is no longer in the experiment's file.
  package var isOrphan: Bool
  /// What the sweep set, repeated seeds included.
  package var overrides: [Parameter]
  package var tags: [String]
  package var notes: [String]
}

/// An experiment's runs: a row a run, a column what a cell asks for.
package final class RunTable {
  package let store: RunStore
  package let experiment: ExperimentSummary
  /// Those the file asks for, in the plan's order.
  package let runs: [TableRun]
  /// Those of before that it no longer asks for.
  package let orphans: [TableRun]
  /// How many the file asks for that were deleted.
  package let deleted: Int
  package let objective: Objective
  /// Paths that were swept to be compared, in the file's order.
  package let sweptPaths: [String]
  /// Paths that runs of one setting differ in: seeds.
  package let repeatedPaths: [String]

  private var settings: [String: [String: ParameterValue]] = [:]
  private var summaries: [String: [String: MetricSummary]] = [:]
  private var histories: [String: [String: SeriesPoints]] = [:]
  private var pictures: [String: [Artifact]]?
  private var names: [String]?
  private var provenance: [String: [String: String]]?
  private var contents: [String: String]?
  private var telling: [String]?

  /// - Throws: `StoreError`: `notFound` if the store does not have the experiment.
  package init(store: RunStore, experiment name: String) throws {
    self.store = store
    let experiment = try store.experiment(name)
    self.experiment = experiment
    let all = try RunTable.rows(store, name)
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
  }

  private static func rows(_ store: RunStore, _ experiment: String) throws -> [TableRun] {
    try store.read { db in
      let tags = try RunStore.texts(db, "SELECT runId, name FROM tag ORDER BY name")
      let notes = try RunStore.texts(db, "SELECT runId, text FROM note ORDER BY id")
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT run.id, member.label, run.state, run.created, run.updated, run.ended, run.seconds,
            run.seed, run.step, run.error, member.orphan, member.overrides
          FROM experimentRun AS member
          JOIN run ON run.id = member.runId AND run.deleted IS NULL
          JOIN experiment ON experiment.id = member.experimentId
          WHERE experiment.name = ? ORDER BY member.orphan, member.position, run.created, run.id
          """, arguments: [experiment])
      return try rows.enumerated().map { index, row in
        let id: String = row[0]
        return TableRun(
          index: index, id: id, label: row[1], state: RunState(stored: row[2]), created: row[3],
          updated: row[4], ended: row[5], seconds: row[6], seed: row[7], step: row[8],
          error: row[9], isOrphan: row[10],
          overrides: try StoredSettings.overrides(row[11]), tags: tags[id] ?? [],
          notes: notes[id] ?? [])
      }
    }
  }

  // MARK: Columns

  /// Members of the experiment, for the queries below.
  private static let members = """
    (SELECT member.runId FROM experimentRun AS member
     JOIN run ON run.id = member.runId AND run.deleted IS NULL
     JOIN experiment ON experiment.id = member.experimentId WHERE experiment.name = ?)
    """

  /// What a dotted path is set to; nil where the run has no such setting.
  package func setting(_ path: String, of run: TableRun) throws -> ParameterValue? {
    if let swept = run.overrides.last(where: { $0.path == path }) { return swept.value }
    try load(setting: path)
    return settings[path]?[run.id]
  }

  /// What is kept of a metric's points; nil where the run has none.
  package func summary(_ metric: String, of run: TableRun) throws -> MetricSummary? {
    try load(metric: metric)
    return summaries[metric]?[run.id]
  }

  /// A metric's last value; nil where the run does not have it.
  package func last(_ metric: String, of run: TableRun) throws -> Double? {
    try summary(metric, of: run)?.last
  }

  package func load(setting path: String) throws {
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

  package func load(metric: String) throws {
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

  /// Paths that tell settings apart: those swept, and, where runs are alike in all of these and in
  /// their seeds (after a plan with overrides of the command line), what else differs.
  package func tellingPaths() throws -> [String] {
    if let telling { return telling }
    var seen: Set<[String]> = []
    let isUnique = try runs.allSatisfy { run in
      let values = try sweptPaths.map { try setting($0, of: run)?.text ?? "" }
      return seen.insert(values + [seedKey(run)]).inserted
    }
    let paths = isUnique ? sweptPaths : sweptPaths + (try unsweptPaths())
    telling = paths
    return paths
  }

  /// Paths outside the sweep in which runs that are alike in it differ.
  private func unsweptPaths() throws -> [String] {
    let all = try store.runs(experiment: experiment.name).filter { !$0.isOrphan }
    return unsweptSettings(
      of: all.map(\.parameters), alikeIn: sweptPaths, repeated: Set(repeatedPaths))
  }

  /// Every metric that any of the runs has, in alphabetical order.
  package func metricNames() throws -> [String] {
    if let names { return names }
    let found = try store.metricNames(experiment: experiment.name)
    names = found
    return found
  }

  /// A metric's points by step; empty where the run has none.
  package func points(_ metric: String, of run: TableRun) throws -> SeriesPoints {
    if let points = histories[metric]?[run.id] { return points }
    let points = try store.history(run: run.id, metric: metric)
    histories[metric, default: [:]][run.id] = points
    return points
  }

  /// The pictures that a run has made, by name and step.
  package func pictures(of run: TableRun) throws -> [Artifact] {
    if let pictures { return pictures[run.id] ?? [] }
    let found = try store.read { db in
      var found: [String: [Artifact]] = [:]
      let rows = try Row.fetchCursor(
        db,
        sql: """
          SELECT link.runId, link.name, link.step, link.created, artifact.mediaType,
            artifact.bytes, artifact.sha256, artifact.width, artifact.height
          FROM runArtifact AS link JOIN artifact ON artifact.sha256 = link.sha256
          WHERE artifact.mediaType LIKE 'image/%' AND link.runId IN \(Self.members)
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
  package func environment(of run: TableRun) throws -> [String: String] {
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
  package func program(of run: TableRun) throws -> String? {
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

  /// What pairs a run of one setting with a run of another: its repeated seeds.
  package func seedKey(_ run: TableRun) -> String {
    let seeds = run.overrides.filter { repeatedPaths.contains($0.path) }
    if seeds.isEmpty { return String(run.seed) }
    return seeds.map(\.value.text).joined(separator: ",")
  }

  /// The runs that the file asks for and for which the condition holds, in the plan's order.
  /// - Throws: `StoreError`; `ExpressionError` on a division by zero or values that do not go
  ///   together.
  package func runs(where condition: Expression.Node?) throws -> [TableRun] {
    guard let condition else { return runs }
    try load(namesOf: condition)
    return try runs.filter { run in
      try TableRow(table: self, run: run).satisfies(condition, objective: objective)
    }
  }

  /// Loads the columns that a condition looks at.
  private func load(namesOf condition: Expression.Node) throws {
    var names: [String] = []
    condition.visit { node in
      switch node {
      case .name(let name, _): names.append(name)
      case .call(let call): if let metric = call.metric { names.append(metric) }
      default: break
      }
    }
    for name in names where RunAttribute(rawValue: name) == nil {
      if name.contains("/") { try load(metric: name) } else { try load(setting: name) }
    }
  }

  /// Everything that can change about the runs, as a text: equal texts, equal answers.
  package func fingerprint(of runs: [TableRun]) throws -> String {
    let contents = try self.contents ?? readContents()
    self.contents = contents
    var lines = [
      experiment.name, objective.metric, objective.goal.rawValue,
      sweptPaths.joined(separator: " "), String(deleted),
    ]
    for run in runs {
      var parts = [run.id, run.label, run.state.rawValue, run.updated, run.ended ?? ""]
      parts += [run.seconds?.canonical ?? "", run.error ?? "", contents[run.id] ?? ""]
      parts += run.overrides.map { "\($0.path)=\($0.value.text)" }
      parts += ["tags"] + run.tags + ["notes"] + run.notes
      lines.append(parts.joined(separator: "\u{1F}"))
    }
    return lines.joined(separator: "\u{1E}")
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

/// A run with its table: what an expression looks at. The columns that it needs are loaded before.
package struct TableRow: ExpressionRun {
  package let table: RunTable
  package let run: TableRun

  package init(
    table: RunTable, run: TableRun
  ) {
    self.table = table
    self.run = run
  }

  package func attribute(_ attribute: RunAttribute) -> ExpressionValue {
    func text(_ value: String?) -> ExpressionValue { value.map { .text($0) } ?? .none }
    return switch attribute {
    case .id: .text(run.id)
    case .experiment: .text(table.experiment.name)
    case .label: .text(run.label)
    case .state: .text(run.state.rawValue)
    case .tag: .texts(run.tags)
    case .note: .texts(run.notes)
    case .seed: .number(Double(run.seed))
    case .step: .number(Double(run.step))
    case .seconds: run.seconds.map { .number($0) } ?? .none
    case .created: .text(run.created)
    case .ended: text(run.ended)
    case .error: text(run.error)
    }
  }

  package func setting(_ path: String) -> ParameterValue? { try? table.setting(path, of: run) }
  package func summary(_ metric: String) -> MetricSummary? { try? table.summary(metric, of: run) }
}
