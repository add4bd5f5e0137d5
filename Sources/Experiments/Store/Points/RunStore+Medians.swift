package import GRDB
import Statistics
import Values

extension RunStore {
  /// The runs with the median of a metric's points in place of its last value.
  package func withMedians(of metric: String, _ runs: [RunSummary]) throws -> [RunSummary] {
    let several = runs.filter { $0.metrics[metric].map { $0.count > 1 } ?? false }
    let medians = try medians(of: metric, runs: Set(several.map(\.id)))
    return runs.map { run in
      var run = run
      if let median = medians[run.id] { run.metrics[metric]?.last = median }
      return run
    }
  }

  /// By run; points that are no number are left out.
  private func medians(of metric: String, runs: Set<String>) throws -> [String: Double] {
    try read { db in
      var medians: [String: Double] = [:]
      var series = try RowReader(
        db, "SELECT id, runId, count, median FROM series WHERE name = ?", texts: [metric])
      while try series.next() {
        let run = series.text(1)
        guard runs.contains(run) else { continue }
        medians[run] =
          try series.optionalNumber(3)
          ?? RunStore.median(of: Int64(series.integer(0)), count: series.integer(2), db)
      }
      return medians
    }
  }

  private static func median(of series: Int64, count: Int, _ db: Database) throws -> Double {
    let points = try points(of: series, count: count, name: "", db)
    return Statistics.median(of: points.values.filter { !$0.isNaN })
  }

  /// Keeps the medians of a run that has ended: of its speeds, which tables of many runs show.
  package static func keepMedians(of run: String, _ db: Database) throws {
    var series = try RowReader(
      db, "SELECT id, count FROM series WHERE runId = ? AND name GLOB 'speed/*'", texts: [run])
    var medians: [(series: Int64, value: Double)] = []
    while try series.next() {
      let id = Int64(series.integer(0))
      medians.append((id, try median(of: id, count: series.integer(1), db)))
    }
    for (id, value) in medians {
      try db.cachedStatement(sql: "UPDATE series SET median = ? WHERE id = ?")
        .execute(arguments: [value, id])
    }
  }
}
