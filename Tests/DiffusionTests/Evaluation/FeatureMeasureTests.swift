import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// Values of measures of features that are known without another program.
@Suite struct FeatureMeasureTests {
  private func normals(
    _ count: Int, _ dimension: Int, seed: UInt64, deviation: Double = 1, shift: Double = 0
  ) -> FeatureRows {
    let z = CounterRandom(seed: seed).normals(
      count: count * dimension, image: 0, step: 0, purpose: .data)
    return FeatureRows(z.map { Double($0) * deviation + shift }, dimension: dimension)
  }

  @Test func rows() {
    let rows = FeatureRows([1, 2, 3, 4, 5, 6], dimension: 2)
    #expect(rows.count == 3 && rows.rows(1..<3).values == [3, 4, 5, 6])
    #expect(rows.without(1..<2).values == [1, 2, 5, 6] && rows.prefix(9) == rows)
    #expect(rows.picked([2, 0]).values == [5, 6, 1, 2])
    var distances = [0.0, 0, 0]
    FeatureColumns(rows).squaredDistances(from: [1, 1], into: &distances)
    #expect(distances == [1, 13, 41])
  }

  /// Of N(0, I) against itself in 8 dimensions the plain distance of n samples is about D/n + D(D + 1)/4n, to first order
  /// in 1/n: of the mean, and of the covariance, whose entries have variances of (1 + δ)/n and count by a quarter.
  @Test func theBiasIsTakenOut() throws {
    let dimension = 8
    let unit = (0..<dimension * dimension).map { $0 % (dimension + 1) == 0 ? 1.0 : 0 }
    let reference = try #require(
      FrechetReference(
        GaussianFit(mean: [Double](repeating: 0, count: dimension), covariance: unit)))
    var (plain, extrapolated) = (0.0, 0.0)
    for seed in 0..<40 {
      let samples = normals(400, dimension, seed: UInt64(seed), deviation: 1)
      plain += reference.distance(to: samples.fit) / 40
      extrapolated += reference.extrapolated(samples) / 40
    }
    // Over 40 sets of samples the standard error of either is below 0.0025.
    #expect(abs(plain - (8.0 / 400 + 72.0 / 4 / 400)) < 0.0075)
    #expect(abs(extrapolated) < 0.0075)
  }

  /// In one dimension with k(x, y) = (xy + 1)³: two points each, by hand.
  @Test func aKernelDistanceByHand() {
    let found = KernelDistance(to: FeatureRows([0, 1], dimension: 1))(
      FeatureRows([1, 2], dimension: 1))
    // k(1, 2) = 27; k(0, 1) = 1; across k(1, 0) = k(2, 0) = 1, k(1, 1) = 8, k(2, 1) = 27.
    #expect(abs(found.value - (27 + 1 - 2 * 37 / 4.0)) < 1e-12)
  }

  @Test func vendiScoresByHand() {
    // Three directions, each twice and of any length.
    let axes = FeatureRows([1, 0, 0, 0, 2, 0, 0, 0, 3, 4, 0, 0, 0, 1, 0, 0, 0, 9], dimension: 3)
    #expect(abs(vendiScore(axes).value - 3) < 1e-12)
    let one = FeatureRows([1, 1, 2, 2, 5, 5], dimension: 2)
    #expect(abs(vendiScore(one).value - 1) < 1e-12)
    #expect(vendiScore(FeatureRows([0, 0, 1, 1], dimension: 2)).value.isNaN)
  }

  @Test func whatLiesApart() {
    let real = normals(60, 3, seed: 1)
    let far = normals(60, 3, seed: 2, shift: 100)
    let apart = ManifoldMeasures(real: real, samples: far)
    #expect(
      apart.precision == 0 && apart.recall == 0 && apart.density == 0 && apart.coverage == 0)
    let same = ManifoldMeasures(real: real, samples: real)
    #expect(same.precision == 1 && same.recall == 1 && same.coverage == 1)
    // One point again and again: in a ball, but it covers little. Its own balls are points.
    let collapsed = FeatureRows(
      (0..<60).flatMap { _ in Array(real[0]) }, dimension: real.dimension)
    let mode = ManifoldMeasures(real: real, samples: collapsed)
    #expect(mode.precision == 1 && mode.recall == 1 / 60.0 && mode.coverage < 0.3)
  }

  @Test func copies() {
    #expect(copyingShare(samples: [0, 0, 0], heldOut: [1, 2]).value == 1)
    #expect(copyingShare(samples: [3, 4], heldOut: [1, 2]).value == 0)
    #expect(copyingShare(samples: [1, 2], heldOut: [1, 2]).value == 0.5)
    // All pairs agree: Wilson's interval of 2 of 2.
    let all = copyingShare(samples: [0, 0, 0], heldOut: [1, 2])
    #expect(all.high == 1 && abs(all.low - 0.34238) < 1e-5)
  }

  /// Wilson's interval of 8 in 10: 0.4902 … 0.9433 (Newcombe 1998's method 3).
  @Test func sharesHaveWilsonsInterval() {
    let estimate = IntervalEstimate(hits: 8, of: 10)
    #expect(estimate.value == 0.8)
    #expect(abs(estimate.low - 0.490162) < 1e-6 && abs(estimate.high - 0.943318) < 1e-6)
    let none = IntervalEstimate(hits: 0, of: 10)
    #expect(abs(none.low) < 1e-15 && abs(none.high - 0.277533) < 1e-6)
  }

  @Test func whatIsNotFiniteGivesNaN() throws {
    let pool = WorkerPool(count: 1)
    defer { pool.end() }
    let real = normals(60, 3, seed: 1)
    var values = real.values
    values[4] = .nan
    let broken = FeatureRows(values, dimension: 3)
    let reference = try #require(FrechetReference(real.fit))
    #expect(reference.estimate(broken).value.isNaN && reference.infinity(broken).value.isNaN)
    #expect(KernelDistance(to: real)(broken).value.isNaN)
    #expect(vendiScore(broken).value.isNaN)
    let manifold = ManifoldMeasures.estimates(real: real, samples: broken, pool: pool)
    #expect(manifold.precision.value.isNaN && manifold.coverage.low.isNaN)
    #expect(copyingShare(samples: [1, .nan], heldOut: [1, 2]).value.isNaN)
  }

  @Test func theSameBitsForAnyNumberOfWorkers() {
    let (real, samples) = (normals(101, 4, seed: 1), normals(90, 4, seed: 2, shift: 0.5))
    let found = [1, 2, 3].map { workers -> ManifoldMeasures.Estimates in
      let pool = WorkerPool(count: workers)
      defer { pool.end() }
      return ManifoldMeasures.estimates(real: real, samples: samples, pool: pool)
    }
    #expect(found[0] == found[1] && found[0] == found[2])
    #expect(found[0].density.low < found[0].density.value)
  }
}
