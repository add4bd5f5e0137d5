import Analysis
import Store
import Text
import Values

/// The 95 % interval that a run has logged beside one of its measures: over its samples or images, and not over seeds.
enum OwnInterval {
  /// What is said where one is shown.
  static let note =
    "the 95 % interval over the samples or images of one run; another seed may come to lie outside."

  /// Of a measure in a setting of one finished run alone: where there are several, the interval over seeds says more.
  ///
  /// - Returns: nil where there are more runs, or the run does not say.
  /// - Throws: `StoreError`.
  static func of(
    _ metric: String, _ runs: [RunSummary], _ table: RunTable
  ) throws -> ClosedRange<Double>? {
    guard let names = MetricName.bounds(of: metric) else { return nil }
    let having = try runs.filter { run in
      try run.state == .finished && table.last(metric, of: run) != nil
    }
    guard having.count == 1, let low = try table.last(names.low, of: having[0]),
      let high = try table.last(names.high, of: having[0]), low <= high
    else { return nil }
    return low...high
  }

  /// "[11.9, 12.7]"
  static func text(_ interval: ClosedRange<Double>) -> String {
    "[\(DecimalText.significant(interval.lowerBound, digits: 3)), "
      + "\(DecimalText.significant(interval.upperBound, digits: 3))]"
  }
}
