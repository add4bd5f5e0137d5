internal import Diffusion
import Statistics
import Text
package import Values

/// What a run has besides settings and metrics, by the name that expressions use.
package enum RunAttribute: String, Sendable, Hashable, CaseIterable {
  /// Full id: a hash of the settings.
  case id
  case experiment
  /// What differs from the experiment's other runs.
  case label
  case state
  /// Its tags: `tag == 'keep'` holds if any of them is that.
  case tag
  /// Its notes: `note contains 'odd'` holds if any of them does.
  case note
  case seed
  /// Training steps done.
  case step
  /// Duration of its attempts.
  case seconds
  case created
  case ended
  /// Why it failed or crashed.
  case error
  /// Whether it is no longer in its experiment's file.
  case orphan
  /// Which program has logged it: `workbench`, or of an imported run `wandb`, `mlflow` and so on.
  case source

  package var type: Expression.NameType {
    switch self {
    case .state: .text(RunState.allCases.map(\.rawValue))
    case .tag, .note: .texts
    case .orphan: .boolean
    case .seed, .step, .seconds: .number
    case .id, .experiment, .label, .error, .source: .text([])
    // Times are ordered as the texts they are.
    case .created, .ended: .unknown
    }
  }
}

/// A run as an expression sees it.
package protocol ExpressionRun {
  func attribute(_ attribute: RunAttribute) -> ExpressionValue
  /// The setting of that path, if the run has it.
  func setting(_ path: String) -> ParameterValue?
  /// What is kept of the metric, if the run has it.
  func summary(_ metric: String) -> MetricSummary?
}

extension Expression.Vocabulary {
  /// The names of a run: its attributes, every key of a run's settings, and metrics (a name with
  /// a slash), which stand for their last value.
  /// - Parameter imported: names beside those that are known.
  package static func ofRuns(imported: ImportedNames = .none) -> Expression.Vocabulary {
    ofRuns(metric: imported.complaint, imported: imported)
  }

  /// - Parameter metric: complaints about the name of a metric.
  static func ofRuns(
    metric: @escaping (String) -> (message: String, hint: String?)?, imported: ImportedNames
  ) -> Expression.Vocabulary {
    Expression.Vocabulary(
      names: { name in
        if let attribute = RunAttribute(rawValue: name) { return attribute.type }
        if let definition = KeyDefinitions.byPath[name] {
          return definition.isSetting ? definition.type.expressionType : nil
        }
        if imported.settings.contains(name) { return .unknown }
        if imported.metrics.contains(name) { return .number }
        return name.contains("/") && metric(name) == nil ? .number : nil
      },
      candidates: RunAttribute.allCases.map(\.rawValue) + KeyDefinitions.settings.map(\.path)
        + KnownMetrics.names + imported.settings.sorted() + imported.metrics.sorted(),
      noun: "setting, attribute or metric", functions: .ofOneRun, metric: metric,
      imported: imported)
  }
}

/// The names under which the program logs.
enum KnownMetrics {
  static let names =
    [
      MetricName.trainLoss, "train/learning_rate", "train/gradient_norm", MetricName.lossScale,
      MetricName.skippedSteps, MetricName.evalLoss, MetricName.frechet, MetricName.frechetFloor,
      MetricName.classAgreement, MetricName.classAgreementReal, MetricName.sampleVariance,
      MetricName.sampleMean, MetricName.withinClassVariance, MetricName.wasserstein2,
      MetricName.wasserstein2 + "_floor", MetricName.slicedWasserstein,
      MetricName.slicedWasserstein + "_floor", MetricName.energyDistance,
      MetricName.energyDistance + "_floor", MetricName.imagesPerSecond,
      "speed/samples_per_second",
      MetricName.trainingSeconds, "time/unix", MetricName.peakMemory,
    ] + ofFeatures

  private static let ofFeatures =
    EvaluationSettings.Metric.allCases.filter {
      $0.logsCounts || [.lossBySNR, .bitsPerDim, .logLikelihood].contains($0)
    }.flatMap {
      [$0.name] + [$0.referenceName].compactMap { $0 } + $0.furtherNames
    }
    + [MetricName.samplesMeasured, MetricName.realMeasured]

  /// A name that is no path, or nearly one of those that the program logs. Others may come from
  /// elsewhere.
  static func complaint(_ name: String) -> (message: String, hint: String?)? {
    if names.contains(name) { return nil }
    let hint = Suggestion.hint(for: name, among: names)
    guard name.contains("/"), !name.hasPrefix("/"), !name.hasSuffix("/") else {
      return (
        "\(quoted(name)) is not the name of a metric",
        hint ?? Suggestion.hint(for: "eval/" + name, among: names)
          ?? "metrics are named like paths: \(MetricName.evalLoss)"
      )
    }
    return hint.map { ("nothing logs \(quoted(name))", $0) }
  }
}

extension ExpressionRun {
  /// The value of a name: an attribute, a setting, or a metric's last value.
  package func value(_ name: String) -> ExpressionValue {
    if let attribute = RunAttribute(rawValue: name) { return self.attribute(attribute) }
    if let value = setting(name) { return value.expressionValue }
    return summary(name).map { .number($0.last) } ?? .none
  }

  /// `min("train/loss")` and its like, over the run's steps. The lowest and the highest of values of which
  /// one is no number are none either; `best` is of those that are.
  /// - Throws: `ExpressionError` for `best` of a metric of which nothing says which way is better.
  package func value(
    _ call: Expression.Call, objective: Objective?
  ) throws(ExpressionError) -> ExpressionValue {
    guard let metric = call.metric, let summary = summary(metric) else { return .none }
    switch call.function {
    case .last: return .number(summary.last)
    case .min: return .number(summary.nanCount > 0 ? .nan : summary.min)
    case .max: return .number(summary.nanCount > 0 ? .nan : summary.max)
    case .best:
      let isLowBetter = try call.goal(objective) == .minimize
      return .number(isLowBetter ? summary.min : summary.max)
    case .count, .mean: return .none
    }
  }

  /// An evaluator that looks at this run.
  package func evaluator(_ objective: Objective?) -> Expression.Evaluator {
    Expression.Evaluator(
      name: { value($0) },
      call: { (call) throws(ExpressionError) in try value(call, objective: objective) })
  }

  /// Whether a condition over runs holds for this one.
  /// - Parameter objective: which way `best` is better, of metrics that are not known.
  /// - Throws: `ExpressionError` on a division by zero or values that do not go together.
  package func satisfies(
    _ condition: Expression.Node, objective: Objective? = nil
  ) throws(ExpressionError) -> Bool {
    try evaluator(objective).holds(condition)
  }
}

extension Expression.Call {
  /// Which way its metric is better: the objective's goal, or the metric's own.
  /// - Throws: `ExpressionError` where nothing says so.
  package func goal(_ objective: Objective?) throws(ExpressionError) -> Objective.Goal {
    if let metric, let goal = MetricName.goal(metric, objective: objective) { return goal }
    throw ExpressionError(
      "nothing says whether low or high is better for \(quoted(metric ?? ""))", at: span,
      hint: "use min or max, or make it the experiment's objective")
  }
}
