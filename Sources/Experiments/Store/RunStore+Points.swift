import GRDB
import GRDBSQLite

/// Some points of one metric of one run, by step.
public struct SeriesPoints: Sendable, Hashable {
  /// The metric's name, like `train/loss`.
  public var name: String
  public var steps: [Int]
  /// One a step; NaN and infinities are kept.
  public var values: [Double]

  /// - Precondition: as many values as steps.
  public init(name: String, steps: [Int] = [], values: [Double] = []) {
    precondition(steps.count == values.count)
    self.name = name
    self.steps = steps
    self.values = values
  }

  public mutating func append(step: Int, value: Double) {
    steps.append(step)
    values.append(value)
  }
}

extension RunStore {
  /// Adds points to a run's series and brings their summaries up to date. A step that is there
  /// already takes the new value.
  /// - Throws: `StoreError.Kind.notFound`.
  public func appendPoints(_ batches: [SeriesPoints], run: String) throws {
    let batches = batches.filter { !$0.steps.isEmpty }
    guard let step = batches.lazy.map({ $0.steps.max() ?? 0 }).max() else { return }
    try write { db in
      try db.cachedStatement(
        sql: "UPDATE run SET step = max(step, ?), updated = ? WHERE id = ?"
      ).execute(arguments: [step, now, run])
      try requireChange(db, run)
      var series = try batches.map { (try Series.find($0.name, run: run, db), $0) }
      series.sort { $0.0.id < $1.0.id }
      for (var summary, points) in series {
        try insert(points, into: summary.id, db)
        if !summary.extend(by: points) { try summary.remake(db) }
        try summary.save(db)
      }
    }
  }

  /// Takes a run back to a checkpoint: deletes its points beyond `step` and makes those series'
  /// summaries anew.
  public func truncatePoints(run: String, beyond step: Int) throws {
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

  /// The hot loop, by SQLite's own calls: GRDB's bindings would cost as much as the insertion.
  private func insert(_ points: SeriesPoints, into series: Int64, _ db: Database) throws {
    let statement = try db.cachedStatement(
      sql: "INSERT OR REPLACE INTO point (seriesId, step, value) VALUES (?, ?, ?)"
    ).sqliteStatement
    sqlite3_reset(statement)
    sqlite3_bind_int64(statement, 1, series)
    for (step, value) in zip(points.steps, points.values) {
      sqlite3_bind_int64(statement, 2, Int64(step))
      if value.isNaN {
        sqlite3_bind_null(statement, 3)
      } else {
        sqlite3_bind_double(statement, 3, value)
      }
      let code = sqlite3_step(statement)
      sqlite3_reset(statement)
      guard code == SQLITE_DONE else {
        throw DatabaseError(
          resultCode: ResultCode(rawValue: code), message: "cannot insert a point at step \(step)")
      }
    }
  }
}
