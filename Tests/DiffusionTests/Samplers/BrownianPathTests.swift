import Foundation
import TestSupport
import Testing

@testable import Diffusion

/// The noise of stochastic samplers: one Brownian path a sample, of which more steps see more.
@Suite struct BrownianPathTests {
  private let process: NoiseProcess

  init() throws { process = try NoiseProcess(DiffusionSettings(process: .edm())) }

  /// Levels so many sixteenths of the way, where a path has points however fine it is cut.
  private func levels(_ sixteenths: [Int]) -> [NoiseLevel] {
    let (low, high) = (process.logRatios.lowerBound, process.logRatios.upperBound)
    return sixteenths.map { process.level(ratio: exp(high - (high - low) * Double($0) / 16)) }
  }

  private func increments(
    _ sixteenths: [Int], seed: UInt64 = 7, indices: Range<Int> = 0..<3, elements: Int = 5
  ) -> [[Float]] {
    let levels = levels(sixteenths)
    let path = BrownianPath(
      seed: seed, indices: indices, elements: elements, process: process, levels: levels)
    return zip(levels, levels.dropFirst()).map { from, to in
      var z = [Float](repeating: 0, count: indices.count * elements)
      path.fill(&z, from: from, to: to)
      return z
    }
  }

  /// (W_c − W_a) = (W_b − W_a) + (W_c − W_b), each over the root of its length; 1e-6 is Float's.
  @Test(arguments: [[4, 6, 8], [4, 5, 8], [5, 6, 12], [1, 15, 16], [3, 9, 10]])
  func moreStepsRefineIt(places: [Int]) {
    let whole = increments([places[0], places[2]])[0]
    let parts = increments(places)
    let lengths = zip(places, places.dropFirst()).map { Double($1 - $0) }
    let sum = zip(parts[0], parts[1]).map {
      Float(
        (lengths[0].squareRoot() * Double($0) + lengths[1].squareRoot() * Double($1))
          / (lengths[0] + lengths[1]).squareRoot())
    }
    #expect(relativeError(sum, whole) < 1e-6)
  }

  /// 40,000 increments: variance 1 and none shared by steps that do not overlap, four standard errors.
  @Test func stepsAreIndependentStandardNormals() {
    let steps = increments([2, 3, 5, 6, 11], indices: 0..<5000, elements: 8)
    let count = Double(steps[0].count)
    #expect(count == 40_000)
    for (i, a) in steps.enumerated() {
      for (j, b) in steps.enumerated() where j >= i {
        let product = zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } / count
        let (expected, error) =
          i == j ? (1.0, (2 / count).squareRoot()) : (0, 1 / count.squareRoot())
        #expect(abs(product - expected) < 4 * error, "steps \(i) and \(j): \(product)")
      }
    }
  }

  @Test func itIsTheSampleIs() {
    let all = increments([4, 7, 9], indices: 0..<6)
    let some = increments([4, 7, 9], indices: 2..<4)
    for (a, b) in zip(all, some) { #expect(Array(a[10..<20]) == b) }
    #expect(increments([4, 7, 9], seed: 8, indices: 2..<4)[0] != some[0])
  }

  /// Samples of 40 and 160 steps come nearer to those of 640, where two seeds are √2 apart.
  @Test(arguments: [
    SamplingSettings.Sampler.eulerAncestral, .dpmpp2MSDE, .dpmppSDE, .eulerMaruyama,
  ])
  func samplesConverge(sampler: SamplingSettings.Sampler) throws {
    let exact = ExactGaussian(mean: 0, variance: 0.25, process: process)
    func draw(_ steps: Int, seed: UInt64 = 1) throws -> [Float] {
      var settings = SamplingSettings(sampler: sampler, steps: steps, spacing: .exponential)
      settings.seed = seed
      return try sample(
        settings, process: process, indices: 0..<500, elements: 1, clip: false
      ) { exact.denoise($0, at: $1, output: &$2) }.values
    }
    let fine = try draw(640)
    let distances = try [40, 160].map { relativeError(try draw($0), fine) }
    #expect(distances[0] < 0.25 && distances[1] < 0.45 * distances[0], "\(distances)")
    #expect(relativeError(try draw(640, seed: 2), fine) > 1.2)
  }
}
