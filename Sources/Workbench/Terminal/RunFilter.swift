import Analysis
import ExperimentFiles
import Store

/// `--where`: a condition over what runs have.
enum RunFilter {
  /// The runs for which the condition holds.
  /// - Throws: `ExpressionError`, also for a name that no run has.
  static func filtered(_ runs: [RunSummary], where text: String) throws -> [RunSummary] {
    let condition = try RunCondition(text, among: runs)
    return try runs.filter { try condition.holds($0) }
  }

  /// Reads runs with what the condition looks at, and gives those for which it holds.
  /// - Parameter read: reads runs with these settings and metrics.
  /// - Throws: `ExpressionError`, and what `read` throws.
  static func runs(
    where text: String, _ read: (RunFields) throws -> [RunSummary]
  ) throws -> [RunSummary] {
    let names = try RunExpression.names(text)
    let fields = RunFields(parameters: .only(names), metrics: .only(names), overrides: false)
    do {
      return try filtered(try read(fields), where: text)
    } catch is ExpressionError {
      // What there is instead is known by reading all of it.
      return try filtered(try read(.all), where: text)
    }
  }
}
