package import GRDB
import Values

extension RunStore {
  /// An experiment's runs in the order of its plan, orphans last.
  /// - Throws: `StoreError.Kind.notFound`.
  package func runs(experiment: String, fields: RunFields = .all) throws -> [RunSummary] {
    let runs = try runs(
      where: "experiment.name = ? AND run.deleted IS NULL", [experiment], fields)
    // An experiment may have no run, so that only then it has to be looked for.
    if runs.isEmpty { _ = try self.experiment(experiment) }
    return runs
  }

  /// Every run, once for each experiment that has it, by experiment and plan.
  package func runs(fields: RunFields = .all) throws -> [RunSummary] {
    try runs(where: "run.deleted IS NULL", [], fields)
  }

  /// The runs that `remove` hid, once for each experiment that has them.
  package func deletedRuns(fields: RunFields = .all) throws -> [RunSummary] {
    try runs(where: "run.deleted IS NOT NULL", [], fields)
  }

  /// The run of that full id, once for each experiment that has it.
  /// - Throws: `StoreError.Kind.notFound`.
  package func memberships(run: String) throws -> [RunSummary] {
    let found = try runs(where: "run.id = ? AND run.deleted IS NULL", [run], .all)
    if found.isEmpty { throw RunStore.noRun(run) }
    return found
  }

  // MARK: Rows

  /// Five queries whatever the number of runs, and none of them touches the points.
  private func runs(
    where condition: String, _ arguments: [String], _ fields: RunFields
  ) throws -> [RunSummary] {
    let members = """
      FROM run LEFT JOIN experimentRun AS member ON member.runId = run.id
      LEFT JOIN experiment ON experiment.id = member.experimentId
      LEFT JOIN importedRun ON importedRun.runId = run.id WHERE \(condition)
      """
    let chosen = "runId IN (SELECT run.id \(members))"
    return try read { db in
      let shared = try SharedSettings.all(db, fields.parameters)
      let own = try parameters(db, chosen, arguments, fields.parameters)
      let metrics = try metrics(db, chosen, arguments, fields.metrics)
      let overrides = fields.overrides ? try RunStore.overrides(db, chosen, arguments) : [:]
      let tags = try RunStore.texts(db, "SELECT runId, name FROM tag ORDER BY name")
      let notes = try RunStore.texts(db, "SELECT runId, text FROM note ORDER BY id")
      return try Row.fetchAll(
        db,
        sql: """
          SELECT run.id, run.trainKey, experiment.name, member.label, member.position, run.state,
            run.created, run.ended, run.seconds, run.seed, run.step, run.error, member.orphan,
            member.repeatGroup, run.pinned, run.deleted, run.updated, importedRun.source,
            run.sharedId, member.experimentId
          \(members)
          ORDER BY experiment.name IS NULL, experiment.name, member.orphan, member.position,
            run.created, run.id
          """, arguments: StatementArguments(arguments)
      ).map { row in
        let id: String = row[0]
        let sharedID: Int64? = row[18]
        let experiment: Int64? = row[19]
        var parameters = sharedID.flatMap { shared[$0] } ?? [:]
        parameters.merge(own[id] ?? [:]) { $1 }
        return try RunSummary(
          row: row, overrides: experiment.flatMap { overrides[$0]?[id] } ?? [],
          parameters: parameters, metrics: metrics[id] ?? [:], tags: tags[id] ?? [],
          notes: notes[id] ?? [])
      }
    }
  }

  /// Texts by run, of a query that gives both; people write few.
  package static func texts(_ db: Database, _ sql: String) throws -> [String: [String]] {
    var texts: [String: [String]] = [:]
    let rows = try Row.fetchCursor(db, sql: sql)
    while let row = try rows.next() { texts[row[0], default: []].append(row[1]) }
    return texts
  }

  /// What sweeps have set, by experiment and run.
  private static func overrides(
    _ db: Database, _ chosen: String, _ arguments: [String]
  ) throws -> [Int64: [String: [Parameter]]] {
    var rows = try RowReader(
      db,
      """
      SELECT experimentId, runId, override.value ->> 'path', override.value -> 'value'
      FROM experimentRun CROSS JOIN json_each(experimentRun.overrides) AS override
      WHERE \(chosen) ORDER BY experimentId, runId, override.id
      """, texts: arguments)
    var overrides: [Int64: [String: [Parameter]]] = [:]
    var settings = StoredSettings.Reader()
    while try rows.next() {
      let parameter = Parameter(rows.text(2), try settings.value(rows.text(3)))
      overrides[Int64(rows.integer(0)), default: [:]][rows.text(1), default: []].append(parameter)
    }
    return overrides
  }

  /// Settings that are runs' own.
  private func parameters(
    _ db: Database, _ chosen: String, _ arguments: [String], _ names: RunFields.Names
  ) throws -> [String: [String: ParameterValue]] {
    guard let (wanted, more) = try RunStore.restriction("path", names) else { return [:] }
    var rows = try RowReader(
      db,
      "SELECT runId, path, json FROM ownParameter WHERE \(chosen)\(wanted) ORDER BY runId, path",
      texts: arguments + more)
    var byRun = Grouped<ParameterValue>()
    var settings = StoredSettings.Reader()
    while try rows.next() {
      byRun.add(rows.text(0), rows.text(1), try settings.value(rows.text(2)))
    }
    return byRun.finished()
  }

  private func metrics(
    _ db: Database, _ chosen: String, _ arguments: [String], _ names: RunFields.Names
  ) throws -> [String: [String: MetricSummary]] {
    guard let (wanted, more) = try RunStore.restriction("name", names) else { return [:] }
    var rows = try RowReader(
      db,
      """
      SELECT runId, name, count, nanCount, last, lastStep, min, minStep, max, maxStep
      FROM series WHERE \(chosen)\(wanted) ORDER BY runId, name
      """, texts: arguments + more)
    var byRun = Grouped<MetricSummary>()
    while try rows.next() { byRun.add(rows.text(0), rows.text(1), MetricSummary(columns: rows)) }
    return byRun.finished()
  }

  /// Values by run and name, of rows that come run by run.
  private struct Grouped<Value> {
    private var all: [String: [String: Value]] = [:]
    private var run = ""
    private var current: [String: Value] = [:]

    mutating func add(_ run: String, _ name: String, _ value: Value) {
      if run != self.run {
        if !current.isEmpty { all[self.run] = current }
        self.run = run
        current.removeAll(keepingCapacity: true)
      }
      current[name] = value
    }

    mutating func finished() -> [String: [String: Value]] {
      if !current.isEmpty { all[run] = current }
      return all
    }
  }

  /// A condition that lets only these names through; nil where there is none to let through.
  static func restriction(
    _ column: String, _ names: RunFields.Names
  ) throws -> (sql: String, arguments: [String])? {
    switch names {
    case .all: return ("", [])
    case .only(let names) where names.isEmpty: return nil
    case .only(let names):
      // One argument whatever their number: SQLite limits their number.
      return (
        " AND \(column) IN (SELECT value FROM json_each(?))",
        [try StoredJSON.text(names.sorted())]
      )
    }
  }
}

extension RunSummary {
  fileprivate init(
    row: Row, overrides: [Parameter], parameters: [String: ParameterValue],
    metrics: [String: MetricSummary], tags: [String], notes: [String]
  ) throws {
    id = row[0]
    trainKey = row[1]
    experiment = row[2]
    label = row[3]
    position = row[4] ?? 0
    state = RunState(stored: row[5])
    created = row[6]
    ended = row[7]
    seconds = row[8]
    seed = row[9]
    step = row[10]
    error = row[11]
    isOrphan = row[12] ?? false
    repeatGroup = row[13]
    pinned = row[14]
    deleted = row[15]
    updated = row[16]
    source = row[17]
    self.overrides = overrides
    self.tags = tags
    self.notes = notes
    self.parameters = parameters
    self.metrics = metrics
  }
}

extension MetricSummary {
  fileprivate init(columns row: borrowing RowReader) {
    self.init(
      count: row.integer(2), nanCount: row.integer(3), last: row.number(4),
      lastStep: row.integer(5), min: row.number(6), minStep: row.optionalInteger(7),
      max: row.number(8), maxStep: row.optionalInteger(9))
  }

  /// Of a row of `series`.
  package init(row: Row) {
    self.init(
      count: row["count"], nanCount: row["nanCount"], last: row["last"] ?? .nan,
      lastStep: row["lastStep"] ?? 0, min: row["min"] ?? .nan, minStep: row["minStep"],
      max: row["max"] ?? .nan, maxStep: row["maxStep"])
  }
}
