package import Statistics

/// What decides which run won.
package struct Objective: Sendable, Hashable, Codable {
  package typealias Goal = Statistics.Goal

  /// The metric's name, like `eval/frechet_pca64`.
  package var metric: String
  package var goal: Goal

  package init(metric: String, goal: Goal) {
    self.metric = metric
    self.goal = goal
  }

  /// Whether `a` beats `b`; NaN beats nothing.
  package func prefers(_ a: Double, to b: Double) -> Bool {
    if a.isNaN { return false }
    if b.isNaN { return true }
    return goal == .minimize ? a < b : a > b
  }
}

extension Objective {
  /// What decides when a file does not say.
  package static let standardMetric = "eval/frechet_pca64"

  /// The objective of a file that says both, one or nothing of it: without a goal, the metric's
  /// nature decides.
  package init(metric: String?, goal: Goal?) {
    let metric = metric ?? Self.standardMetric
    self.init(
      metric: metric, goal: goal ?? MetricName.goal(metric, objective: nil) ?? .minimize)
  }
}
