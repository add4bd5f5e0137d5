/// What the verdicts of one table rest on: how many there are, and how their intervals are made so that all of them hold
/// together.
public struct ComparisonFamily: Sendable, Hashable {
  public var comparisons: Int
  public var method: SimultaneousComparison.Method

  public init(comparisons: Int, method: SimultaneousComparison.Method) {
    self.comparisons = comparisons
    self.method = method
  }

  /// The line below a table, without its full stop: "4 comparisons, which hold together at 95 %: …".
  public var text: String {
    comparisons == 1
      ? "1 comparison, at 95 %: \(method.text)"
      : "\(comparisons) comparisons, whose intervals and verdicts hold together at 95 %: \(method.text)"
  }
}

extension SimultaneousComparison {
  /// nil where there is nothing to compare.
  public var family: ComparisonFamily? {
    method.map { ComparisonFamily(comparisons: comparisons, method: $0) }
  }
}
