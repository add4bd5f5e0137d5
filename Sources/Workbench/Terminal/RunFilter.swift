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
    return try asking(fields) { try filtered(try read($0), where: text) }
  }

  /// Calls `body` with the fields that it needs, and where it finds no such name, with all of them, so that its error can
  /// say what there is instead.
  static func asking<Answer>(
    _ fields: RunFields, _ body: (RunFields) throws -> Answer
  ) throws -> Answer {
    do {
      return try body(fields)
    } catch is ExpressionError {
      return try body(.all)
    }
  }
}
