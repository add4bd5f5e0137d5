/// A setting held against a baseline, seed by seed.
public struct PairedComparison: Sendable, Hashable {
  public enum Verdict: String, Sendable, Hashable, Codable {
    case better
    case worse
    /// The interval includes no difference.
    case tie
    /// Fewer than two seeds in common, or a value that is not finite: chance cannot be told.
    case noInterval
    /// The metric is another thing in each (`Incomparability`).
    case notComparable

    /// As people read it.
    public var text: String {
      switch self {
      case .noInterval: "no interval"
      case .notComparable: "not comparable"
      case .better, .worse, .tie: rawValue
      }
    }
  }

  /// How many more seeds in common would decide.
  public enum MoreSeeds: Sendable, Hashable {
    /// It is decided.
    case none
    case count(Int)
    /// More than `PairedComparison.mostSeeds`, or no number of them.
    case tooMany
    /// Without an interval there is nothing to reckon from.
    case unknown

    /// "0", "12", "more than 1,000", "–".
    public var text: String {
      switch self {
      case .none: "0"
      case .count(let count): String(count)
      case .tooMany: "more than 1,000"
      case .unknown: "–"
      }
    }

    /// nil where it is not known or too many.
    public var number: Int? {
      switch self {
      case .none: 0
      case .count(let count): count
      case .tooMany, .unknown: nil
      }
    }
  }

  public static let mostSeeds = 1000

  /// Setting − baseline: mean and 95 % interval over the seeds that both have.
  public var difference: Statistics.Interval
  public var verdict: Verdict
  /// As far as difference and spread so far can tell: the smallest n with t(n−1)·s/√n < |d|.
  public var moreSeeds: MoreSeeds

  /// - Parameters:
  ///   - setting: a value a seed.
  ///   - baseline: values of the same seeds in the same order; what is beyond the shorter of the
  ///     two has no partner and is left out.
  public init(
    _ setting: [Double], baseline: [Double], goal: Statistics.Goal, level: Double = 0.95
  ) {
    let differences = zip(setting, baseline).map { $0 - $1 }
    difference = Statistics.interval(of: differences, level: level)
    let mean = difference.mean
    switch difference.excludes(0) {
    case nil:
      verdict = .noInterval
      moreSeeds = .unknown
    case true?:
      verdict = (mean < 0) == (goal == .minimize) ? .better : .worse
      moreSeeds = .none
    case false?:
      verdict = .tie
      moreSeeds = PairedComparison.moreSeeds(
        mean: mean, deviation: Statistics.standardDeviation(of: differences, mean: mean),
        count: differences.count, level: level)
    }
  }

  init(difference: Statistics.Interval, verdict: Verdict, moreSeeds: MoreSeeds) {
    self.difference = difference
    self.verdict = verdict
    self.moreSeeds = moreSeeds
  }

  /// The difference alone, where the metric is another thing in each.
  package var notComparable: PairedComparison {
    var comparison = self
    (comparison.verdict, comparison.moreSeeds) = (.notComparable, .unknown)
    return comparison
  }

  /// - Parameters:
  ///   - setting: values by seed, or by whatever pairs two runs.
  ///   - baseline: the same; keys that only one of the two has are left out.
  public init(
    _ setting: [String: Double], baseline: [String: Double], goal: Statistics.Goal,
    level: Double = 0.95
  ) {
    let shared = setting.keys.filter { baseline[$0] != nil }.sorted()
    self.init(
      shared.compactMap { setting[$0] }, baseline: shared.compactMap { baseline[$0] }, goal: goal,
      level: level)
  }

  private static func moreSeeds(
    mean: Double, deviation: Double, count: Int, level: Double
  ) -> MoreSeeds {
    func decides(_ n: Int) -> Bool {
      StudentT.quantile(0.5 + level / 2, degreesOfFreedom: Double(n - 1)) * deviation
        / Double(n).squareRoot() < abs(mean)
    }
    // The bootstrap may leave open what Student's t would decide: one more at least.
    let first = count + 1
    guard mean != 0, decides(max(first, mostSeeds)) else { return .tooMany }
    var (low, high) = (first, max(first, mostSeeds))
    while low < high {
      let middle = (low + high) / 2
      if decides(middle) { high = middle } else { low = middle + 1 }
    }
    return .count(low - count)
  }
}
