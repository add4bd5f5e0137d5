import Analysis
import Reports
import Statistics
import Values

/// A comparison in JSON, as `compare --json` promises it to other programs.
struct ComparisonDocument: Encodable {
  struct Row: Encodable {
    var best: Bool
    var settings: [String: ParameterValue]
    var label: String
    var runs: [String]
    /// Seeds.
    var n: Int
    var missing: Int
    var pruned: Int
    var failed: Int
    /// Of times, speeds and memory the median of the runs, with no half width.
    var metrics: [String: IntervalDocument]
    /// Of these the lowest and the highest run's.
    var ranges: [String: [Double]]
    /// With `--baseline`, of rows that are compared with one.
    var held: Held?
  }

  struct Held: Encodable {
    /// Its place in `rows`.
    var baseline: Int
    var metric: String
    var difference: IntervalDocument
    var verdict: PairedComparison.Verdict
    @OrNull var moreSeeds: Int?
  }

  var objective: Objective?
  var settings: [String]
  var metrics: [String]
  /// Why no row is best.
  var notComparable: Incomparability?
  var rows: [Row]
  /// How many comparisons hold together, and how their intervals are made (null without any): with `--baseline` those
  /// against it, else those that say which rows may still be the best.
  var comparisons: Int
  var method: SimultaneousComparison.Method?
  /// The rows that may still be the best by the objective.
  var possiblyBest: [Setting]

  struct Setting: Encodable {
    var label: String
    var settings: [String: ParameterValue]
    /// Its place in `rows`.
    var row: Int
  }

  init(_ comparison: Comparison) {
    objective = comparison.objective
    settings = comparison.settings
    metrics = comparison.metrics
    notComparable = comparison.notComparable
    rows = comparison.rows.map { row in
      Row(
        best: row.isBest, settings: row.settings, label: row.label, runs: row.runs,
        n: row.seeds, missing: row.missing, pruned: row.pruned, failed: row.failed,
        metrics: row.metrics.mapValues(IntervalDocument.init),
        ranges: row.ranges.mapValues { [$0.lowerBound, $0.upperBound] },
        held: row.held.map { held in
          Held(
            baseline: held.baseline, metric: comparison.heldMetric ?? "",
            difference: IntervalDocument(held.comparison.difference),
            verdict: held.comparison.verdict, moreSeeds: held.comparison.moreSeeds.number)
        })
    }
    let (best, family) = comparison.possiblyBest()
    possiblyBest = best.map { row in
      Setting(
        label: comparison.name(ofRow: row), settings: comparison.rows[row].settings, row: row)
    }
    if comparison.heldMetric != nil {
      comparisons = comparison.family?.comparisons ?? 0
      method = comparison.family?.method
    } else {
      comparisons = family?.comparisons ?? 0
      method = family?.method
    }
  }
}

/// `{mean, halfWidth, n}`.
struct IntervalDocument: Encodable {
  var mean: Double
  /// null with fewer than two values.
  @OrNull var halfWidth: Double?
  /// Seeds.
  var n: Int

  init(_ interval: Statistics.Interval) {
    mean = interval.mean
    halfWidth = interval.halfWidth
    n = interval.count
  }
}
