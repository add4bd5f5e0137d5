import ExperimentFiles
import GRDB
import Store
import Synchronization
import Values

/// What runs of an experiment have, column by column: each is read once, for all runs, when it is first asked for, so that
/// a thousand runs cost a few queries. Several threads may ask.
final class RunColumns: Sendable {
  private let store: RunStore
  private let experiment: String

  private struct Known: Sendable {
    /// Of runs in the columns below, by their ids.
    var places: [String: Int] = [:]
    var settings: [String: [ParameterValue?]] = [:]
    var summaries: [String: [MetricSummary?]] = [:]
    var pictures: [String: [Artifact]]?
    var environments: [String: [String: String]]?
    var contents: [String: String]?
    var metricNames: [String]?
    var differing: Set<String>?
  }
  private let known = Mutex(Known())

  /// - Parameter experiment: its name.
  init(_ store: RunStore, experiment: String) {
    (self.store, self.experiment) = (store, experiment)
  }

  /// Gives runs their places; their ids are then kept once.
  func place(_ runs: [RunSummary]) {
    known.withLock { known in
      known.places.reserveCapacity(runs.count)
      for run in runs where known.places[run.id] == nil {
        known.places[run.id] = known.places.count
      }
    }
  }

  /// Members of the experiment, for the queries below and others of its name.
  static let members = """
    (SELECT member.runId FROM experimentRun AS member
     JOIN run ON run.id = member.runId AND run.deleted IS NULL
     JOIN experiment ON experiment.id = member.experimentId WHERE experiment.name = ?)
    """

  /// Those of them that its file asks for.
  static let plannedMembers = members.replacing(
    "WHERE experiment.name = ?", with: "WHERE NOT member.orphan AND experiment.name = ?")

  private let reading = KeyedLocks()

  /// What is known, or is read now, by one thread if several ask.
  private func column<Value: Sendable>(
    _ name: String, _ place: (Known) -> Value?, keep: (inout Known, Value) -> Void,
    read: () throws -> Value
  ) throws -> Value {
    if let value = known.withLock({ place($0) }) { return value }
    return try reading.withLock(name) {
      if let value = known.withLock({ place($0) }) { return value }
      let value = try read()
      known.withLock { keep(&$0, value) }
      return value
    }
  }

  // MARK: Settings

  /// What a dotted path is set to; nil where the run has no such setting.
  func setting(_ path: String, of run: RunSummary) throws -> ParameterValue? {
    if let swept = run.overrides.last(where: { $0.path == path }) { return swept.value }
    let values = try column(path, { $0.settings[path] }, keep: { $0.settings[path] = $1 }) {
      try readSetting(path)
    }
    return value(of: run, in: values)
  }

  private func value<Value: Sendable>(of run: RunSummary, in column: [Value?]) -> Value? {
    guard let place = known.withLock({ $0.places[run.id] }), place < column.count else {
      return nil
    }
    return column[place]
  }

  /// Runs' values by their places, which they get when they are first seen.
  private func placed<Value: Sendable>(_ values: [(run: String, value: Value)]) -> [Value?] {
    known.withLock { known in
      var column = [Value?](repeating: nil, count: known.places.count)
      column.reserveCapacity(max(known.places.count, values.count))
      for (run, value) in values {
        guard let place = known.places[run] else {
          let place = known.places.count
          known.places[run] = place
          column += [Value?](repeating: nil, count: place - column.count)
          column.append(value)
          continue
        }
        column[place] = value
      }
      return column
    }
  }

  private func readSetting(_ path: String) throws -> [ParameterValue?] {
    let values = try store.read { db in
      var values: [(run: String, value: ParameterValue)] = []
      var settings = StoredSettings.Reader()
      let rows = try Row.fetchCursor(
        db.cachedStatement(
          sql: "SELECT runId, json FROM parameter WHERE path = ? AND runId IN \(Self.members)"),
        arguments: [path, experiment])
      while let row = try rows.next() {
        values.append((run: row[0], value: try settings.value(row[1])))
      }
      return values
    }
    return placed(values)
  }

  /// The value of a setting or an attribute.
  func value(_ path: String, of run: RunSummary) throws -> ParameterValue? {
    guard let attribute = RunAttribute(rawValue: path) else { return try setting(path, of: run) }
    switch run.attribute(attribute) {
    case .number(let value):
      return Int(exactly: value).map { .integer($0) } ?? .number(value)
    case .longInteger(let value): return .integer(value)
    case .text(let text): return .string(text)
    case .texts(let texts): return .string(texts.joined(separator: ", "))
    case .boolean(let value): return .boolean(value)
    case .none: return nil
    }
  }

  /// Paths that are not the same in all runs.
  func differingSettings() throws -> Set<String> {
    try column(
      "differing", { $0.differing }, keep: { $0.differing = $1 },
      read: { try store.differingSettings(experiment: experiment) })
  }

  // MARK: Metrics

  /// What is kept of a metric's points; nil where the run has none.
  func summary(_ metric: String, of run: RunSummary) throws -> MetricSummary? {
    let values = try column(metric, { $0.summaries[metric] }, keep: { $0.summaries[metric] = $1 }) {
      try readSummaries(metric)
    }
    return value(of: run, in: values)
  }

  private func readSummaries(_ metric: String) throws -> [MetricSummary?] {
    let values = try store.read { db in
      var values: [(run: String, value: MetricSummary)] = []
      let rows = try Row.fetchCursor(
        db.cachedStatement(
          sql: "SELECT * FROM series WHERE name = ? AND runId IN \(Self.members)"),
        arguments: [metric, experiment])
      while let row = try rows.next() {
        values.append((run: row["runId"], value: MetricSummary(row: row)))
      }
      return values
    }
    return placed(values)
  }

  /// Every metric that any of the runs has, in alphabetical order.
  func metricNames() throws -> [String] {
    try column(
      "metrics", { $0.metricNames }, keep: { $0.metricNames = $1 },
      read: { try store.metricNames(experiment: experiment) })
  }

  /// The runs with these settings (or attributes) and metrics in them.
  func filled(
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

  // MARK: Pictures, environments, contents

  /// The pictures that a run has made, and its samples that are vectors, by name and step.
  func pictures(of run: RunSummary) throws -> [Artifact] {
    try column("pictures", { $0.pictures }, keep: { $0.pictures = $1 }, read: readPictures)[run.id]
      ?? []
  }

  private func readPictures() throws -> [String: [Artifact]] {
    try store.read { db in
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
          """, arguments: [experiment])
      while let row = try rows.next() {
        found[row["runId"], default: []].append(
          Artifact(
            name: row["name"], step: row["step"], mediaType: row["mediaType"],
            bytes: row["bytes"], sha256: row["sha256"], width: row["width"],
            height: row["height"], created: row["created"]))
      }
      return found
    }
  }

  /// What the run's last attempt says of where it was made.
  func environment(of run: RunSummary) throws -> [String: String] {
    try column(
      "environments", { $0.environments }, keep: { $0.environments = $1 }, read: readEnvironments)[
        run.id] ?? [:]
  }

  private func readEnvironments() throws -> [String: [String: String]] {
    try store.read { db in
      var found: [String: [String: String]] = [:]
      // Of several attempts the last says.
      let rows = try Row.fetchCursor(
        db.cachedStatement(
          sql: """
            SELECT attempt.runId, entry.key, entry.value
            FROM attempt, json_each(attempt.environment) AS entry
            WHERE attempt.runId IN \(Self.members)
              AND attempt.number = (SELECT max(number) FROM attempt AS other
                WHERE other.runId = attempt.runId)
            """),
        arguments: [experiment])
      while let row = try rows.next() { found[row[0], default: [:]][row[1]] = row[2] }
      return found
    }
  }

  /// What each run has brought, by id, in numbers that change with it.
  func contents() throws -> [String: String] {
    try column("contents", { $0.contents }, keep: { $0.contents = $1 }, read: readContents)
  }

  private func readContents() throws -> [String: String] {
    try store.read { db in
      var contents: [String: String] = [:]
      let points = try Row.fetchCursor(
        db,
        sql: """
          SELECT runId, count(*), sum(count), sum(lastStep) FROM series
          WHERE runId IN \(Self.members) GROUP BY runId
          """, arguments: [experiment])
      while let row = try points.next() {
        let sums: [Int] = [row[1], row[2] ?? 0, row[3] ?? 0]
        contents[row[0], default: ""] += "\(sums) "
      }
      let artifacts = try Row.fetchCursor(
        db,
        sql: """
          SELECT runId, count(*), max(id) FROM runArtifact WHERE runId IN \(Self.members)
          GROUP BY runId
          """, arguments: [experiment])
      while let row = try artifacts.next() {
        let sums: [Int] = [row[1], row[2] ?? 0]
        contents[row[0], default: ""] += "\(sums)"
      }
      return contents
    }
  }
}
