import Analysis
import ExperimentFiles
import Store

extension RunTable {
  /// The runs that a condition holds for, as `runs --where` has it; all for an empty one.
  /// - Throws: `ExpressionError`, `StoreError`.
  func runs(meeting condition: String) throws -> [RunSummary] {
    guard !condition.isEmpty else { return runs }
    let expression = try Expression(condition)
    try expression.checkCondition(.ofRuns(imported: try importedNames()))
    return try runs(where: expression.root)
  }
}
