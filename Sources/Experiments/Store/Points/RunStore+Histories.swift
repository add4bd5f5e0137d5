package import GRDB

extension RunStore {
  /// A metric's points by step; empty where the run has no such metric.
  package func history(run: String, metric: String) throws -> SeriesPoints {
    try read { db in
      var series = try RowReader(
        db, "SELECT id, count FROM series WHERE runId = ? AND name = ?", texts: [run, metric])
      guard try series.next() else { return SeriesPoints(name: metric) }
      return try RunStore.points(
        of: Int64(series.integer(0)), count: series.integer(1), name: metric, db)
    }
  }

  /// A run's metrics whose names begin so, in the order in which they were first logged.
  package func seriesNames(run: String, prefix: String) throws -> [String] {
    try read { db in
      var rows = try RowReader(
        db, "SELECT name FROM series WHERE runId = ? ORDER BY id", texts: [run])
      var names: [String] = []
      while try rows.next() {
        let name = rows.text(0)
        if name.hasPrefix(prefix) { names.append(name) }
      }
      return names
    }
  }

  /// Points of many runs by run id, each run's by the metric's name.
  /// - Parameter metrics: those to read; nil for all.
  package func histories(
    runs: some Sequence<String>, metrics: Set<String>? = nil
  ) throws -> [String: [SeriesPoints]] {
    try read { db in
      var histories: [String: [SeriesPoints]] = [:]
      for run in runs where histories[run] == nil {
        var all: [SeriesPoints] = []
        var series = try RowReader(
          db, "SELECT id, count, name FROM series WHERE runId = ? ORDER BY name", texts: [run])
        while try series.next() {
          let name = series.text(2)
          guard metrics?.contains(name) ?? true else { continue }
          all.append(
            try RunStore.points(
              of: Int64(series.integer(0)), count: series.integer(1), name: name, db))
        }
        histories[run] = all
      }
      return histories
    }
  }

  /// - Parameter count: how many there are, as far as is known.
  package static func points(
    of series: Int64, count: Int, name: String, _ db: Database
  ) throws -> SeriesPoints {
    var points = SeriesPoints(name: name)
    let room = Swift.min(max(count, 0), 1 << 20)
    points.steps.reserveCapacity(room)
    points.values.reserveCapacity(room)
    var rows = try RowReader(
      db, "SELECT step, value FROM point WHERE seriesId = ? ORDER BY step", integers: [series])
    while try rows.next() {
      points.steps.append(rows.integer(0))
      points.values.append(rows.number(1))
    }
    return points
  }
}
