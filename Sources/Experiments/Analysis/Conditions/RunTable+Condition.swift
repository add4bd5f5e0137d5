import ExperimentFiles
package import Store
import Values

extension RunTable {
  /// The runs that a condition holds for, as `runs --where` has it; all for an empty one.
  /// - Throws: `ExpressionError`, `StoreError`.
  package func runs(meeting condition: String) throws -> [RunSummary] {
    guard !condition.isEmpty else { return runs }
    let expression = try Expression(condition)
    try expression.checkCondition(.ofRuns(imported: try importedNames()))
    return try runs(where: expression.root)
  }
  /// Metrics that a list of the runs shows: results and the training loss; of other programs' runs the first of all.
  /// - Throws: `StoreError`.
  package func listedMetrics() throws -> [String] {
    let known = try metricNames().filter { !MetricName.isOfTheMachine($0) }
    if isImported { return Array(known.prefix(12)) }
    return known.filter(MetricName.isResult)
      + (known.contains(MetricName.trainLoss) ? [MetricName.trainLoss] : [])
  }
}
