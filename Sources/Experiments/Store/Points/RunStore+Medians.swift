internal import GRDB
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
        db, "SELECT id, runId, count FROM series WHERE name = ?", texts: [metric])
      while try series.next() {
        let run = series.text(1)
        guard runs.contains(run) else { continue }
        let points = try RunStore.points(
          of: Int64(series.integer(0)), count: series.integer(2), name: metric, db)
        medians[run] = Statistics.median(of: points.values.filter { !$0.isNaN })
      }
      return medians
    }
  }
}
