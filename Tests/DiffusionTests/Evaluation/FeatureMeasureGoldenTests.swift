import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// Measures of given features against NumPy's and SciPy's, by `Goldens/features/make_features.py`.
@Suite struct FeatureMeasureGoldenTests {
  private struct Golden: Decodable {
    struct Manifold: Decodable {
      let precision, recall, density, coverage: Double
    }
    let dimension, wholeDimension: Int
    let real, samples, wholeReal, wholeSamples: [Double]
    let frechet, infinity, kernel, vendi: Double
    let manifold, wholeManifold: Manifold
    let sampleDistances, heldOutDistances: [Double]
    let copying: Double
  }

  private let golden: Golden
  private let real: FeatureRows
  private let samples: FeatureRows

  init() throws {
    golden = try GoldenFiles.json("features/features.json", as: Golden.self)
    real = FeatureRows(golden.real, dimension: golden.dimension)
    samples = FeatureRows(golden.samples, dimension: golden.dimension)
  }

  // The distances are around 1: SciPy's square root of a matrix is good to 1e-12 of them.
  @Test func frechetDistances() throws {
    let reference = try #require(FrechetReference(real.fit))
    #expect(abs(reference.distance(to: samples.fit) - golden.frechet) < 1e-10)
    #expect(abs(real.fit.frechetDistance(to: samples.fit) - golden.frechet) < 1e-10)
    #expect(abs(reference.extrapolated(samples) - golden.infinity) < 1e-10)
    #expect(reference.estimate(samples).value == reference.distance(to: samples.fit))
    #expect(reference.infinity(samples).value == reference.extrapolated(samples))
  }

  // Kernels are up to 1e5 here, their means are added up in another order.
  @Test func kernelDistances() {
    let found = KernelDistance(to: real)(samples).value
    #expect(abs(found - golden.kernel) < 1e-10 * max(1, abs(golden.kernel)))
    // The same from the other side.
    #expect(abs(KernelDistance(to: samples)(real).value - found) < 1e-10 * max(1, abs(found)))
  }

  @Test func vendiScores() {
    #expect(abs(vendiScore(samples).value - golden.vendi) < 1e-10)
  }

  @Test func ballsAreCountedExactly() {
    for (real, samples, expected) in [
      (real, samples, golden.manifold),
      (
        FeatureRows(golden.wholeReal, dimension: golden.wholeDimension),
        FeatureRows(golden.wholeSamples, dimension: golden.wholeDimension), golden.wholeManifold
      ),
    ] {
      let found = ManifoldMeasures(real: real, samples: samples)
      #expect(found.precision == expected.precision)
      #expect(found.recall == expected.recall)
      #expect(abs(found.density - expected.density) < 1e-14)
      #expect(found.coverage == expected.coverage)
    }
  }

  @Test func copyingShares() {
    let found = copyingShare(samples: golden.sampleDistances, heldOut: golden.heldOutDistances)
    #expect(abs(found.value - golden.copying) < 1e-14)
  }
}
