package import ExperimentFiles
package import Store
package import Values

/// A condition on runs, as `runs --where` and a cell's `where` have it:
/// `training.precision == "bf16" and min("train/loss") < 0.05 or tag == "keep"`.
///
/// Names are attributes (`RunAttribute`), dotted paths of settings, and metrics, which stand for
/// their last value; `min`, `max`, `last` and `best` of a metric look at the run's own steps.
package struct RunCondition: Sendable, Hashable {
  package let expression: Expression

  /// Reads and checks a condition.
  /// - Throws: `ExpressionError`.
  package init(_ text: String) throws(ExpressionError) {
    expression = try Expression(text)
    try expression.checkCondition(.ofRuns())
  }

  /// The same for runs that are at hand: what any of them has is a name, whoever logged it, and
  /// nothing else with a slash is.
  /// - Throws: `ExpressionError`.
  package init(_ text: String, among runs: [RunSummary]) throws(ExpressionError) {
    expression = try Expression(text)
    try expression.checkCondition(.ofRuns(among: runs))
  }

  /// Whether it holds for the run.
  /// - Parameter objective: which way `best` is better, of metrics that are not known.
  /// - Throws: `ExpressionError` on a division by zero or values that do not go together.
  package func holds(
    _ run: RunSummary, objective: Objective? = nil
  ) throws(ExpressionError) -> Bool {
    try run.satisfies(expression.root, objective: objective)
  }
}

extension RunSummary: ExpressionRun {
  package func attribute(_ attribute: RunAttribute) -> ExpressionValue {
    func text(_ value: String?) -> ExpressionValue { value.map { .text($0) } ?? .none }
    return switch attribute {
    case .id: .text(id)
    case .experiment: text(experiment)
    case .label: text(label)
    case .state: .text(state.rawValue)
    case .tag: .texts(tags)
    case .note: .texts(notes)
    case .seed: .integer(seed)
    case .step: .number(Double(step))
    case .seconds: seconds.map { .number($0) } ?? .none
    case .created: .text(created)
    case .ended: text(ended)
    case .error: text(error)
    case .orphan: .boolean(isOrphan)
    case .source: .text(source ?? "workbench")
    }
  }

  /// The run with those of its attributes among its settings that are named as settings are.
  func withAttributes(_ paths: [String]) -> RunSummary {
    var run = self
    for attribute in [RunAttribute.source, .label] where paths.contains(attribute.rawValue) {
      if case .text(let text) = self.attribute(attribute) {
        run.parameters[attribute.rawValue] = .string(text)
      }
    }
    return run
  }

  package func setting(_ path: String) -> ParameterValue? { parameters[path] }
  package func summary(_ metric: String) -> MetricSummary? { metrics[metric] }
}
