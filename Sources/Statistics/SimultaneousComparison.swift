/// Settings compared with each other, seed by seed, so that all verdicts of a table hold together at 95 %: in at least 95 of
/// 100 tables of equal settings no row is called better or worse than the baseline.
///
/// A pair's standard error is √(V/n). V adds up the noise of both settings, each estimated from all pairs that it is in
/// (Grubbs 1948, JASA 43:243; Shukla 1972, Heredity 29:237) and raised where that of the whole table is another; it is
/// never below the variance of the pair's own differences. The interval is D ± c(k, n)·√(V/n) (``CriticalValue``), the
/// verdict whether it leaves out 0. V is the same whichever of a pair is the baseline.
///
/// Two settings are compared by Student's t, from ten seeds on by the bootstrap-t, as ``Statistics/interval`` does.
public struct SimultaneousComparison: Sendable {
  /// How the intervals of a table are made.
  public enum Method: String, Sendable, Hashable, Codable {
    case studentT
    case bootstrapT
    case pooled

    /// As people read it.
    public var text: String {
      switch self {
      case .studentT: "Student's t over paired seeds"
      case .bootstrapT: "bootstrap-t over paired seeds"
      case .pooled: "paired seeds, noise pooled over the settings"
      }
    }
  }

  /// Settings that are compared: those that have two seeds in common with another, equal ones counted once.
  public let count: Int
  /// nil where there is nothing to compare.
  public let method: Method?

  let pairs: PairMoments
  private let noise: TableNoise

  /// - Parameters:
  ///   - settings: how many there are.
  ///   - comparisons: of the whole table, where it has several baselines and these are the settings of one.
  ///   - differences: setting a less setting b, of each seed that both have, for a < b.
  public init(
    of settings: Int, comparisons: Int? = nil,
    differences: (_ a: Int, _ b: Int) throws -> [Double]
  ) rethrows {
    self.init(try PairMoments(of: settings, differences: differences), comparisons: comparisons)
  }

  /// The same of values by setting and seed, nil where a setting lacks a seed.
  public init(_ values: [[Double?]], comparisons: Int? = nil) {
    self.init(PairMoments(values), comparisons: comparisons)
  }

  private init(_ pairs: PairMoments, comparisons: Int?) {
    let all = 0..<pairs.settings
    // What equals a setting before it in every value is that setting once more.
    let distinct = all.filter { b in !(0..<b).contains { pairs[$0, b].areEqual } }
    let compared = distinct.filter { a in
      distinct.contains { $0 != a && pairs[$0, a].isSound }
    }
    self.pairs = pairs
    count = compared.isEmpty ? 0 : max(compared.count, (comparisons ?? 0) + 1)
    noise = TableNoise(among: compared, of: pairs)
    method =
      switch count {
      case 0: nil
      case 1, 2:
        compared.count == 2 && pairs[compared[0], compared[1]].seeds >= Statistics.bootstrapCount
          ? .bootstrapT : .studentT
      default: .pooled
      }
  }

  /// How many verdicts hold together.
  public var comparisons: Int { max(0, count - 1) }

  /// The variance of a difference; nil where the pair is not pooled.
  private func variance(_ a: Int, _ b: Int) -> Double? {
    guard let first = noise.own[a], let second = noise.own[b] else { return nil }
    let pair = pairs[a, b]
    let weight = min(1, 2 / Double(pair.seeds - 1))
    func raised(_ own: Double) -> Double { own + weight * abs(own - noise.table) }
    return max(raised(first) + raised(second), pair.variance)
  }

  // MARK: Answers

  /// Setting a less setting b.
  public func difference(_ a: Int, _ b: Int) -> Statistics.Interval {
    let pair = pairs[a, b]
    if pair.isSound, pair.areEqual { return .init(mean: 0, halfWidth: 0, count: pair.seeds) }
    let level = CriticalValue.level
    guard pair.isSound, count > 2 else {
      return Statistics.interval(of: pairs.differences(a, b), level: level)
    }
    let half: Double
    if let variance = variance(a, b) {
      half =
        CriticalValue.of(settings: count, seeds: pair.seeds)
        * (variance / Double(pair.seeds)).squareRoot()
    } else {
      // Bonferroni's, of the pair's own differences.
      half =
        StudentT.quantile(
          1 - (1 - level) / 2 / Double(count - 1), degreesOfFreedom: Double(pair.seeds - 1))
        * (pair.variance / Double(pair.seeds)).squareRoot()
    }
    return .init(
      mean: a < b ? pair.mean : -pair.mean, halfWidth: half.isFinite ? half : nil,
      count: pair.seeds)
  }

  /// Setting a compared with setting b.
  public func comparison(_ a: Int, against b: Int, goal: Statistics.Goal) -> PairedComparison {
    let difference = difference(a, b)
    let verdict = SimultaneousComparison.verdict(difference, goal)
    let more: PairedComparison.MoreSeeds =
      switch verdict {
      case .better, .worse: .none
      case .tie: moreSeeds(a, b)
      case .noInterval, .notComparable: .unknown
      }
    return PairedComparison(difference: difference, verdict: verdict, moreSeeds: more)
  }

  private static func verdict(
    _ difference: Statistics.Interval, _ goal: Statistics.Goal
  ) -> PairedComparison.Verdict {
    switch difference.excludes(0) {
    case nil: .noInterval
    case true?: (difference.mean < 0) == (goal == .minimize) ? .better : .worse
    case false?: .tie
    }
  }

  /// The settings than which none is better beyond chance, in order: the best is among them in at least 95 of 100 tables
  /// (Gupta 1965, Technometrics 7:225; Hsu 1981, Annals of Statistics 9:1026).
  /// - Parameter settings: those with a value, which NaN is not.
  public func possiblyBest(among settings: [Int], goal: Statistics.Goal) -> [Int] {
    settings.filter { a in
      !settings.contains { b in
        // Only what is ahead can be better.
        guard b != a, pairs[a, b].mean != 0 else { return false }
        guard ((b < a) == (pairs[a, b].mean < 0)) == (goal == .minimize) else { return false }
        return SimultaneousComparison.verdict(difference(b, a), goal) == .better
      }
    }
  }

  // MARK: Advice

  /// How many seeds more would leave setting a alone among those that may be the best.
  public func moreSeeds(toDecideFor a: Int, among possiblyBest: [Int], goal: Statistics.Goal)
    -> PairedComparison.MoreSeeds
  {
    possiblyBest.filter { $0 != a }.reduce(PairedComparison.MoreSeeds.none) { more, b in
      .both(more, comparison(a, against: b, goal: goal).moreSeeds)
    }
  }

  /// The normal quantile of nine experiments in ten.
  private static let nineInTen = 1.2815515655446004

  /// How many seeds more would decide in nine of ten experiments, if difference and spread are what they look: at least as many
  /// again, and no number if so many would be needed that following the advice causes errors of its own.
  private func moreSeeds(_ a: Int, _ b: Int) -> PairedComparison.MoreSeeds {
    let pair = pairs[a, b]
    let seeds = pair.seeds
    let most =
      switch seeds {
      case ..<3: 0
      case 3, 4: seeds * 5 / 2
      default: count <= 10 ? 4 * seeds : 3 * seeds
      }
    guard most > seeds else { return .unknown }
    let variance = count <= 2 ? pair.variance : variance(a, b) ?? pair.variance
    let k = max(2, count)
    guard pair.mean != 0 else { return .moreThan(most - seeds) }
    let needed = (seeds + 1...most).first { n in
      (CriticalValue.of(settings: k, seeds: n) + Self.nineInTen)
        * (variance / Double(n)).squareRoot()
        < abs(pair.mean)
    }
    return needed.map { .count(max($0, 2 * seeds) - seeds) } ?? .moreThan(most - seeds)
  }
}
