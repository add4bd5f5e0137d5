package import GRDB
import GRDBSQLite

/// A row of `series`: what is kept about a metric's points, so that lists never touch them.
package struct Series: Equatable {
  package var id: Int64
  package var count = 0
  package var nanCount = 0
  /// The value at `lastStep`, the highest; nil is NaN.
  package var last: Double?
  package var lastStep: Int?
  /// Over the values that are not NaN; nil without any. Equal values: the earliest step.
  package var min: Double?
  package var minStep: Int?
  package var max: Double?
  package var maxStep: Int?

  /// Takes in points just inserted, if they all come after those before, in order.
  /// - Returns: false if they do not; then the summary is wrong until `remake`.
  package mutating func extend(by points: SeriesPoints) -> Bool {
    for (step, value) in zip(points.steps, points.values) {
      if let lastStep, step <= lastStep { return false }
      lastStep = step
      count += 1
      if value.isNaN {
        nanCount += 1
        last = nil
        continue
      }
      last = value
      if min.map({ value < $0 }) ?? true { (min, minStep) = (value, step) }
      if max.map({ value > $0 }) ?? true { (max, maxStep) = (value, step) }
    }
    return true
  }

  /// Makes the summary from the points.
  package mutating func remake(_ db: Database) throws {
    self = Series(id: id)
    let counts = try Row.fetchOne(
      db, sql: "SELECT count(*), count(*) - count(value) FROM point WHERE seriesId = ?",
      arguments: [id])
    count = counts?[0] ?? 0
    nanCount = counts?[1] ?? 0
    func first(_ condition: String, _ order: String) throws -> (Double?, Int?) {
      let row = try Row.fetchOne(
        db,
        sql: """
          SELECT value, step FROM point WHERE seriesId = ? AND \(condition)
          ORDER BY \(order) LIMIT 1
          """, arguments: [id])
      return (row?[0], row?[1])
    }
    (last, lastStep) = try first("1", "step DESC")
    (min, minStep) = try first("value IS NOT NULL", "value, step")
    (max, maxStep) = try first("value IS NOT NULL", "value DESC, step")
  }

  // MARK: Rows

  private static let columns =
    "id, count, nanCount, last, lastStep, min, minStep, max, maxStep"

  /// - Parameter row: of `columns`.
  private init(_ row: borrowing RowReader) {
    self.init(id: Int64(row.integer(0)))
    (count, nanCount) = (row.integer(1), row.integer(2))
    (last, lastStep) = (row.optionalNumber(3), row.optionalInteger(4))
    (min, minStep) = (row.optionalNumber(5), row.optionalInteger(6))
    (max, maxStep) = (row.optionalNumber(7), row.optionalInteger(8))
  }

  private init(id: Int64) {
    self.id = id
  }

  package static func all(run: String, _ db: Database) throws -> [Series] {
    var rows = try RowReader(
      db, "SELECT \(columns) FROM series WHERE runId = ?", texts: [run])
    var all: [Series] = []
    while try rows.next() { all.append(Series(rows)) }
    return all
  }

  /// The run's series of that name, made if it is not there.
  package static func find(_ name: String, run: String, _ db: Database) throws -> Series {
    var rows = try RowReader(
      db, "SELECT \(columns) FROM series WHERE runId = ? AND name = ?", texts: [run, name])
    if try rows.next() { return Series(rows) }
    try db.cachedStatement(sql: "INSERT INTO series (runId, name) VALUES (?, ?)")
      .execute(arguments: [run, name])
    return Series(id: db.lastInsertedRowID)
  }

  package func save(_ db: Database) throws {
    let statement = try db.cachedStatement(
      sql: """
        UPDATE series SET count = ?, nanCount = ?, last = ?, lastStep = ?, min = ?, minStep = ?,
          max = ?, maxStep = ?, median = NULL WHERE id = ?
        """
    ).sqliteStatement
    sqlite3_reset(statement)
    func bind(_ place: Int32, _ value: Int?) {
      if let value {
        sqlite3_bind_int64(statement, place, Int64(value))
      } else {
        sqlite3_bind_null(statement, place)
      }
    }
    func bindNumber(_ place: Int32, _ value: Double?) {
      if let value {
        sqlite3_bind_double(statement, place, value)
      } else {
        sqlite3_bind_null(statement, place)
      }
    }
    bind(1, count)
    bind(2, nanCount)
    bindNumber(3, last)
    bind(4, lastStep)
    bindNumber(5, min)
    bind(6, minStep)
    bindNumber(7, max)
    bind(8, maxStep)
    bind(9, Int(id))
    let code = sqlite3_step(statement)
    sqlite3_reset(statement)
    guard code == SQLITE_DONE else {
      throw DatabaseError(
        resultCode: ResultCode(rawValue: code), message: "cannot save the summary of a series")
    }
  }
}
