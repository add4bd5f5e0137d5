package import Statistics
package import Store
import Values

/// What a report would call the best so far, in a line.
package struct LeadingSetting: Sendable, Hashable {
  package let name: String
  /// How many others are as good.
  package let others: Int
  package let metric: String
  package let score: Statistics.Interval
}

extension LeadingSetting {
  /// With more runs than this the question is left to the experiment's own page.
  package static let mostRuns = 1000

  /// - Returns: nil where no setting has a value, or they are not comparable.
  package init?(of comparison: Comparison) {
    let leaders = comparison.leaders()
    guard let metric = comparison.objective?.metric, leaders.notComparable == nil,
      let row = leaders.rows.first, let score = comparison.rows[row].metrics[metric]
    else { return nil }
    self.init(
      name: comparison.name(ofRow: row), others: leaders.rows.count - 1, metric: metric,
      score: score)
  }
}

extension RunTable {
  /// What leads among all runs that the file asks for.
  /// - Throws: `StoreError`.
  package func leadingSetting() throws -> LeadingSetting? {
    guard runs.count <= LeadingSetting.mostRuns else { return nil }
    return LeadingSetting(of: try comparison(of: runs, metrics: []))
  }
}
