import Analysis
import Store
import Text
import Values

/// A level to hold a metric against: what it is of real images, or truly.
struct MetricReference {
  var label: String
  private var low, high: Double

  /// nil where runs differ, as they do when the data was swept.
  var level: Double? { high - low <= 1e-9 * abs(high) ? low : nil }

  /// "0.701", or "0.69 to 0.71".
  var value: String {
    let low = DecimalText.significant(low, digits: 3)
    return level == nil ? "\(low) to \(DecimalText.significant(high, digits: 3))" : low
  }

  var text: String { "\(label) \(value)" }

  /// - Returns: nil where the runs do not say.
  /// - Throws: `StoreError`.
  init?(_ metric: String, of runs: [RunSummary], _ table: RunTable) throws {
    let having = try runs.filter { run in
      try run.state == .finished && table.last(metric, of: run) != nil
    }
    var values: [Double?]
    if Comparison.truthMetrics.contains(metric) {
      label = metric == MetricName.sampleMean ? "true mean" : "true variance"
      values = try having.map { run in
        let filled = try table.filled([run], settings: Comparison.truthPaths)
        return filled.first.flatMap { Comparison.truth(metric, of: $0) }
      }
    } else if let reference = MetricName.references[metric] {
      label = reference.label
      values = try having.map { try table.last(reference.metric, of: $0) }
    } else {
      return nil
    }
    // Of some, it would be taken for that of all.
    guard values.allSatisfy({ $0 != nil }) else { return nil }
    let finite = values.compactMap { $0 }.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max() else { return nil }
    (self.low, self.high) = (low, high)
  }
}
