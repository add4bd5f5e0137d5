/// What an experiment varies.
public struct Sweep: Sendable {
  public enum Method: String, Sendable, Hashable {
    /// Every combination.
    case grid
    /// The runs written out.
    case list
  }

  /// A count of seeds: s, s+1, … of the key at `path`.
  public struct Repeat: Sendable, Hashable {
    public let path: String
    public let count: Int
  }

  public let method: Method
  /// Dotted paths of what is compared, in the order of the file.
  public let paths: [String]
  /// Seeds that are averaged over.
  public let repeats: [Repeat]
  public let condition: Expression?
  public let maximumRuns: Int

  /// Values that vary together, row by row: one path's list, a zip, or the runs of a list.
  struct Axis: Sendable {
    var rows: [Row]
  }

  struct Row: Sendable {
    var assignments: [(path: String, assignment: Assignment)]
    var place: Place
  }

  /// Slowest first.
  let axes: [Axis]
  let conditionNode: SourceNode?
  let place: Place
  let maximumRunsPlace: Place?

  /// Combinations before `where`; nil if there are more than an Int holds.
  var combinations: Int? {
    var product = 1
    for count in axes.map(\.rows.count) + repeats.map(\.count) {
      let (result, overflow) = product.multipliedReportingOverflow(by: count)
      if overflow { return nil }
      product = result
    }
    return product
  }
}
