import Foundation
import Testing

@testable import Search

@Suite struct TreeParzenTests {
  /// F. H. Branin 1972; minimum 0.397887.
  private static func branin(_ x: [Double]) -> Double {
    let b = 5.1 / (4 * Double.pi * .pi)
    let q = x[1] - b * x[0] * x[0] + 5 / Double.pi * x[0] - 6
    return q * q + 10 * (1 - 1 / (8 * Double.pi)) * cos(x[0]) + 10
  }

  /// J. K. Hartman 1973 in six dimensions; minimum −3.32237.
  private static func hartmann(_ x: [Double]) -> Double {
    let alpha = [1, 1.2, 3, 3.2]
    let a: [[Double]] = [
      [10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8],
      [17, 8, 0.05, 10, 0.1, 14],
    ]
    let p: [[Double]] = [
      [1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
      [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381],
    ]
    var sum = 0.0
    for i in 0..<4 {
      var exponent = 0.0
      for j in 0..<6 {
        let difference = x[j] - 1e-4 * p[i][j]
        exponent += a[i][j] * difference * difference
      }
      sum -= alpha[i] * exp(-exponent)
    }
    return sum
  }

  private static let twoD = SearchSpace([.uniform(-5, 10), .uniform(0, 15)])
  private static let sixD = SearchSpace((0..<6).map { _ in .uniform(0, 1) })

  private static func run(
    _ search: TreeParzenSearch, count: Int, round: Int, _ f: ([Double]) -> Double
  ) -> [TreeParzenSearch.Trial] {
    var history: [TreeParzenSearch.Trial] = []
    while history.count < count {
      let points = search.propose(count: min(round, count - history.count), history: history)
      history += points.map {
        .init(point: $0, outcome: .value(f($0.values.compactMap { $0 })))
      }
    }
    return history
  }

  private static func best(_ history: [TreeParzenSearch.Trial]) -> Double {
    history.map { if case .value(let value) = $0.outcome { value } else { .nan } }.min() ?? .nan
  }

  /// The functions are what the literature says.
  @Test func theFunctionsHaveTheirMinima() {
    for x in [[-Double.pi, 12.275], [.pi, 2.275], [9.42478, 2.475]] {
      #expect(abs(Self.branin(x) - 0.397887) < 1e-5)
    }
    let x = [0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573]
    #expect(abs(Self.hartmann(x) + 3.32237) < 1e-5)
  }

  /// 60 evaluations in rounds of four, against 60 random ones of the same seed: lower in 15 of 20 at
  /// least. Twice, on seeds that nothing was chosen by.
  @Test(arguments: [0, 1000] as [UInt64])
  func itBeatsRandomSearch(first: UInt64) {
    for (space, f) in [(Self.twoD, Self.branin), (Self.sixD, Self.hartmann)] {
      let wins = (first..<(first + 20)).count { seed in
        let found = Self.best(
          Self.run(TreeParzenSearch(space: space, seed: seed), count: 60, round: 4, f))
        let random = PointSequence(.random, space: space, seed: seed)
        let drawn = (0..<60).map { index in
          f(random.point(index) { _, _ in true }.values.compactMap { $0 })
        }
        return found < drawn.min() ?? .nan
      }
      #expect(wins >= 15)
    }
  }

  @Test func theSameSeedAndHistoryGiveTheSameRound() {
    let search = TreeParzenSearch(space: Self.twoD, seed: 3)
    let history = Self.run(search, count: 24, round: 4, Self.branin)
    let again = Self.run(
      TreeParzenSearch(space: Self.twoD, seed: 3), count: 24, round: 4, Self.branin)
    #expect(history == again)
    #expect(
      search.propose(count: 4, history: history) == search.propose(count: 4, history: history))
    // A longer round begins with the shorter one.
    #expect(
      Array(search.propose(count: 6, history: history).prefix(4))
        == search.propose(count: 4, history: history))
    let other = TreeParzenSearch(space: Self.twoD, seed: 4).propose(count: 4, history: history)
    #expect(other != search.propose(count: 4, history: history))
  }

  /// A round is no heap of copies: its points lie apart.
  @Test func aRoundSpreadsOut() {
    let search = TreeParzenSearch(space: Self.twoD, seed: 3)
    let history = Self.run(search, count: 40, round: 4, Self.branin)
    let round = search.propose(count: 8, history: history)
    #expect(Set(round).count == 8)
    #expect(Set(round).isDisjoint(with: history.map(\.point)))
  }

  /// Values first, then pruned ones by how far they came, then failures, NaN among them.
  @Test func outcomesAreRanked() {
    let outcomes: [TreeParzenSearch.Outcome] = [
      .failed, .value(2), .pruned(step: 10, value: 1), .value(.nan), .value(1),
      .pruned(step: 30, value: 5), .pruned(step: 30, value: .nan), .pruned(step: 30, value: 4),
    ]
    let trials = outcomes.enumerated().map {
      TreeParzenSearch.Trial(point: SearchPoint(values: [Double($0)]), outcome: $1)
    }
    #expect(
      TreeParzenSearch.ranked(trials).map { $0.values[0] } == [4, 1, 7, 5, 6, 2, 0, 3])
  }

  /// min over a choice: −1 for 2, else the branch's own parameter.
  @Test func conditionalParametersAreLearnt() {
    let space = SearchSpace(groups: [
      .init(parent: nil, dimensions: [.choice(3)]),
      .init(parent: 0, dimensions: [.logUniform(1e-4, 1)]),
      .init(parent: 0, dimensions: [.integer(1, 64, step: 1, log: true)]),
    ])
    let holds: SearchSpace.Condition = { group, point in point.values[0] == Double(group) }
    func value(_ point: SearchPoint) -> Double {
      if let rate = point.values[1] { return abs(log10(rate / 1e-2)) }
      if let size = point.values[2] { return 0.5 + abs(log2(size / 32)) }
      return 3
    }
    let search = TreeParzenSearch(space: space, seed: 1)
    var history: [TreeParzenSearch.Trial] = []
    while history.count < 60 {
      for point in search.propose(count: 4, history: history, holds: holds) {
        #expect((point.values[1] != nil) == (point.values[0] == 1))
        #expect((point.values[2] != nil) == (point.values[0] == 2))
        history.append(.init(point: point, outcome: .value(value(point))))
      }
    }
    // 0.05 of 4 decades around the best is 5 % of a third of the space.
    #expect(Self.best(history) < 0.1)
    let late = history.suffix(24).count { $0.point.values[0] == 1 }
    #expect(late >= 12)
  }

  @Test func aSmallSpaceIsTriedOutOnce() {
    let space = SearchSpace([.choice(3), .integer(1, 2, step: 1, log: false)])
    let search = TreeParzenSearch(space: space, seed: 0)
    let history = Self.run(
      search, count: 6, round: 3, { abs($0[0] - 1) + $0[1] })
    #expect(Set(history.map(\.point)).count == 6)
    #expect(search.propose(count: 3, history: history).isEmpty)
    let none = search.propose(count: 3, history: [], accepts: { $0.values[0] == 2 })
    #expect(none.count == 2)
  }

  // MARK: Densities

  private static let mixed: [Distribution] = [
    .logUniform(1e-4, 1), .integer(1, 9, step: 2, log: false), .choice(4),
  ]

  private static func estimator(_ dimensions: [Distribution]) -> ParzenEstimator {
    let points = (0..<7).map { k in
      dimensions.map { $0.quantile((Double(k) * 0.618).truncatingRemainder(dividingBy: 1) + 1e-9) }
    }
    return ParzenEstimator(dimensions, points: points, width: 0.05)
  }

  /// Relative to the prior, a density's mean over the prior is 1.
  @Test func densitiesIntegrateToOne() {
    for distribution in Self.mixed + [.uniform(-2, 3)] {
      let estimator = Self.estimator([distribution])
      let cells = 20_000
      var sum = 0.0
      for k in 0..<cells {
        let u = (Double(k) + 0.5) / Double(cells)
        sum += exp(estimator.logDensity([distribution.quantile(u)]))
      }
      let mean = sum / Double(cells)
      // Rounded values repeat their neighbours' density.
      #expect(abs(mean - 1) < 2e-3)
    }
  }

  /// What is drawn follows the density: χ² over the cells of all three at level 0.001.
  @Test func drawsFollowTheDensity() {
    let estimator = Self.estimator(Self.mixed)
    let random = SearchRandom(seed: 2, purpose: .candidates)
    var part = 0
    var counts: [[Int]: Double] = [:]
    func cell(_ point: [Double]) -> [Int] {
      [
        min(Int(Self.mixed[0].interval(point[0]).lower * 4), 3), Int(point[1] - 1) / 2,
        Int(point[2]),
      ]
    }
    let draws = 20_000
    for _ in 0..<draws {
      let point = estimator.draw {
        part += 1
        return random.uniform(0, part)
      }
      counts[cell(point), default: 0] += 1
    }
    var expected: [[Int]: Double] = [:]
    let grid = 400
    for k in 0..<grid {
      let rate = Self.mixed[0].quantile((Double(k) + 0.5) / Double(grid))
      for size in [1.0, 3, 5, 7, 9] {
        for choice in 0..<4 {
          let point = [rate, size, Double(choice)]
          expected[cell(point), default: 0] +=
            exp(estimator.logDensity(point)) / Double(grid * 5 * 4) * Double(draws)
        }
      }
    }
    var sum = 0.0
    for (cell, mean) in expected { sum += pow((counts[cell] ?? 0) - mean, 2) / mean }
    #expect(expected.count == 80)
    // 0.999 quantile of χ² with 79 degrees of freedom: 124.84.
    #expect(sum < 124.84)
  }
}
