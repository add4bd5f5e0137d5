/// A setting compared with a baseline, seed by seed (``SimultaneousComparison``).
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
    /// Beyond this number nothing is advised: a difference and a spread of so few seeds do not
    /// reach so far.
    case moreThan(Int)
    /// There is nothing to estimate it from.
    case unknown

    /// "0", "12", "more than 15", "–".
    public var text: String {
      switch self {
      case .none: "0"
      case .count(let count): String(count)
      case .moreThan(let count): "more than \(count)"
      case .unknown: "–"
      }
    }

    /// nil where there is no number.
    public var number: Int? {
      switch self {
      case .none: 0
      case .count(let count): count
      case .moreThan, .unknown: nil
      }
    }

    /// The end of a sentence: "; about 12 more seeds would decide"; empty where nothing is to be said.
    public var clause: String {
      switch self {
      case .none, .unknown: ""
      case .count(let count): "; about \(count) more \(count == 1 ? "seed" : "seeds") would decide"
      case .moreThan(let count): "; more than \(count) more seeds would be needed to decide"
      }
    }

    /// As many as decide both.
    static func both(_ a: MoreSeeds, _ b: MoreSeeds) -> MoreSeeds {
      switch (a, b) {
      case (.unknown, _), (_, .unknown): .unknown
      case (.none, let other), (let other, .none): other
      case (.moreThan(let a), .moreThan(let b)), (.moreThan(let a), .count(let b)),
        (.count(let b), .moreThan(let a)):
        .moreThan(max(a, b))
      case (.count(let a), .count(let b)): .count(max(a, b))
      }
    }
  }

  /// Setting − baseline: mean and 95 % interval over the seeds that both have.
  public var difference: Statistics.Interval
  public var verdict: Verdict
  public var moreSeeds: MoreSeeds

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
}
