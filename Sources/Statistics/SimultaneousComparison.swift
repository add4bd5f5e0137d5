/// Settings held against each other, seed by seed, so that all verdicts of a table hold together at 95 %: in at least 95 of
/// 100 tables of equal settings no row is called better or worse than the baseline.
///
/// A pair's standard error is √(V/n). V adds up the noise of both settings, each estimated from all pairs that it is in
/// (Grubbs 1948, JASA 43:243; Shukla 1972, Heredity 29:237) and raised where that of the whole table is another; it is
/// never below the variance of the pair's own differences. The interval is D ± c(k, n)·√(V/n) (``CriticalValue``), the
/// verdict whether it leaves out 0. V is the same whichever of a pair is the baseline.
///
/// Two settings are compared by Student's t, from ten seeds on by the bootstrap-t, as ``Statistics/interval`` does.
public struct SimultaneousComparison: Sendable {
  /// Settings that are compared: those that have two seeds in common with another, equal ones counted once.
  public let count: Int

  private let pairs: [[Pair]]
  /// Each setting's own noise, σ²; nil where it is not pooled.
  private let noise: [Double?]
  /// The table's.
  private let tableNoise: Double

  /// The differences of two settings, seed by seed.
  private struct Pair {
    var differences: [Double]
    var mean: Double
    var variance: Double

    init(_ differences: [Double]) {
      self.differences = differences
      mean = differences.isEmpty ? .nan : Statistics.mean(of: differences)
      let deviation = Statistics.standardDeviation(of: differences, mean: mean)
      variance = deviation * deviation
    }

    /// Whether there are two seeds in common and all is finite.
    var isSound: Bool { differences.count > 1 && variance.isFinite && mean.isFinite }
    var areEqual: Bool { isSound && differences.allSatisfy { $0 == 0 } }
  }

  /// - Parameters:
  ///   - settings: how many there are.
  ///   - comparisons: of the whole table, where it has several baselines and these are the settings of one.
  ///   - differences: setting a less setting b, of each seed that both have, for a < b.
  public init(
    of settings: Int, comparisons: Int? = nil,
    differences: (_ a: Int, _ b: Int) throws -> [Double]
  ) rethrows {
    let pairs = try (0..<settings).map { a in
      try (a + 1..<max(a + 1, settings)).map { Pair(try differences(a, $0)) }
    }
    // What equals a setting before it in every value is that setting once more.
    let distinct = (0..<settings).filter { b in !(0..<b).contains { pairs[$0][b - $0 - 1].areEqual }
    }
    let compared = distinct.filter { a in
      distinct.contains { $0 != a && pairs[min(a, $0)][max(a, $0) - min(a, $0) - 1].isSound }
    }
    self.pairs = pairs
    count = compared.isEmpty ? 0 : max(compared.count, (comparisons ?? 0) + 1)
    let noise = Noise(among: compared) { pairs[min($0, $1)][max($0, $1) - min($0, $1) - 1] }
    self.noise = (0..<settings).map { noise.own[$0] }
    tableNoise = noise.table
  }

  /// The same of values by setting and seed, nil where a setting lacks a seed.
  public init(_ values: [[Double?]], comparisons: Int? = nil) {
    self.init(of: values.count, comparisons: comparisons) { a, b in
      zip(values[a], values[b]).compactMap { a, b in a.flatMap { a in b.map { a - $0 } } }
    }
  }

  private func pair(_ a: Int, _ b: Int) -> Pair { pairs[min(a, b)][max(a, b) - min(a, b) - 1] }

  // MARK: Noise

  private struct Noise {
    /// σ² by setting, of those that are pooled.
    var own: [Int: Double] = [:]
    var table = 0.0

    /// A setting whose differences vary so many times more than the middle one's is not pooled.
    private static let outOfProportion = 100.0

    init(among settings: [Int], _ pair: (Int, Int) -> Pair) {
      func sound(_ a: Int, _ others: some Sequence<Int>) -> [Pair] {
        others.filter { $0 != a }.map { pair(a, $0) }.filter(\.isSound)
      }
      guard settings.count > 2 else { return }
      var pooled = settings
      let all = settings.indices.flatMap { sound(settings[$0], settings[($0 + 1)...]) }
      if all.allSatisfy({ $0.differences.count > 2 }) {
        let typical = settings.map { Self.lowerMedian(sound($0, settings).map(\.variance)) }
        let middle = Self.lowerMedian(typical)
        if middle > 0 {
          pooled = zip(settings, typical).filter { $1 <= Self.outOfProportion * middle }.map(\.0)
        }
      }
      guard pooled.count > 2 else { return }
      let k = Double(pooled.count)
      let mean = Self.mean(pooled.indices.flatMap { sound(pooled[$0], pooled[($0 + 1)...]) })
      for setting in pooled {
        // Shukla's stability variance, in variances of differences.
        own[setting] = max(
          0, ((k - 1) * Self.mean(sound(setting, pooled)) - k / 2 * mean) / (k - 2))
      }
      table = mean / 2
    }

    /// The mean variance, by degrees of freedom.
    private static func mean(_ pairs: [Pair]) -> Double {
      let weights = pairs.reduce(0.0) { $0 + Double($1.differences.count - 1) }
      return pairs.reduce(0.0) { $0 + Double($1.differences.count - 1) * $1.variance } / weights
    }

    private static func lowerMedian(_ values: [Double]) -> Double {
      values.sorted()[(values.count - 1) / 2]
    }
  }

  /// The variance of a difference; nil where the pair is not pooled.
  private func variance(_ a: Int, _ b: Int) -> Double? {
    guard let first = noise[a], let second = noise[b] else { return nil }
    let pair = pair(a, b)
    let weight = min(1, 2 / Double(pair.differences.count - 1))
    func raised(_ own: Double) -> Double { own + weight * abs(own - tableNoise) }
    return max(raised(first) + raised(second), pair.variance)
  }

  // MARK: Answers

  /// Setting a less setting b.
  public func difference(_ a: Int, _ b: Int) -> Statistics.Interval {
    let pair = pair(a, b)
    let differences = a < b ? pair.differences : pair.differences.map { -$0 }
    guard pair.isSound else { return Statistics.interval(of: differences) }
    if pair.areEqual { return .init(mean: 0, halfWidth: 0, count: differences.count) }
    let level = CriticalValue.level
    if count <= 2 { return Statistics.interval(of: differences, level: level) }
    let (mean, seeds) = (a < b ? pair.mean : -pair.mean, differences.count)
    let half: Double
    if let variance = variance(a, b) {
      half =
        CriticalValue.of(settings: count, seeds: seeds) * (variance / Double(seeds)).squareRoot()
    } else {
      // Bonferroni's, of the pair's own differences.
      half =
        StudentT.quantile(
          1 - (1 - level) / 2 / Double(count - 1), degreesOfFreedom: Double(seeds - 1))
        * (pair.variance / Double(seeds)).squareRoot()
    }
    return .init(mean: mean, halfWidth: half.isFinite ? half : nil, count: seeds)
  }

  /// Setting a held against setting b.
  public func comparison(_ a: Int, against b: Int, goal: Statistics.Goal) -> PairedComparison {
    let difference = difference(a, b)
    let verdict: PairedComparison.Verdict =
      switch difference.excludes(0) {
      case nil: .noInterval
      case true?: (difference.mean < 0) == (goal == .minimize) ? .better : .worse
      case false?: .tie
      }
    let more: PairedComparison.MoreSeeds =
      switch verdict {
      case .better, .worse: .none
      case .tie: moreSeeds(a, b)
      case .noInterval, .notComparable: .unknown
      }
    return PairedComparison(difference: difference, verdict: verdict, moreSeeds: more)
  }

  /// The settings than which none is better beyond chance, in order: the best is among them in at least 95 of 100 tables
  /// (Gupta 1965, Technometrics 7:225; Hsu 1981, Annals of Statistics 9:1026).
  /// - Parameter settings: those with a value; NaN is none.
  public func possiblyBest(among settings: [Int], goal: Statistics.Goal) -> [Int] {
    settings.filter { a in
      !settings.contains { $0 != a && comparison($0, against: a, goal: goal).verdict == .better }
    }
  }

  // MARK: Advice

  /// The normal quantile of nine experiments in ten.
  private static let nineInTen = 1.2815515655446004

  /// How many seeds more would decide in nine of ten experiments, if difference and spread are what they look: at least as many
  /// again, and no number where so many would be needed that following the advice makes errors of its own.
  private func moreSeeds(_ a: Int, _ b: Int) -> PairedComparison.MoreSeeds {
    let pair = pair(a, b)
    let seeds = pair.differences.count
    let most =
      switch seeds {
      case ..<3: 0
      case 3, 4: seeds * 5 / 2
      default: count <= 10 ? 4 * seeds : 3 * seeds
      }
    let variance = count <= 2 ? pair.variance : variance(a, b) ?? pair.variance
    let k = max(2, count)
    let last = min(most, PairedComparison.mostSeeds)
    guard pair.mean != 0, last > seeds else { return .tooMany }
    let needed = (seeds + 1...last).first { n in
      (CriticalValue.of(settings: k, seeds: n) + Self.nineInTen)
        * (variance / Double(n)).squareRoot()
        < abs(pair.mean)
    }
    return needed.map { .count(max($0, 2 * seeds) - seeds) } ?? .tooMany
  }
}
