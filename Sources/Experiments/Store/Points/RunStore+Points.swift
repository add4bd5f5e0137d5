package import GRDB
import GRDBSQLite
import Values

/// Some points of one metric of one run, by step.
package struct SeriesPoints: Sendable, Hashable {
  /// The metric's name, like `train/loss`.
  package var name: String
  package var steps: [Int]
  /// One a step; NaN and infinities are kept.
  package var values: [Double]

  /// - Precondition: as many values as steps.
  package init(name: String, steps: [Int] = [], values: [Double] = []) {
    precondition(steps.count == values.count)
    self.name = name
    self.steps = steps
    self.values = values
  }

  package mutating func append(step: Int, value: Double) {
    steps.append(step)
    values.append(value)
  }
}

extension RunStore {
  /// Adds points to a run's series and brings their summaries up to date. A step that is there
  /// already takes the new value.
  /// - Parameter durably: whether they are on the disk when this returns.
  /// - Throws: `StoreError.Kind.notFound`.
  package func appendPoints(
    _ batches: [SeriesPoints], run: String, durably: Bool = false
  ) throws {
    let batches = batches.filter { !$0.steps.isEmpty }
    guard !batches.isEmpty else { return }
    // Timesteps say nothing of how far a run is.
    let step =
      batches.lazy.filter { !MetricName.isOverTimesteps($0.name) }.map { $0.steps.max() ?? 0 }
      .max() ?? 0
    try write(durably: durably) { db in
      try db.cachedStatement(
        sql: "UPDATE run SET step = max(step, ?), updated = ? WHERE id = ?"
      ).execute(arguments: [step, now, run])
      try requireChange(db, run)
      var series = try batches.map { (try Series.find($0.name, run: run, db), $0) }
      series.sort { $0.0.id < $1.0.id }
      for (var summary, points) in series {
        try RunStore.insert(points, into: summary.id, db)
        if !summary.extend(by: points) { try summary.remake(db) }
        try summary.save(db)
      }
    }
  }

  /// Takes a run back to a checkpoint: deletes its points beyond `step` and makes those series'
  /// summaries anew.
  package func truncatePoints(run: String, beyond step: Int) throws {
    try write { db in
      try db.execute(
        sql: "UPDATE run SET step = min(step, ?), updated = ? WHERE id = ?",
        arguments: [step, now, run])
      try requireChange(db, run)
      let touched = try Series.all(run: run, db).filter { ($0.lastStep ?? .min) > step }
      for var series in touched {
        try db.execute(
          sql: "DELETE FROM point WHERE seriesId = ? AND step > ?", arguments: [series.id, step])
        try series.remake(db)
        if series.count == 0 {
          try db.execute(sql: "DELETE FROM series WHERE id = ?", arguments: [series.id])
        } else {
          try series.save(db)
        }
      }
    }
  }

  /// The hot loop, by SQLite's own calls: GRDB's bindings would cost as much as the insertion, and
  /// so would a statement a point.
  package static func insert(_ points: SeriesPoints, into series: Int64, _ db: Database) throws {
    var place = 0
    while place < points.steps.count {
      let isMany = points.steps.count - place >= rowsAtOnce
      let rows = isMany ? rowsAtOnce : 1
      let statement = try db.cachedStatement(sql: isMany ? insertMany : insertOne).sqliteStatement
      sqlite3_reset(statement)
      for row in 0..<rows {
        let column = Int32(row * 3)
        sqlite3_bind_int64(statement, column + 1, series)
        sqlite3_bind_int64(statement, column + 2, Int64(points.steps[place + row]))
        let value = points.values[place + row]
        if value.isNaN {
          sqlite3_bind_null(statement, column + 3)
        } else {
          sqlite3_bind_double(statement, column + 3, value)
        }
      }
      let code = sqlite3_step(statement)
      sqlite3_reset(statement)
      guard code == SQLITE_DONE else {
        throw DatabaseError(
          resultCode: ResultCode(rawValue: code),
          message: "cannot insert a point at step \(points.steps[place])")
      }
      place += rows
    }
  }

  private static let rowsAtOnce = 50
  private static let insertOne = insertion(rows: 1)
  private static let insertMany = insertion(rows: rowsAtOnce)

  private static func insertion(rows: Int) -> String {
    let values = Array(repeating: "(?, ?, ?)", count: rows).joined(separator: ", ")
    return """
      INSERT INTO point (seriesId, step, value) VALUES \(values)
      ON CONFLICT DO UPDATE SET value = excluded.value
      """
  }
}
