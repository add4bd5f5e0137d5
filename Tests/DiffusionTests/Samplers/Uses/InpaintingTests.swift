import Foundation
import TestSupport
import Testing

@testable import Diffusion

/// RePaint on exact denoisers.
@Suite struct InpaintingTests {
  private let process = Result { try NoiseProcess(DiffusionSettings()) }

  // MARK: The walk

  /// Algorithm 1 by hand: each stretch of j levels twice, from the places 1 and 3.
  @Test func theWalkGoesBackAndForth() {
    #expect(
      Resampling(passes: 2, jump: 2).places(of: 5) == [5, 4, 3, 4, 5, 4, 3, 2, 1, 2, 3, 2, 1, 0])
    // j = 1: each step but the last R times.
    #expect(Resampling(passes: 3, jump: 1).places(of: 2) == [2, 1, 2, 1, 2, 1, 0])
    #expect(Resampling(passes: 1, jump: 1).places(of: 3) == [3, 2, 1, 0])
    // No stretch is as long.
    #expect(Resampling(passes: 4, jump: 3).places(of: 3) == [3, 2, 1, 0])
  }

  @Test(arguments: [(250, 10, 10), (50, 10, 10), (20, 5, 3), (7, 2, 4)])
  func stepsOfTheWalk(steps: Int, jump: Int, passes: Int) {
    let places = Resampling(passes: passes, jump: jump).places(of: steps)
    let moves = zip(places, places.dropFirst()).map { $1 - $0 }
    #expect(moves.allSatisfy { abs($0) == 1 })
    #expect(places.first == steps && places.last == 0 && places.count(where: { $0 == 0 }) == 1)
    let stretches = (steps - 1) / jump
    #expect(moves.count(where: { $0 > 0 }) == stretches * jump * (passes - 1))
  }

  // MARK: What comes out

  private func paint(
    _ settings: SamplingSettings, _ images: [Float], _ missing: [Bool],
    _ resampling: Resampling = Resampling(), elements: Int = 4, indices: Range<Int>? = nil,
    denoise: Denoiser<Float>? = nil
  ) throws -> Drawn {
    let process = try process.get()
    let exact = ExactGaussian(mean: 0, variance: 0.25, process: process)
    return try inpaint(
      settings, process: process, images: images, missing: missing, resampling: resampling,
      indices: indices ?? 0..<images.count / elements, elements: elements, clip: false,
      denoise: denoise ?? { exact.denoise($0, at: $1, output: &$2) })
  }

  private let forgetful = SamplingSettings.Sampler.allCases.filter(\.forgetsSteps)

  @Test func whatIsKnownStaysAndTheRestDoesNot() throws {
    let images: [Float] = [0.1, -0.7, 0.3, 1, -1, 0.2, 0.9, 0]
    let missing = [true, false, false, true]
    for sampler in forgetful {
      let drawn = try paint(
        SamplingSettings(sampler: sampler, steps: 6), images, missing,
        Resampling(passes: 2, jump: 2))
      for k in images.indices {
        #expect((drawn.values[k] == images[k]) == !missing[k % 4], "\(sampler), value \(k)")
        #expect(drawn.values[k].isFinite)
      }
    }
    // One mask for each image.
    let second = [false, false, false, false, true, true, true, true]
    let drawn = try paint(SamplingSettings(steps: 5), images, second)
    #expect(drawn.values[..<4] == images[..<4] && drawn.values[4] != images[4])
  }

  /// Nothing known and nothing walked twice: sampling, to the same bits where no noise is added.
  @Test(arguments: [
    SamplingSettings.Sampler.ddim, .euler, .heun, .dpm2, .dpmpp2S, .edm,
  ])
  func nothingKnownIsSampling(sampler: SamplingSettings.Sampler) throws {
    let process = try process.get()
    let settings = SamplingSettings(sampler: sampler, steps: 7, seed: 5)
    let exact = ExactGaussian(mean: 0, variance: 0.25, process: process)
    let expected = try sample(
      settings, process: process, indices: 0..<3, elements: 4, clip: false,
      denoise: { exact.denoise($0, at: $1, output: &$2) })
    let drawn = try paint(
      settings, [Float](repeating: 9, count: 12), [Bool](repeating: true, count: 4),
      Resampling(passes: 1))
    #expect(drawn == expected)
  }

  /// Ancestral steps add their noise though each is walked by itself: the variance of 50 steps in a row, 0.19642
  /// (ExactGaussianTests), within four standard errors v·√(2/N) of 40,000 values.
  @Test func ancestralStepsAddTheirNoise() throws {
    let values = try paint(
      SamplingSettings(steps: 50, seed: 2), [Float](repeating: 0, count: 40_000),
      [Bool](repeating: true, count: 8), Resampling(passes: 1), elements: 8
    ).values
    let variance = values.reduce(0) { $0 + Double($1) * Double($1) } / 40_000
    #expect(abs(variance - 0.19642) < 4 * 0.19642 * (2.0 / 40_000).squareRoot())
  }

  @Test func anImageIsTheSameAloneOrInABatch() throws {
    let images = (0..<24).map { Float($0) / 24 }
    let missing = [true, false, true, true]
    let settings = SamplingSettings(steps: 6, seed: 4)
    let together = try paint(settings, images, missing, Resampling(passes: 3, jump: 2))
    for index in 0..<6 {
      let own = index * 4..<index * 4 + 4
      let alone = try paint(
        settings, Array(images[own]), missing, Resampling(passes: 3, jump: 2),
        indices: index..<index + 1)
      #expect(alone.values == Array(together.values[own]))
    }
  }

  /// A mixture of N((±1, ±1), 0.3²·I), the first coordinate given as a: the second then has the mean 2p − 1, with
  /// p = 1/(1 + e^{−2a/0.09}) the share of the component at (1, 1). Replacing alone hardly tells the unknown coordinate
  /// of the known one; going back makes it come near to that (Lugmayr 2022, section 4.2).
  @Test func resamplingComesNearTheConditional() throws {
    let process = try process.get()
    let mixture = ExactMixture(
      means: [-1, -1, 1, 1], elements: 2, deviation: 0.3, process: process)
    let given: Float = 0.5
    let truth = 2 / (1 + exp(-2 * 0.5 / 0.09)) - 1
    let count = 4000
    let images = [[Float]](repeating: [given, 0], count: count).flatMap(\.self)
    func mean(_ resampling: Resampling) throws -> Double {
      let drawn = try paint(
        SamplingSettings(steps: 50, seed: 7), images, [false, true], resampling, elements: 2,
        denoise: mixture.denoiser())
      var sum = 0.0
      for row in 0..<count { sum += Double(drawn.values[2 * row + 1]) }
      return sum / Double(count)
    }
    let once = try mean(Resampling(passes: 1))
    let often = try mean(Resampling(passes: 10, jump: 5))
    // A program of its own, in NumPy, comes to 0.528 and 0.981; four standard errors, of deviations 0.9 and 0.35.
    #expect(abs(once - 0.528) < 4 * 0.9 * (2.0 / 4000).squareRoot())
    #expect(abs(often - 0.981) < 4 * 0.35 * (2.0 / 4000).squareRoot())
    #expect(abs(often - truth) < abs(once - truth) / 10)
  }

  // MARK: Errors

  @Test func whatDoesNotFitIsRefused() throws {
    func refusal(_ body: () throws -> Drawn) -> String {
      #expect(throws: DiffusionError.self) { _ = try body() }?.description ?? ""
    }
    #expect(
      refusal {
        try paint(SamplingSettings(sampler: .dpmpp2M), [0, 0, 0, 0], [true, true, true, true])
      }.contains("sampling.sampler is dpmpp-2m, whose steps depend on more than the image"))
    #expect(
      refusal { try paint(SamplingSettings(), [0, 0, 0, 0], [true]) }
        .contains("the mask has 1 values; it needs 4"))
    #expect(
      refusal {
        try paint(
          SamplingSettings(), [0, 0, 0, 0], [true, true, true, true], Resampling(passes: 0))
      }.contains("walked 0 times"))
    #expect(
      refusal {
        try paint(SamplingSettings(), [0, 0, 0, 0], [true, true, true, true], Resampling(jump: 0))
      }.contains("goes back 0 levels"))
  }
}
