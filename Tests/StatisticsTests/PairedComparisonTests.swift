import Statistics
import Testing

@Suite struct PairedComparisonTests {
  /// Differences −1, −2, −3: mean −2, s = 1, t(0.975; 2)/√3 = 2.48414: 0 is inside.
  @Test func aTieSaysHowManyMoreSeeds() throws {
    let comparison = PairedComparison([9, 18, 27], baseline: [10, 20, 30], goal: .minimize)
    #expect(comparison.difference.mean == -2)
    let half = try #require(comparison.difference.halfWidth)
    #expect(abs(half - 2.484_138) < 1e-6)
    #expect(comparison.verdict == .tie)
    // t(0.975; 3)/√4 = 3.18245/2 = 1.59122 < 2: four seeds in all.
    #expect(comparison.moreSeeds == .count(1))
  }

  @Test(arguments: [(Statistics.Goal.minimize, true), (.maximize, false)])
  func theGoalTurnsTheVerdict(goal: Statistics.Goal, lowerIsBetter: Bool) {
    let lower = PairedComparison([1, 2, 3.1], baseline: [2, 3, 4], goal: goal)
    #expect(lower.verdict == (lowerIsBetter ? .better : .worse))
    #expect(lower.moreSeeds == .none)
    let higher = PairedComparison([2, 3, 4], baseline: [1, 2, 3.1], goal: goal)
    #expect(higher.verdict == (lowerIsBetter ? .worse : .better))
  }

  @Test func manySeedsAreNeededForASmallDifference() throws {
    // ±1 around 0.1: s = 1.1547 of four.
    let comparison = PairedComparison(
      [1.1, -0.9, 1.1, -0.9], baseline: [0, 0, 0, 0], goal: .maximize)
    #expect(comparison.verdict == .tie)
    let more = try #require(comparison.moreSeeds.number)
    let deviation = (4.0 / 3).squareRoot()
    func half(_ n: Int) -> Double {
      StudentT.quantile(0.975, degreesOfFreedom: Double(n - 1)) * deviation / Double(n).squareRoot()
    }
    #expect(half(4 + more) < 0.1 && half(3 + more) >= 0.1)
    // 1.96² · 4/3 / 0.01 = 512.2, and a few for t's tails.
    #expect((508...514).contains(more))
    let hopeless = PairedComparison([1, -1], baseline: [0, 0], goal: .maximize)
    #expect(hopeless.moreSeeds == .tooMany && hopeless.moreSeeds.text == "more than 1,000")
    let far = PairedComparison(
      [1.01, -0.99, 1.01, -0.99], baseline: [0, 0, 0, 0], goal: .maximize)
    #expect(far.moreSeeds == .tooMany)
  }

  @Test func oneSeedGivesNoVerdict() {
    let one = PairedComparison([1], baseline: [2], goal: .minimize)
    #expect(one.difference.mean == -1 && one.difference.halfWidth == nil)
    #expect(one.verdict == .noInterval && one.moreSeeds == .unknown)
    let diverged = PairedComparison([1, .nan], baseline: [2, 2], goal: .minimize)
    #expect(diverged.verdict == .noInterval && diverged.difference.mean.isNaN)
  }

  @Test func onlySharedSeedsArePaired() {
    let comparison = PairedComparison(
      ["0": 1, "1": 2, "7": 100], baseline: ["0": 2, "1": 3.5, "8": -100], goal: .minimize)
    #expect(comparison.difference.mean == -1.25 && comparison.difference.count == 2)
  }

  /// Ten equal differences are an interval without width that leaves 0 out.
  @Test func equalDifferencesDecide() {
    let values = (0..<10).map(Double.init)
    let same = PairedComparison(values, baseline: values, goal: .minimize)
    #expect(same.verdict == .tie && same.difference.halfWidth == 0 && same.moreSeeds == .tooMany)
    let less = PairedComparison(values.map { $0 - 1 }, baseline: values, goal: .minimize)
    #expect(less.verdict == .better)
  }

  /// What is said of a against b is what is said of b against a, turned round: to the bit.
  @Test func theOtherWayRound() {
    let a = [0.31, 0.7, 0.11, 0.92, 5.1, 0.3, 0.45, 0.52, 0.61, 0.9, 1.3]
    let b = [0.5, 0.52, 0.4, 0.9, 1.1, 0.1, 0.25, 0.5, 0.6, 0.7, 1.1]
    let forth = PairedComparison(a, baseline: b, goal: .minimize)
    let back = PairedComparison(b, baseline: a, goal: .minimize)
    #expect(forth.difference.mean == -back.difference.mean)
    #expect(forth.difference.halfWidth == back.difference.halfWidth)
  }
}
