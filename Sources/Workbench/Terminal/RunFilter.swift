import Experiments

/// `runs --where`: a condition over what runs have.
enum RunFilter {
  /// The runs for which the condition holds.
  /// - Throws: `ExpressionError`, also for a name that no run has.
  static func filtered(_ runs: [RunSummary], where text: String) throws -> [RunSummary] {
    let condition = try RunCondition(text, among: runs)
    return try runs.filter { try condition.holds($0) }
  }
}
