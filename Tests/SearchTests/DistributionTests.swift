import Foundation
import Testing

@testable import Search

/// Draws against the distributions that they are said to have.
@Suite struct DistributionTests {
  private static let draws = 4000

  private static func values(
    _ distribution: Distribution, _ kind: PointSequence.Kind, seed: UInt64 = 1
  ) -> [Double] {
    // Among others, so that a mix-up of dimensions would show.
    let space = SearchSpace([.choice(3), distribution, .uniform(0, 1)])
    let sequence = PointSequence(kind, space: space, seed: seed)
    return (0..<draws).compactMap { sequence.point($0) { _, _ in true }.values[1] }
  }

  /// Kolmogorov–Smirnov: sup |F_n − F|.
  private static func distance(
    _ values: [Double], _ cumulative: (Double) -> Double
  ) -> Double {
    let sorted = values.sorted()
    let n = Double(sorted.count)
    return sorted.enumerated().reduce(0) { worst, next in
      let f = cumulative(next.element)
      return max(worst, Double(next.offset + 1) / n - f, f - Double(next.offset) / n)
    }
  }

  /// Φ by the error function.
  private static func normal(_ x: Double) -> Double { (1 + erf(x / 2.0.squareRoot())) / 2 }

  private static let continua: [(String, Distribution, @Sendable (Double) -> Double)] = [
    ("uniform", .uniform(-3, 7), { ($0 + 3) / 10 }),
    ("log_uniform", .logUniform(1e-5, 1e-3), { log10($0 * 1e5) / 2 }),
    (
      "normal", .normal(mean: 2, deviation: 0.5, lower: -.infinity, upper: .infinity),
      { normal(($0 - 2) / 0.5) }
    ),
    (
      "normal cut off", .normal(mean: 0.2, deviation: 0.5, lower: 0, upper: 1),
      {
        (normal(($0 - 0.2) / 0.5) - normal(-0.4)) / (normal(1.6) - normal(-0.4))
      }
    ),
  ]

  /// At level 0.001 the distance of n independent draws is at most 1.949/√n (n large); Sobol points
  /// are far nearer. Rounding to four digits moves a value by 5e-4 of the range at most.
  @Test(arguments: continua.map(\.0))
  func numbersFollowTheirDistribution(name: String) throws {
    let (_, distribution, cumulative) = try #require(Self.continua.first { $0.0 == name })
    for seed in 1...3 as ClosedRange<UInt64> {
      let drawn = Self.distance(
        Self.values(distribution, .random, seed: seed), cumulative)
      #expect(drawn < 1.949 / Double(Self.draws).squareRoot() + 5e-4)
      let spread = Self.distance(Self.values(distribution, .sobol, seed: seed), cumulative)
      #expect(spread < 4 / Double(Self.draws) + 5e-4)
    }
    // And another distribution is told apart.
    let other = Self.distance(Self.values(distribution, .random)) { cumulative($0) * 0.9 }
    #expect(other > 0.05)
  }

  /// χ² at level 0.001.
  @Test func wholeNumbersAndChoicesFollowTheirs() {
    func chiSquare(_ values: [Double], _ expected: [Double: Double]) -> Double {
      var counts: [Double: Double] = [:]
      for value in values { counts[value, default: 0] += 1 }
      #expect(Set(counts.keys).isSubset(of: expected.keys))
      var sum = 0.0
      for (value, share) in expected {
        let mean = share * Double(values.count)
        sum += pow((counts[value] ?? 0) - mean, 2) / mean
      }
      return sum
    }
    let choice = Dictionary(uniqueKeysWithValues: (0..<5).map { (Double($0), 0.2) })
    // 0.999 quantile of χ² with 4 degrees of freedom: 18.467.
    #expect(chiSquare(Self.values(.choice(5), .random), choice) < 18.467)
    let steps = Dictionary(uniqueKeysWithValues: [8.0, 16, 24, 32, 40].map { ($0, 0.2) })
    #expect(
      chiSquare(Self.values(.integer(8, 40, step: 8, log: false), .random), steps) < 18.467)
    // k as often as [k − ½, k + ½] has of the logarithms from 0.5 to 8.5; 7 degrees: 24.322.
    let width = log(8.5 / 0.5)
    var logarithmic: [Double: Double] = [:]
    for k in stride(from: 1.0, through: 8, by: 1) {
      logarithmic[k] = log((k + 0.5) / (k - 0.5)) / width
    }
    let drawn = Self.values(.integer(1, 8, step: 1, log: true), .random)
    #expect(chiSquare(drawn, logarithmic) < 24.322)
    #expect(chiSquare(drawn, logarithmic.mapValues { _ in 1.0 / 8 }) > 100)
  }

  @Test func endsAreReachedAndNotPassed() {
    let nearly = 1 - 0x1p-53
    for (_, distribution, _) in Self.continua.dropLast(2) {
      let (low, high) = (distribution.quantile(0x1p-60), distribution.quantile(nearly))
      #expect(distribution.interval(low).lower < 1e-3)
      #expect(distribution.interval(high).lower > 1 - 1e-3)
    }
    let cut = Distribution.normal(mean: 0.2, deviation: 0.5, lower: 0, upper: 1)
    #expect(cut.quantile(0x1p-60) == 0)
    #expect(cut.quantile(nearly) == 1)
    #expect(Distribution.uniform(0.9, 0.999).quantile(nearly) == 0.999)
    #expect(Distribution.logUniform(1e-5, 1e-3).quantile(0x1p-60) == 1e-5)
    #expect(Distribution.integer(3, 9, step: 2, log: false).quantile(nearly) == 9)
    #expect(Distribution.choice(4).quantile(nearly) == 3)
  }

  /// Four digits: of the value where the scale is logarithmic, of the range otherwise.
  @Test func numbersAreShort() {
    #expect(Distribution.logUniform(1e-5, 1).quantile(0.3) == 0.0003162)
    #expect(Distribution.uniform(0, 10).quantile(1.0 / 3) == 3.33)
    #expect(Distribution.uniform(0, 40_000).quantile(1.0 / 3) == 13_330)
    #expect(
      Distribution.normal(mean: 1, deviation: 0.02, lower: 0, upper: 2).quantile(0.3) == 0.98951)
  }

  /// u ↦ value ↦ interval holds u again.
  @Test func intervalsHoldWhatTheyComeFrom() {
    let distributions: [Distribution] = [
      .integer(1, 8, step: 1, log: true), .integer(8, 40, step: 8, log: false), .choice(7),
      .integer(16, 256, step: 16, log: true),
    ]
    for distribution in distributions {
      var edge = 0.0
      for k in 0..<1000 {
        let u = (Double(k) + 0.5) / 1000
        let (lower, upper) = distribution.interval(distribution.quantile(u))
        #expect(lower <= u + 1e-12 && u <= upper + 1e-12)
        #expect(lower <= edge + 1e-12 || abs(lower - edge) < 1e-9)
        edge = upper
      }
      #expect(abs(edge - 1) < 1e-12)
    }
  }

  /// Φ⁻¹ to the last digits, against Φ and the usual tables.
  @Test func normalQuantiles() {
    #expect(abs(NormalDistribution.quantile(0.975) - 1.959963984540054) < 1e-14)
    #expect(abs(NormalDistribution.quantile(1e-10) + 6.361340902404056) < 1e-12)
    #expect(NormalDistribution.quantile(0.5) == 0)
    for p in [1e-300, 1e-12, 0.003, 0.3, 0.9] {
      let back = NormalDistribution.cumulative(NormalDistribution.quantile(p))
      #expect(abs(back - p) < 1e-12 * p)
    }
    #expect(abs(NormalDistribution.mass(8, 9) / 6.2198e-16 - 1) < 1e-3)
  }
}
