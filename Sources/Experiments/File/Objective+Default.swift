import Statistics

extension Objective {
  /// What decides when a file does not say.
  static let standardMetric = "eval/frechet_pca64"

  /// The objective of a file that says both, one or nothing of it: without a goal, the metric's
  /// nature decides.
  init(metric: String?, goal: Goal?) {
    let metric = metric ?? Self.standardMetric
    self.init(
      metric: metric, goal: goal ?? (metric == "eval/class_agreement" ? .maximize : .minimize))
  }
}
