import Foundation
import Kernels
import Testing

@testable import Diffusion

@Suite struct FlowLikelihoodTests {
  private static let means = [[-1.0], [0.5]]
  private static let plane = [[-1.0, 0.2], [0.6, -0.5], [0.4, 0.9]]

  private func mixture(
    _ means: [[Double]], _ weights: [Double], deviation: Double, _ process: NoiseProcess,
    labels: [Int]? = nil
  ) -> DataEstimator {
    let exact = ExactMixture(
      means: means.flatMap(\.self), elements: means[0].count, deviation: deviation,
      weights: weights, classes: Array(means.indices), process: process)
    return DataEstimator(
      { exact.denoiser(labels: $0) }, process: process, elements: means[0].count, labels: labels)
  }

  /// ln Σ w·N(x; μ, d²·I)
  private func logDensity(
    _ x: [Double], _ means: [[Double]], _ weights: [Double], deviation: Double
  ) -> Double {
    let total = weights.reduce(0, +)
    let variance = deviation * deviation
    return log(
      zip(means, weights).reduce(0.0) { sum, component in
        let square = zip(x, component.0).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return sum + component.1 / total * exp(-square / (2 * variance))
          / pow(2 * Double.pi * variance, Double(x.count) / 2)
      })
  }

  private static let processes: [DiffusionSettings] = [
    DiffusionSettings(), DiffusionSettings(schedule: .cosine(offset: 0.008), prediction: .v),
    DiffusionSettings(rescaleZeroSNR: true, prediction: .x0),
    DiffusionSettings(process: .subVP(), prediction: .score),
    DiffusionSettings(process: .ve(), prediction: .score),
    DiffusionSettings(process: .edm(), prediction: .edm),
    DiffusionSettings(process: .flow(), prediction: .flow),
    DiffusionSettings(process: .trig, prediction: .v),
  ]

  /// In one dimension and in two, at the modes, between them and in a tail.
  @Test(arguments: processes)
  func ofAMixtureItIsTheTrueDensity(settings: DiffusionSettings) throws {
    let process = try NoiseProcess(settings)
    let line = [[-1.0], [-0.2], [0.1], [0.5], [1.3], [-1.7]]
    let plane = [[-1.0, 0.2], [0.0, 0.0], [0.5, 0.7], [1.2, -1.1]]
    for (points, means, weights) in [
      (line, Self.means, [0.3, 0.7]), (plane, Self.plane, [0.5, 0.3, 0.2]),
    ] {
      let estimator = mixture(means, weights, deviation: 0.3, process)
      let measure = FlowLikelihood(
        process, elements: means[0].count, steps: 50, probes: 2)
      let found = try measure(points.flatMap(\.self), estimator, pool: nil)
      for (point, result) in zip(points, found) {
        let expected = logDensity(point, means, weights, deviation: 0.3)
        // What beginning at N(0, v) at s = 1000 neglects is the data's mean times x/σ times 1e-3: up to 0.3·3·1e-3 in the
        // tails, and a third of that at the points here.
        #expect(abs(result.value - expected) < 1e-3, "\(settings.process.kind) at \(point)")
        #expect(result.probeVariance == 0)
      }
    }
  }

  /// The classical method is of order 4: half as large steps leave about a sixteenth of the error.
  @Test func stepsConverge() throws {
    let process = try NoiseProcess(DiffusionSettings())
    let estimator = mixture(Self.means, [0.3, 0.7], deviation: 0.3, process)
    let points = [-0.9, -0.1, 0.3, 1.0]
    func values(_ steps: Int) throws -> [Double] {
      try FlowLikelihood(process, elements: 1, steps: steps, probes: 1)(
        points, estimator, pool: nil
      ).map(\.value)
    }
    let limit = try values(640)
    func error(_ steps: Int) throws -> Double {
      zip(try values(steps), limit).reduce(0) { max($0, abs($1.0 - $1.1)) }
    }
    let (coarse, fine) = (try error(20), try error(40))
    #expect(coarse < 1e-2 && coarse / fine > 8)
  }

  /// Of one class it is that class's density.
  @Test func ofAClassItIsItsDensity() throws {
    let process = try NoiseProcess(DiffusionSettings())
    let estimator = mixture(
      Self.means, [0.3, 0.7], deviation: 0.3, process, labels: [0, 1, -1])
    let measure = FlowLikelihood(process, elements: 1, steps: 50, probes: 2)
    let found = try measure([-0.8, 0.4, 0.4], estimator, pool: nil).map(\.value)
    let expected = [
      logDensity([-0.8], [[-1]], [1], deviation: 0.3),
      logDensity([0.4], [[0.5]], [1], deviation: 0.3),
      logDensity([0.4], Self.means, [0.3, 0.7], deviation: 0.3),
    ]
    for (found, expected) in zip(found, expected) { #expect(abs(found - expected) < 1e-3) }
  }

  /// Against the divergence coordinate by coordinate, over the same steps: the mean over images is off by no more than four
  /// standard errors, and an image's own 99 % interval (t of 15 degrees of freedom: 2.95) holds nearly always. Images at
  /// which the Jacobian is diagonal have no error at all.
  @Test func theEstimateIsUnbiasedAndItsErrorTrue() throws {
    let process = try NoiseProcess(DiffusionSettings())
    let estimator = mixture(Self.plane, [0.5, 0.3, 0.2], deviation: 0.3, process)
    let random = CounterRandom(seed: 5)
    let points = (0..<100).flatMap { i in
      let z = random.normals(count: 2, image: i, step: 0, purpose: .data).map(Double.init)
      return zip(Self.plane[i % 3], z).map { $0 + 0.3 * $1 }
    }
    let exact = try FlowLikelihood(process, elements: 2, steps: 20, probes: 2)(
      points, estimator, pool: nil)
    let estimated = try FlowLikelihood(
      process, elements: 2, steps: 20, probes: 16, byCoordinates: false)(
        points, estimator, pool: nil)
    var (sum, variance, covered) = (0.0, 0.0, 0)
    for (exact, estimated) in zip(exact, estimated) {
      let difference = estimated.value - exact.value
      let error = estimated.probeVariance.squareRoot()
      sum += difference
      variance += estimated.probeVariance
      if abs(difference) <= 2.95 * error + 1e-6 { covered += 1 }
      #expect(estimated.estimates.count == 16)
    }
    #expect(variance > 1e-4)
    #expect(abs(sum) < 4 * variance.squareRoot())
    #expect(covered >= 95)
  }

  @Test func anyNumberOfWorkersGivesTheSameBits() throws {
    let process = try NoiseProcess(DiffusionSettings(process: .flow(), prediction: .flow))
    let estimator = mixture(Self.plane, [0.5, 0.3, 0.2], deviation: 0.3, process)
    let points = (0..<40).map { sin(Double($0)) }
    let pool = WorkerPool(count: 3)
    defer { pool.end() }
    let measure = FlowLikelihood(
      process, elements: 2, steps: 5, probes: 3, byCoordinates: false)
    let one = try measure(points, estimator, pool: nil)
    let three = try measure(points, estimator, pool: pool)
    #expect(one.map(\.estimates) == three.map(\.estimates))
    // An image's value does not depend on the others.
    let first = try measure(Array(points.prefix(2)), estimator, pool: nil)
    #expect(first[0].estimates == one[0].estimates)
  }

  /// Within half a bin of the byte, evenly: the mean of 4,000 is within five standard errors, 1/√12 of a bin each.
  @Test func bytesAreSpreadOverTheirBins() {
    let image = (0..<4000).map { Double($0 % 256) / 127.5 - 1 }
    let spread = Dequantisation.dequantised(image, index: 7)
    let bins = zip(spread, image).map { ($0 - $1) * 127.5 }
    #expect(bins.allSatisfy { abs($0) < 0.5 })
    let mean = bins.reduce(0, +) / 4000
    #expect(abs(mean) < 5 / (12.0 * 4000).squareRoot())
    #expect((bins.max() ?? 0) > 0.49 && (bins.min() ?? 0) < -0.49)
    #expect(spread == Dequantisation.dequantised(image, index: 7))
    #expect(spread != Dequantisation.dequantised(image, index: 8))
    // Uniform bytes have the density ½ on [−1 − 1/255, 1 + 1/255]; as bytes they are 8 bits each.
    let bits = -(Dequantisation.logVolume(elements: 10) + 10 * log(255.0 / 512)) / (10 * log(2.0))
    #expect(abs(bits - 8) < 1e-12)
  }
}
