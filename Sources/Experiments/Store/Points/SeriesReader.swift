import GRDB
import GRDBSQLite

/// Reads one series after another through one statement, into the same two arrays: what plots of a
/// thousand runs go through. Only within one read of the store.
final class SeriesReader {
  private let statement: SQLiteStatement
  /// Keeps the statement alive.
  private let owner: Statement
  private(set) var steps: [Int] = []
  /// One a step; NaN is kept.
  private(set) var values: [Double] = []

  init(_ db: Database) throws {
    owner = try db.makeStatement(
      sql: "SELECT step, value FROM point WHERE seriesId = ? ORDER BY step")
    statement = owner.sqliteStatement
  }

  /// Puts the points of a series in the place of those read before, by step.
  /// - Throws: `DatabaseError`.
  func read(_ series: Int64) throws {
    steps.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
    sqlite3_reset(statement)
    sqlite3_bind_int64(statement, 1, series)
    var code = sqlite3_step(statement)
    while code == SQLITE_ROW {
      steps.append(Int(sqlite3_column_int64(statement, 0)))
      values.append(
        sqlite3_column_type(statement, 1) == SQLITE_NULL
          ? .nan : sqlite3_column_double(statement, 1))
      code = sqlite3_step(statement)
    }
    sqlite3_reset(statement)
    guard code == SQLITE_DONE else {
      throw DatabaseError(
        resultCode: ResultCode(rawValue: code), message: "cannot read the series \(series)")
    }
  }
}

extension RunStore {
  /// Hands over a metric's points, run by run in the given order; runs without any are left out.
  /// - Parameter body: gets the place in `runs`, then steps and values, NaN among them.
  /// - Throws: `StoreError`, and what `body` throws.
  package func forEachSeries(
    _ metric: String, of runs: [String],
    _ body: (_ run: Int, _ steps: [Int], _ values: [Double]) throws -> Void
  ) throws {
    try read { db in
      let id = try db.makeStatement(sql: "SELECT id FROM series WHERE runId = ? AND name = ?")
      let reader = try SeriesReader(db)
      for (index, run) in runs.enumerated() {
        guard let id = try Int64.fetchOne(id, arguments: [run, metric]) else { continue }
        try reader.read(id)
        try body(index, reader.steps, reader.values)
      }
    }
  }
}
