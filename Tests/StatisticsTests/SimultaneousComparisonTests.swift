import Foundation
import Kernels
import TestSupport
import Testing

@testable import Statistics

/// Values by the functions of docs/reference/critical_values.py, c(k, n) being the table's; errors by simulation here.
@Suite struct SimultaneousComparisonTests {
  /// Four settings with five seeds each.
  private static let values: [[Double?]] = [
    [0.90, 1.10, 0.95, 1.00, 1.07], [1.02, 1.05, 0.98, 1.04, 1.12],
    [0.85, 0.99, 0.80, 0.93, 1.00], [0.97, 1.30, 1.02, 1.21, 1.24],
  ]

  private func table(seeds: Int, settings: Int = 4) -> SimultaneousComparison {
    SimultaneousComparison(Self.values.prefix(settings).map { Array($0.prefix(seeds)) })
  }

  @Test(arguments: [
    (2, 2, 14.123536), (2, 3, 4.553431), (2, 5, 2.88029), (2, 10, 2.326558), (3, 3, 3.194),
    (5, 5, 2.842), (5, 9, 2.692953), (9, 5, 3.021383), (11, 3, 3.530413), (20, 10, 3.14),
    (25, 4, 3.430869), (20, 40, 3.105099), (5, 100, 2.545277), (200, 5, 4.379543),
  ])
  func criticalValues(settings: Int, seeds: Int, expected: Double) {
    #expect(abs(CriticalValue.of(settings: settings, seeds: seeds) - expected) < 1e-5)
  }

  @Test func intervals() throws {
    let three = table(seeds: 3)
    #expect(three.count == 4)
    for (setting, mean, half) in [
      (1, 0.033333, 0.24996), (2, -0.103333, 0.175145), (3, 0.113333, 0.270155),
    ] {
      let difference = three.difference(setting, 0)
      #expect(abs(difference.mean - mean) < 1e-6 && difference.count == 3)
      #expect(abs(try #require(difference.halfWidth) - half) < 1e-6)
      // Turned round it is the same, to the bit.
      let turned = three.difference(0, setting)
      #expect(turned.mean == -difference.mean && turned.halfWidth == difference.halfWidth)
    }
    let five = table(seeds: 5)
    for (setting, mean, half) in [
      (1, 0.038, 0.102709), (2, -0.09, 0.063345), (3, 0.144, 0.12334),
    ] {
      let difference = five.difference(setting, 0)
      #expect(abs(difference.mean - mean) < 1e-6)
      #expect(abs(try #require(difference.halfWidth) - half) < 1e-6)
    }
    #expect(five.comparison(2, against: 0, goal: .minimize).verdict == .better)
    #expect(five.comparison(0, against: 2, goal: .minimize).verdict == .worse)
    #expect(five.comparison(3, against: 0, goal: .maximize).verdict == .better)
    #expect(five.comparison(1, against: 0, goal: .minimize).verdict == .tie)
  }

  /// Two settings: the paired t at 95.5 %.
  @Test func twoSettings() throws {
    let difference = table(seeds: 5, settings: 2).difference(1, 0)
    #expect(abs(difference.mean - 0.038) < 1e-12)
    #expect(abs(try #require(difference.halfWidth) - 0.078034_055) < 1e-8)
  }

  @Test func advice() {
    /// Two settings whose differences have this mean and standard deviation.
    func more(_ mean: Double, _ deviation: Double, seeds: Int) -> PairedComparison.MoreSeeds {
      let offsets = (0..<seeds).map { Double($0) - Double(seeds - 1) / 2 }
      let own = Statistics.standardDeviation(of: offsets, mean: 0)
      let values: [Double?] = offsets.map { mean + $0 * deviation / own }
      return SimultaneousComparison([values, values.map { _ in 0 }])
        .comparison(0, against: 1, goal: .minimize).moreSeeds
    }
    // (t(0.9775; n − 1) + 1.2816)·0.2/√n < 0.1: 13 in all, or 8 more.
    #expect(more(0.1, 0.2, seeds: 5) == .moreThan(15))
    #expect(more(0.1, 0.1, seeds: 5) == .count(8))
    #expect(more(0.3, 0.1, seeds: 2) == .unknown)
    #expect(more(0, 0.1, seeds: 5) == .moreThan(15))
    #expect(more(1, 0.1, seeds: 5) == .none)
  }

  // MARK: Values that are missing, equal, or no numbers

  @Test func edges() {
    func table(_ values: [[Double?]]) -> SimultaneousComparison { SimultaneousComparison(values) }
    // One seed in common.
    let one = table([[1, nil, 3], [2, 5, nil], [nil, 1, 4]])
    #expect(one.count == 0)
    #expect(one.comparison(0, against: 1, goal: .minimize).verdict == .noInterval)
    // Twins are one setting.
    let twins = table([[1, 2, 4], [1, 2, 4], [2, 2.5, 6]])
    #expect(twins.count == 2)
    #expect(twins.difference(0, 1) == .init(mean: 0, halfWidth: 0, count: 3))
    #expect(twins.comparison(1, against: 0, goal: .minimize).verdict == .tie)
    #expect(twins.difference(2, 0) == twins.difference(2, 1))
    // A constant difference is beyond doubt.
    let constant = table([[1, 2, 4], [2, 3, 5], [3, 4, 6]])
    #expect(constant.comparison(0, against: 2, goal: .minimize).verdict == .better)
    // What is no number takes no part, and changes nothing for the others.
    let broken = table(Self.values + [[1, 2, .nan, 3, 4], [1, .infinity, 3, 4, 5]])
    #expect(broken.count == 4)
    #expect(broken.comparison(4, against: 0, goal: .minimize).verdict == .noInterval)
    #expect(broken.difference(5, 0).mean == .infinity)
    #expect(broken.difference(1, 0) == self.table(seeds: 5).difference(1, 0))
    #expect(table([]).count == 0 && table([[1, 2]]).count == 0)
  }

  /// A setting that nearly diverges does not widen the others' intervals.
  @Test func oneOutOfProportion() throws {
    let wild: [Double?] = [-40, 90, 10, -70, 55]
    let table = SimultaneousComparison(Self.values + [wild])
    let calm = try #require(table.difference(2, 0).halfWidth)
    // The critical values of five settings and of four.
    let ratio = CriticalValue.of(settings: 5, seeds: 5) / CriticalValue.of(settings: 4, seeds: 5)
    #expect(
      abs(calm - ratio * (try #require(self.table(seeds: 5).difference(2, 0).halfWidth))) < 1e-12)
    let own = zip(wild, Self.values[0]).compactMap { a, b in a.flatMap { a in b.map { a - $0 } } }
    let bonferroni = Statistics.interval(
      of: own, level: 1 - (1 - CriticalValue.level) / 4, method: .studentT)
    #expect(
      abs(try #require(table.difference(4, 0).halfWidth) - (try #require(bonferroni.halfWidth)))
        < 1e-9)
  }

  @Test func whatMayBeBest() {
    let table = table(seeds: 5)
    // Setting 2 is better than 0 and 3; of 1 it is not known.
    #expect(table.possiblyBest(among: [0, 1, 2, 3], goal: .minimize) == [2])
    #expect(table.possiblyBest(among: [0, 1, 3], goal: .minimize) == [0, 1])
    #expect(table.possiblyBest(among: [3], goal: .minimize) == [3])
  }

  // MARK: Simulation

  /// So many that two standard errors of a share of 5 % are 0.5 %.
  private static let experiments = 8000
  private static let random = CounterRandom(seed: 20_261_128)

  /// Values by setting and seed, of settings that are equal but for their means and spreads.
  private static func values(
    _ spreads: [Double], seeds: Range<Int>, experiment: Int, stream: Int, means: [Double]? = nil
  ) -> [[Double?]] {
    let settings = spreads.count
    var values = [[Double?]](repeating: [], count: settings)
    for seed in seeds {
      let draws = random.normals(
        count: settings + 1, image: experiment * 1000 + seed, step: stream, purpose: .data)
      for setting in 0..<settings {
        // What a seed does to all is large.
        values[setting].append(
          (means?[setting] ?? 0) + 5 * Double(draws[settings])
            + spreads[setting] * Double(draws[setting]))
      }
    }
    return values
  }

  /// In which share of experiments something holds of the table.
  private func share(
    spreads: [Double], seeds: Int, stream: Int, means: [Double]? = nil,
    _ isCounted: (SimultaneousComparison) -> Bool
  ) -> Double {
    let count = (0..<Self.experiments).count { experiment in
      isCounted(
        SimultaneousComparison(
          Self.values(
            spreads, seeds: 0..<seeds, experiment: experiment, stream: stream, means: means)))
    }
    return Double(count) / Double(Self.experiments)
  }

  /// What the settings are held against setting 0 for.
  private func verdicts(_ table: SimultaneousComparison, settings: Int) -> [PairedComparison] {
    (1..<settings).map { table.comparison($0, against: 0, goal: .minimize) }
  }

  private func hasVerdict(_ comparisons: [PairedComparison]) -> Bool {
    comparisons.contains { $0.verdict == .better || $0.verdict == .worse }
  }

  private static func spreads(_ settings: Int) -> [[Double]] {
    let equal = [Double](repeating: 1, count: settings)
    var baseline = equal
    baseline[0] = 3
    var one = equal
    one[settings - 1] = 3
    return [equal, baseline, one, (0..<settings).map { $0 < settings / 2 ? 3 : 1 }]
  }

  /// At most 5.5 % of tables of equal settings call any better or worse, whatever the spreads within a ratio of 3.
  @Test(arguments: [2, 5, 10, 20], [3, 5, 10]) func falseVerdicts(settings: Int, seeds: Int) {
    for (place, spreads) in Self.spreads(settings).enumerated() {
      let share = share(
        spreads: spreads, seeds: seeds, stream: settings * 1000 + seeds * 10 + place
      ) { hasVerdict(verdicts($0, settings: settings)) }
      #expect(share <= 0.055, "\(share) at \(spreads)")
    }
  }

  /// Whoever follows the table's smallest advice, up to three times and until a verdict comes, errs in at most 6.5 %.
  @Test(arguments: [2, 5, 10, 20], [3, 5]) func followingTheAdvice(settings: Int, seeds: Int) {
    for (place, spreads) in Self.spreads(settings).prefix(2).enumerated() {
      let stream = 100_000 + settings * 1000 + seeds * 10 + place
      let count = (0..<Self.experiments).count { experiment in
        var (count, values) = (seeds, [[Double?]](repeating: [], count: settings))
        for _ in 0...3 {
          let more = Self.values(
            spreads, seeds: (values[0].count)..<count, experiment: experiment, stream: stream)
          for setting in 0..<settings { values[setting] += more[setting] }
          let verdicts = verdicts(SimultaneousComparison(values), settings: settings)
          if hasVerdict(verdicts) { return true }
          guard let advice = verdicts.compactMap(\.moreSeeds.number).min() else { return false }
          count += advice
        }
        return false
      }
      let share = Double(count) / Double(Self.experiments)
      #expect(share <= 0.065, "\(share) at \(spreads)")
    }
  }

  /// The best is among those that may be best in 95 % of tables, near ties included.
  @Test(arguments: [2, 5, 10, 20], [3, 5, 10]) func theBestIsKept(settings: Int, seeds: Int) {
    for (place, spreads) in Self.spreads(settings).enumerated() {
      let share = share(
        spreads: spreads, seeds: seeds, stream: 200_000 + settings * 1000 + seeds * 10 + place,
        means: (0..<settings).map { $0 == 0 ? -0.01 : 0 }
      ) { $0.possiblyBest(among: Array(0..<settings), goal: .minimize).contains(0) }
      #expect(share >= 0.95, "\(share) at \(spreads)")
    }
  }
}
