import Statistics
import Testing

/// One setting against one baseline.
@Suite struct PairedComparisonTests {
  private func compared(
    _ setting: [Double], _ baseline: [Double], goal: Statistics.Goal = .minimize
  ) -> PairedComparison {
    SimultaneousComparison([setting, baseline].map { $0.map(Optional.some) })
      .comparison(0, against: 1, goal: goal)
  }

  /// Differences −1, −2, −3: mean −2, s = 1, t(0.9775; 2)/√3 = 2.62893: 0 is inside.
  @Test func aTieSaysHowManyMoreSeeds() throws {
    let comparison = compared([9, 18, 27], [10, 20, 30])
    #expect(comparison.difference.mean == -2)
    let half = try #require(comparison.difference.halfWidth)
    #expect(abs(half - 2.628_925) < 1e-6)
    #expect(comparison.verdict == .tie)
    // At least as many again.
    #expect(comparison.moreSeeds == .count(3))
  }

  @Test(arguments: [(Statistics.Goal.minimize, true), (.maximize, false)])
  func theGoalTurnsTheVerdict(goal: Statistics.Goal, lowerIsBetter: Bool) {
    let lower = compared([1, 2, 3.1], [2, 3, 4], goal: goal)
    #expect(lower.verdict == (lowerIsBetter ? .better : .worse))
    #expect(lower.moreSeeds == .none)
    let higher = compared([2, 3, 4], [1, 2, 3.1], goal: goal)
    #expect(higher.verdict == (lowerIsBetter ? .worse : .better))
  }

  /// From four seeds nothing is advised beyond ten in all, from two nothing.
  @Test func aSmallDifferenceHasNoNumber() {
    let small = compared([1.1, -0.9, 1.1, -0.9], [0, 0, 0, 0], goal: .maximize)
    #expect(small.verdict == .tie && small.moreSeeds == .moreThan(6))
    #expect(small.moreSeeds.text == "more than 6" && small.moreSeeds.number == nil)
    #expect(small.moreSeeds.clause == "; more than 6 more seeds would be needed to decide")
    let two = compared([1, -1], [0, 0], goal: .maximize)
    #expect(two.verdict == .tie && two.moreSeeds == .unknown && two.moreSeeds.clause.isEmpty)
  }

  @Test func oneSeedGivesNoVerdict() {
    let one = compared([1], [2])
    #expect(one.difference.mean == -1 && one.difference.halfWidth == nil)
    #expect(one.verdict == .noInterval && one.moreSeeds == .unknown)
    let diverged = compared([1, .nan], [2, 2])
    #expect(diverged.verdict == .noInterval && diverged.difference.mean.isNaN)
  }

  /// Ten equal differences are an interval without width that leaves 0 out.
  @Test func equalDifferencesDecide() {
    let values = (0..<10).map(Double.init)
    let same = compared(values, values)
    #expect(same.verdict == .tie && same.difference.halfWidth == 0)
    let less = compared(values.map { $0 - 1 }, values)
    #expect(less.verdict == .better)
  }

  /// What is said of a against b is what is said of b against a, turned round: to the bit.
  @Test func theOtherWayRound() {
    let a = [0.31, 0.7, 0.11, 0.92, 5.1, 0.3, 0.45, 0.52, 0.61, 0.9, 1.3]
    let b = [0.5, 0.52, 0.4, 0.9, 1.1, 0.1, 0.25, 0.5, 0.6, 0.7, 1.1]
    let forth = compared(a, b)
    let back = compared(b, a)
    #expect(forth.difference.mean == -back.difference.mean)
    #expect(forth.difference.halfWidth == back.difference.halfWidth)
  }
}
