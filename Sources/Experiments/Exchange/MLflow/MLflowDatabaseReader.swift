import GRDB
import Store
import Values

/// Reads MLflow's databases (`mlflow/store/tracking/dbmodels/models.py`). NaN is a flag beside a value of 0; infinities
/// were written as the largest double, and are infinities again here. Deleted runs and experiments are left out.
struct MLflowDatabaseReader: ForeignReader {
  let path: String
  let steps: StepChoice

  func forEachRun(
    _ notices: inout ImportNotices, _ body: (ForeignRun) throws -> Void
  ) throws {
    try ForeignDatabase.read(path) { db in
      let rows = try Row.fetchAll(
        db,
        sql: """
          SELECT run_uuid, experiments.name AS experiment, runs.name AS name, status, start_time, end_time, user_id,
            runs.lifecycle_stage <> 'active' OR experiments.lifecycle_stage <> 'active' AS isDeleted
          FROM runs JOIN experiments USING (experiment_id) ORDER BY start_time, run_uuid
          """)
      for row in rows {
        if row["isDeleted"] ?? false {
          notices.add("runs that were deleted in MLflow, left out")
          continue
        }
        let id: String = row["run_uuid"]
        var run = MLflowImportedRun(
          id: id, experiment: row["experiment"], name: row["name"],
          status: row["status"] ?? "RUNNING",
          began: row["start_time"], ended: row["end_time"], user: row["user_id"])
        run.parameters = try texts(db, "params", id)
        run.tags = try texts(db, "tags", id)
        try body(run.run(try points(db, id, &notices), &notices))
      }
    }
  }

  private func texts(_ db: Database, _ table: String, _ id: String) throws -> [String: String] {
    var rows = try RowReader(db, "SELECT key, value FROM \(table) WHERE run_uuid = ?", texts: [id])
    var texts: [String: String] = [:]
    while try rows.next() { texts[rows.text(0)] = rows.text(1) }
    return texts
  }

  private func points(
    _ db: Database, _ id: String, _ notices: inout ImportNotices
  ) throws -> PointGathering {
    var rows = try RowReader(
      db,
      "SELECT key, step, value, is_nan, timestamp FROM metrics WHERE run_uuid = ? ORDER BY key, timestamp, value",
      texts: [id])
    var points = PointGathering(steps)
    var clock: [Int: Double] = [:]
    var (name, list): (String, [MLflowPoints.Point]) = ("", [])
    while try rows.next() {
      if !rows.isText(0, name) {
        if !list.isEmpty { MLflowPoints.add(list, of: name, to: &points, &clock) }
        name = rows.text(0)
        list.removeAll(keepingCapacity: true)
      }
      var value = rows.number(2)
      if rows.integer(3) != 0 {
        value = .nan
      } else if abs(value) == .greatestFiniteMagnitude {
        value = value > 0 ? .infinity : -.infinity
        notices.add(
          "values of ±1.797e308, which MLflow's database has for infinities, taken as these")
      }
      list.append(.init(step: rows.integer(1), value: value, time: rows.number(4)))
    }
    if !list.isEmpty { MLflowPoints.add(list, of: name, to: &points, &clock) }
    MLflowPoints.add(clock, to: &points)
    return points
  }
}
