import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// How often 95 % intervals hold what they are of, in 1,000 repetitions: 93 to 97 % of the times.
@Suite struct FeatureIntervalTests {
  private static let repetitions = 1000

  private func normals(
    _ count: Int, _ dimension: Int, _ repetition: Int, set: Int, deviation: Double = 1,
    shift: Double = 0
  ) -> FeatureRows {
    let z = CounterRandom(seed: UInt64(set)).normals(
      count: count * dimension, image: repetition, step: 0, purpose: .data)
    return FeatureRows(
      z.enumerated().map { Double($1) * deviation + ($0 % dimension == 0 ? shift : 0) },
      dimension: dimension)
  }

  /// - Parameter truth: nil: the mean of all repetitions.
  private func expectCovered(
    _ name: String, _ estimates: [IntervalEstimate], truth: Double? = nil
  ) {
    let mean = estimates.reduce(0) { $0 + $1.value } / Double(estimates.count)
    let truth = truth ?? mean
    let share =
      Double(estimates.count { $0.low <= truth && truth <= $0.high }) / Double(estimates.count)
    #expect(share >= 0.93 && share <= 0.97, "\(name): \(share) of the intervals hold \(truth)")
  }

  /// Of N((0.5, 0 …), 1.5·I) against N(0, I): 0.25 + 4·(√1.5 − 1)².
  @Test func frechet() throws {
    let dimension = 4
    let unit = (0..<dimension * dimension).map { $0 % (dimension + 1) == 0 ? 1.0 : 0 }
    let reference = try #require(
      FrechetReference(
        GaussianFit(mean: [Double](repeating: 0, count: dimension), covariance: unit)))
    let root = 1.5.squareRoot()
    let samples = (0..<Self.repetitions).map {
      normals(200, dimension, $0, set: 1, deviation: root, shift: 0.5)
    }
    expectCovered("Fréchet", samples.map { reference.estimate($0) })
    expectCovered(
      "Fréchet, extrapolated", samples.map { reference.infinity($0) },
      truth: 0.25 + 4 * (root - 1) * (root - 1))
  }

  /// Of N(µ, s²·I) against N(0, s²·I), k = (x·y/D + 1)³: E k(x, x') − 2·E k(x, y) + E k(y, y'), by moments of normals.
  @Test func kernel() {
    let (dimension, deviation, shift) = (4, 0.7, 0.5)
    expectCovered(
      "kernel",
      (0..<Self.repetitions).map { repetition in
        KernelDistance(
          to: normals(120, dimension, repetition, set: 2, deviation: deviation))(
            normals(100, dimension, repetition, set: 3, deviation: deviation, shift: shift))
      }, truth: kernelTruth(dimension, deviation, shift))
  }

  /// E (u + 1)³ = 1 + 3·E u + 3·E u² + E u³ of u = x·y/D, independent normals of deviation s with means a and b in the
  /// first element: E x·y = ab, E (x·y)² = (s² + a²)(s² + b²) + (D − 1)·s⁴,
  /// E (x·y)³ = m₃(a)·m₃(b) + 3·ab·(D − 1)·s⁴ with m₃(a) = a³ + 3as².
  private func kernelTruth(_ dimension: Int, _ deviation: Double, _ shift: Double) -> Double {
    let (d, v) = (Double(dimension), deviation * deviation)
    func mean(_ a: Double, _ b: Double) -> Double {
      let others = (d - 1) * v * v
      let first = a * b
      let second = (v + a * a) * (v + b * b) + others
      let third = (a * a * a + 3 * a * v) * (b * b * b + 3 * b * v) + 3 * a * b * others
      return 1 + 3 * first / d + 3 * second / (d * d) + third / (d * d * d)
    }
    return mean(shift, shift) - 2 * mean(shift, 0) + mean(0, 0)
  }

  @Test func vendi() {
    expectCovered(
      "Vendi", (0..<Self.repetitions).map { vendiScore(normals(200, 4, $0, set: 4, shift: 1)) })
  }

  @Test func balls() {
    let pool = WorkerPool(count: 2)
    defer { pool.end() }
    let estimates = (0..<Self.repetitions).map { repetition in
      ManifoldMeasures.estimates(
        real: normals(200, 4, repetition, set: 5),
        samples: normals(200, 4, repetition, set: 6, shift: 1), pool: pool)
    }
    expectCovered("precision", estimates.map(\.precision))
    expectCovered("recall", estimates.map(\.recall))
    expectCovered("density", estimates.map(\.density))
    expectCovered("coverage", estimates.map(\.coverage))
  }

  /// P(a < b) of a ~ N(−0.3, 1) and b ~ N(0, 1): Φ(0.3/√2).
  @Test func copying() {
    expectCovered(
      "memorisation",
      (0..<Self.repetitions).map { repetition in
        copyingShare(
          samples: normals(150, 1, repetition, set: 7, shift: -0.3).values,
          heldOut: normals(150, 1, repetition, set: 8).values)
      }, truth: erfc(-0.3 / 2) / 2)
  }

  @Test(arguments: [0.1, 0.5, 0.9]) func shares(probability: Double) {
    expectCovered(
      "share",
      (0..<Self.repetitions).map { repetition in
        let uniforms = CounterRandom(seed: 9).uniforms(
          count: 200, image: repetition, step: 0, purpose: .data)
        return IntervalEstimate(hits: uniforms.count { Double($0) < probability }, of: 200)
      }, truth: probability)
  }
}
