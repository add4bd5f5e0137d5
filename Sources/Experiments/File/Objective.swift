/// What decides which setting won.
public struct Objective: Sendable, Hashable {
  public enum Goal: String, Sendable, Hashable, CaseIterable {
    case minimize, maximize
  }

  public static let defaultMetric = "eval/frechet_pca64"

  /// `eval/frechet_pca64`
  public var metric: String
  public var goal: Goal

  /// - Parameter goal: nil: by the metric's nature.
  public init(metric: String = Objective.defaultMetric, goal: Goal? = nil) {
    self.metric = metric
    self.goal = goal ?? (metric == "eval/class_agreement" ? .maximize : .minimize)
  }
}
