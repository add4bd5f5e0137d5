package import ExperimentFiles
package import Store
import Text
package import Values

/// Something about a run, as `runs --columns` and `--sort` have it: `eval/loss`,
/// `min("train/loss")`, `training.steps * training.batch`.
package struct RunExpression: Sendable {
  private let expression: Expression
  /// Whether it comes to a number wherever it comes to anything.
  package let isNumber: Bool

  /// Reads and checks an expression against runs that are at hand: what any of them has is a name.
  /// - Throws: `ExpressionError`.
  package init(_ text: String, among runs: [RunSummary]) throws(ExpressionError) {
    expression = try Expression(text)
    if expression.names.isEmpty, expression.calls.isEmpty {
      throw ExpressionError("it names nothing of a run", at: expression.span)
    }
    let type = try expression.checkValue(.ofRuns(among: runs))
    isNumber = type == .number
  }

  /// - Parameter objective: which way `best` is better, of metrics that are not known.
  /// - Returns: `none` where the run lacks something it takes.
  /// - Throws: `ExpressionError` on a division by zero or values that do not go together.
  package func value(
    _ run: RunSummary, objective: Objective? = nil
  ) throws(ExpressionError) -> ExpressionValue {
    try run.evaluator(objective).value(of: expression.root)
  }

  /// Settings and metrics that a condition or expression looks at: what has to be read of runs.
  /// - Throws: `ExpressionError` where it is none.
  package static func names(_ text: String) throws(ExpressionError) -> Set<String> {
    let expression = try Expression(text)
    return Set(expression.names).union(expression.calls.compactMap(\.metric))
  }
}

extension Expression.Vocabulary {
  /// The names of runs that are at hand: what any of them has is a name, whoever logged it, and
  /// nothing else with a slash is.
  static func ofRuns(among runs: [RunSummary]) -> Expression.Vocabulary {
    var vocabulary = Expression.Vocabulary.ofRuns()
    let settings = Set(runs.flatMap(\.parameters.keys))
    let metrics = Set(runs.flatMap(\.metrics.keys))
    vocabulary.metric = { name in
      if metrics.contains(name) || runs.isEmpty { return nil }
      return (
        "no run has the metric \(quoted(name))",
        Suggestion.hint(for: name, among: metrics.sorted())
      )
    }
    vocabulary.names = { name in
      if let attribute = RunAttribute(rawValue: name) { return attribute.type }
      if let type = KeyDefinitions.byPath[name].flatMap({ $0.isSetting ? $0.type : nil }) {
        return type.expressionType
      }
      if settings.contains(name) { return .unknown }
      return metrics.contains(name) || runs.isEmpty && name.contains("/") ? .number : nil
    }
    vocabulary.candidates =
      RunAttribute.allCases.map(\.rawValue) + KeyDefinitions.settings.map(\.path)
      + metrics.sorted()
    return vocabulary
  }
}
