import Diffusion
import Kernels
import TestSupport
import Testing

/// Closed forms of the squared distance between Gaussians.
@Suite struct FrechetDistanceTests {
  private func diagonal(_ values: [Double]) -> [Double] {
    values.indices.flatMap { i in values.indices.map { i == $0 ? values[i] : 0 } }
  }

  /// (m₁−m₂)² + (s₁−s₂)²
  @Test(arguments: [(0.0, 1.0, 0.0, 1.0), (1, 2, -3, 5), (0, 0, 2, 3), (0.5, 0, 0.25, 0)])
  func inOneDimension(m1: Double, s1: Double, m2: Double, s2: Double) {
    let a = GaussianFit(mean: [m1], covariance: [s1 * s1])
    let b = GaussianFit(mean: [m2], covariance: [s2 * s2])
    let expected = (m1 - m2) * (m1 - m2) + (s1 - s2) * (s1 - s2)
    // A few roundings of numbers around 30.
    #expect(abs(a.frechetDistance(to: b) - expected) < 1e-13)
    #expect(abs(b.frechetDistance(to: a) - expected) < 1e-13)
  }

  /// Covariances that commute: |m₁−m₂|² + Σ(s₁−s₂)².
  @Test func ofEqualAxes() {
    let a = GaussianFit(mean: [1, 2, 3], covariance: diagonal([1, 4, 9]))
    let b = GaussianFit(mean: [0, 4, 3], covariance: diagonal([16, 0, 1]))
    #expect(abs(a.frechetDistance(to: b) - (5 + 9 + 4 + 4)) < 1e-13)
    // One flat where the other is not: tr Σ₁ + tr Σ₂.
    let x = GaussianFit(mean: [0, 0], covariance: diagonal([1, 0]))
    let y = GaussianFit(mean: [0, 0], covariance: diagonal([0, 1]))
    #expect(abs(x.frechetDistance(to: y) - 2) < 1e-13)
  }

  /// Two by two: tr M^½ = √(tr M + 2·√det M), with M of Σ₁Σ₂'s trace and determinant.
  @Test func ofCovariancesThatDoNotCommute() {
    // Σ₁ = (2 1; 1 2), Σ₂ = (5 −1; −1 1): tr Σ₁Σ₂ = 10, det = 3·4.
    let a = GaussianFit(mean: [0, 0], covariance: [2, 1, 1, 2])
    let b = GaussianFit(mean: [0, 3], covariance: [5, -1, -1, 1])
    let root = (10 + 2 * 12.0.squareRoot()).squareRoot()
    let expected = 9 + 4 + 6 - 2 * root
    #expect(abs(a.frechetDistance(to: b) - expected) < 1e-13)
    #expect(abs(b.frechetDistance(to: a) - expected) < 1e-13)
  }

  @Test func aRotationOfBothChangesNothing() throws {
    let n = 12
    let turn = SyntheticImages.rotation(n, seed: 5)
    func rotated(_ fit: GaussianFit) -> GaussianFit {
      GaussianFit(
        mean: BLAS.productOfRows(fit.mean, turn, inner: n),
        covariance: BLAS.productOfRows(
          turn, BLAS.productOfRows(turn, fit.covariance, inner: n), inner: n))
    }
    let a = try fit(seed: 1, count: 100, elements: n)
    let b = try fit(seed: 2, count: 80, elements: n)
    let distance = a.frechetDistance(to: b)
    #expect(distance > 0.1)
    // The two ends are around 100 each: rounding errors of a few ε·100.
    #expect(abs(rotated(a).frechetDistance(to: rotated(b)) - distance) < 1e-11)
    #expect(abs(b.frechetDistance(to: a) - distance) < 1e-11)
    #expect(a.frechetDistance(to: a) < 1e-11)
  }

  @Test func theOrderOfPointsChangesNothing() throws {
    let data = try SyntheticImages.correlated(50, elements: 4, seed: 3)
    let points = data.values(0..<50).map(Double.init)
    let backwards = (0..<50).reversed().flatMap { points[$0 * 4..<($0 + 1) * 4] }
    let a = GaussianFit(points: points, dimension: 4)
    let b = GaussianFit(points: backwards, dimension: 4)
    expectClose(a.mean, b.mean, within: 1e-14)
    expectClose(a.covariance, b.covariance, within: 1e-13)
  }

  @Test func aFitByHand() {
    // Rows (0, 0), (2, 2), (4, −2): mean (2, 0), sums of products 8, −4 and 8, over 2.
    let fit = GaussianFit(points: [0, 0, 2, 2, 4, -2], dimension: 2)
    #expect(fit.mean == [2, 0] && fit.covariance == [4, -2, -2, 4])
  }

  @Test func whatIsNotFiniteGivesNaN() {
    let fit = GaussianFit(mean: [0], covariance: [1])
    #expect(GaussianFit(points: [1], dimension: 1).frechetDistance(to: fit).isNaN)
    #expect(fit.frechetDistance(to: GaussianFit(points: [1], dimension: 1)).isNaN)
    #expect(
      GaussianFit(points: [1, .nan, 3], dimension: 1).frechetDistance(to: fit).isNaN)
    #expect(GaussianFit(points: [1, .infinity], dimension: 1).frechetDistance(to: fit).isNaN)
    #expect(GaussianFit(mean: [.nan], covariance: [1]).frechetDistance(to: fit).isNaN)
  }

  private func fit(seed: UInt64, count: Int, elements: Int) throws -> GaussianFit {
    let data = try SyntheticImages.correlated(count, elements: elements, seed: seed)
    return GaussianFit(points: data.values(0..<count).map(Double.init), dimension: elements)
  }
}
