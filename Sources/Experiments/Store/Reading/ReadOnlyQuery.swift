import Foundation
import GRDB
import GRDBSQLite
import Text
import Values

/// What a query gave.
package struct QueryResult: Sendable, Hashable, Encodable {
  package enum Value: Sendable, Hashable {
    case null
    case integer(Int)
    case number(Double)
    case text(String)
    /// Bytes; only their number is told.
    case bytes(Int)
  }

  package var columns: [String]
  package var rows: [[Value]]
}

extension QueryResult.Value: Encodable {
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .bytes(let count): try container.encode("(\(count) bytes)")
    }
  }
}

extension RunStore {
  /// Runs one `SELECT` (or `WITH`, `VALUES`, `EXPLAIN`) that cannot change anything.
  /// - Parameter experiment: makes the view `wide` of that experiment: one row per run, one column per
  ///   swept setting and per metric, whose last value it is.
  /// - Parameter limit: the most rows that are wanted: one more than these ends the query.
  /// - Throws: `StoreError`: `badInput` for wrong SQL, several statements, or a write; `notFound`
  ///   for the experiment.
  package func query(
    _ sql: String, experiment: String? = nil, limit: Int = .max, seconds: Double? = nil
  ) throws -> QueryResult {
    try answer(
      sql, views: experiment.map { [try wideView(experiment: $0)] } ?? [], limit: limit,
      seconds: seconds)
  }

  /// The same for a cell of an experiment's report: the documented views hold the runs that its
  /// file asks for, and `main.runs` and the like those of the whole store.
  /// - Parameter seconds: how long the query may take.
  /// - Throws: also `badInput` for one that takes longer.
  package func cellQuery(
    _ sql: String, experiment: String, limit: Int, seconds: Double
  ) throws -> QueryResult {
    var views = RunStore.memberViews(experiment: experiment)
    // Making the view costs a look at all runs.
    if sql.lowercased().contains("wide") { views.append(try wideView(experiment: experiment)) }
    return try answer(sql, views: views, limit: limit, seconds: seconds)
  }

  /// - Parameter views: definitions of temporary views.
  private func answer(
    _ sql: String, views: [String], limit: Int, seconds: Double? = nil
  ) throws -> QueryResult {
    guard SQLText.isQuery(sql) else {
      throw StoreError(
        .badInput,
        "'sql' only reads: one SELECT (or WITH, VALUES, EXPLAIN); this is: \(excerpt(sql))")
    }
    return try readApart { db in
      // Temporary views come before the connection is made to refuse all writes.
      for view in views { try db.execute(sql: view) }
      try db.execute(sql: "PRAGMA query_only = 1")
      return try RunStore.limited(to: seconds, db) { try RunStore.run(sql, limit: limit, db) }
    }
  }

  private final class Deadline {
    let end: ContinuousClock.Instant

    init(_ end: ContinuousClock.Instant) {
      self.end = end
    }
  }

  /// Ends what `body` asks of the database when it has taken so long.
  private static func limited(
    to seconds: Double?, _ db: Database, _ body: () throws -> QueryResult
  ) throws -> QueryResult {
    guard let seconds, let connection = db.sqliteConnection else { return try body() }
    let deadline = Deadline(ContinuousClock.now.advanced(by: .seconds(seconds)))
    // Every N instructions of SQLite's virtual machine, of which it does some ten million a second.
    sqlite3_progress_handler(
      connection, 10_000,
      { context in
        guard let context else { return 0 }
        let deadline = Unmanaged<Deadline>.fromOpaque(context).takeUnretainedValue()
        return ContinuousClock.now < deadline.end ? 0 : 1
      }, Unmanaged.passUnretained(deadline).toOpaque())
    // A single function may take long between two of them, if what it makes may be long.
    let longest = sqlite3_limit(connection, SQLITE_LIMIT_LENGTH, 16 << 20)
    defer {
      sqlite3_limit(connection, SQLITE_LIMIT_LENGTH, longest)
      sqlite3_progress_handler(connection, 0, nil, nil)
    }
    do {
      return try withExtendedLifetime(deadline) { try body() }
    } catch let error as DatabaseError where error.resultCode == .SQLITE_INTERRUPT {
      throw StoreError(
        .badInput,
        "the query took longer than \(seconds.canonical) s; narrow it, or ask with "
          + "'workbench sql', which waits for it")
    }
  }

  private static func advice(_ problem: String, _ sql: String) -> String {
    if problem.contains("no such table: wide") {
      return "the view 'wide' is one experiment's: say --experiment NAME"
    }
    // SQL takes eval/loss for a division, and training.batch for a column of a table.
    let isUnquoted = problem.contains("no such column") && sql.contains { "./".contains($0) }
    return isUnquoted
      ? "names with a '.' or a '/' stand in double quotes, as in \"eval/loss\", and are columns of 'wide', "
        + "which --experiment NAME gives"
      : "'workbench sql --schema' describes what there is"
  }

  private static func run(
    _ sql: String, limit: Int, _ db: Database
  ) throws -> QueryResult {
    do {
      let statement = try db.makeStatement(sql: sql)
      guard statement.isReadonly else {
        throw StoreError(.badInput, "'sql' only reads; this would write: \(excerpt(sql))")
      }
      var result = QueryResult(columns: statement.columnNames, rows: [])
      let count = statement.columnCount
      let rows = try Row.fetchCursor(statement)
      while result.rows.count <= limit, let row = try rows.next() {
        result.rows.append(
          (0..<count).map { index in
            switch (row[index] as DatabaseValue).storage {
            case .null: .null
            case .int64(let value): .integer(Int(value))
            case .double(let value): .number(value)
            case .string(let value): .text(value)
            case .blob(let value): .bytes(value.count)
            }
          })
      }
      return result
    } catch let error as DatabaseError
      where [
        .SQLITE_ERROR, .SQLITE_MISUSE, .SQLITE_READONLY, .SQLITE_AUTH, .SQLITE_MISMATCH,
        .SQLITE_TOOBIG, .SQLITE_RANGE,
      ].contains(error.resultCode)
    {
      // Whose advice is for programmers.
      let isSeveral = error.message?.hasPrefix("Multiple statements") == true
      let problem = isSeveral ? "one statement at a time" : error.message ?? ""
      throw StoreError(
        .badInput,
        "the query is wrong: \(problem) (in: \(excerpt(sql))); "
          + advice(problem, sql))
    }
  }

  /// The documented views, of the runs alone that an experiment's file asks for: a temporary view
  /// hides the database's of the same name.
  private static func memberViews(experiment: String) -> [String] {
    let name = SQLText.literal(experiment)
    let members = """
      SELECT member.runId FROM main.experimentRun AS member
      JOIN main.experiment AS experiment ON experiment.id = member.experimentId
      WHERE experiment.name = \(name) AND NOT member.orphan
      """
    return StoreDocumentation.current.views.map { view in
      let columns = view.columns.map(\.name)
      // A run may belong to several experiments.
      let own = columns.contains("experiment") ? " AND experiment = \(name)" : ""
      return """
        CREATE TEMP VIEW \(view.name) AS SELECT * FROM main.\(view.name)
        WHERE \(columns.contains("runId") ? "runId" : "id") IN (\(members))\(own)
        """
    }
  }

  /// The definition of the temporary view `wide`.
  package func wideView(experiment name: String) throws -> String {
    var columns = ["run.id", "member.label", "run.state", "run.seed", "run.step", "run.seconds"]
    var taken: Set = ["id", "label", "state", "seed", "step", "seconds"]
    func add(_ column: String, _ value: String) {
      // SQLite allows 2,000 columns, and their names are alike whatever their case.
      guard columns.count < 1_900, taken.insert(column.lowercased()).inserted else { return }
      columns.append("(\(value)) AS \(SQLText.identifier(column))")
    }
    for path in sweptPaths(of: try runs(experiment: name, fields: .none)) {
      add(
        path,
        """
        SELECT ifnull(number, value) FROM main.parameter
        WHERE runId = run.id AND path = \(SQLText.literal(path))
        """)
    }
    for metric in try metricNames(experiment: name) where !MetricName.isOfLayer(metric) {
      add(
        metric,
        "SELECT last FROM main.series WHERE runId = run.id AND name = \(SQLText.literal(metric))")
    }
    return """
      CREATE TEMP VIEW wide AS SELECT \(columns.joined(separator: ", "))
      FROM main.experimentRun AS member JOIN main.run AS run ON run.id = member.runId
      JOIN main.experiment AS experiment ON experiment.id = member.experimentId
      WHERE experiment.name = \(SQLText.literal(name)) AND NOT member.orphan
        AND run.deleted IS NULL ORDER BY member.position
      """
  }
}

/// The paths that a sweep set in any of the runs, in the order of the file.
package func sweptPaths(of runs: [RunSummary]) -> [String] {
  distinct(runs.flatMap { $0.overrides.map(\.path) })
}

private func excerpt(_ sql: String) -> String {
  sql.count > 120 ? sql.prefix(120) + "…" : sql
}
