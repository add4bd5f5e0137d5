import GRDB
package import Store

extension RunStore {
  /// Metrics of the runs that an experiment plans, in alphabetical order, with a mark that changes when one of them has more points.
  /// - Throws: `StoreError`.
  package func metricMarks(experiment: String) throws -> [(name: String, mark: String)] {
    try read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT name, count(*), sum(count), sum(lastStep) FROM series
          WHERE runId IN \(RunColumns.plannedMembers) GROUP BY name ORDER BY name
          """, arguments: [experiment]
      ).map { row in
        let sums: [Int] = [row[1], row[2] ?? 0, row[3] ?? 0]
        return (row[0], sums.map { String($0, radix: 36) }.joined(separator: "-"))
      }
    }
  }
}
