import TestSupport
import Testing

@testable import Diffusion

/// SDEdit on the exact denoiser of N(m, v).
@Suite struct ImageToImageTests {
  private let images: [Float] = [0.9, -0.8, 0.3, 0, -0.5, 0.7, 1, -1]

  private func edit(
    _ settings: SamplingSettings, _ process: NoiseProcess, strength: Double, mean: Double = 0.2,
    observe: SamplingObserver? = nil
  ) throws -> Drawn {
    let exact = ExactGaussian(mean: mean, variance: 0.25, process: process)
    return try imageToImage(
      settings, process: process, images: images, strength: strength, indices: 2..<4, elements: 4,
      clip: false, denoise: { exact.denoise($0, at: $1, output: &$2) }, observe: observe)
  }

  private func draw(
    _ settings: SamplingSettings, _ process: NoiseProcess, mean: Double = 0.2
  ) throws -> [Float] {
    let exact = ExactGaussian(mean: mean, variance: 0.25, process: process)
    return try sample(
      settings, process: process, indices: 2..<4, elements: 4, clip: false,
      denoise: { exact.denoise($0, at: $1, output: &$2) }
    ).values
  }

  /// Where the process ends in pure noise, nothing is left of the image at strength 1: the same bits.
  @Test(arguments: SamplingSettings.Sampler.allCases.filter { $0 != .naiveStrided })
  func allStepsAreSampling(sampler: SamplingSettings.Sampler) throws {
    let process = try NoiseProcess(DiffusionSettings(process: .flow(), prediction: .flow))
    let settings = SamplingSettings(sampler: sampler, steps: 8, seed: 3)
    #expect(try edit(settings, process, strength: 1).values == draw(settings, process))
    #expect(try edit(settings, process, strength: 0.5).values != draw(settings, process))
  }

  /// The end of `vp` has √ᾱ_T of the image in it, and DDIM is linear for data N(0, v): what is left of the image is
  /// g·√ᾱ_T of it, g being what the same sampler makes of noise.
  @Test func ofVPTheTerminalSNRIsLeft() throws {
    let process = try NoiseProcess(DiffusionSettings())
    let settings = SamplingSettings(sampler: .ddim, steps: 50, seed: 1)
    let exact = ExactGaussian(mean: 0, variance: 0.25, process: process)
    let gain = try sample(
      settings, process: process, indices: 0..<1, elements: 1, clip: false, start: [1],
      denoise: { exact.denoise($0, at: $1, output: &$2) }
    ).values[0]
    let noise = SamplingNoise(seed: 1, indices: 2..<4, elements: 4).start()
    let last = process.level(timestep: 999)
    let expected = zip(images, noise).map { gain * last.noised(x0: $0, noise: $1) }
    let edited = try edit(settings, process, strength: 1, mean: 0).values
    #expect(relativeError(edited, expected) < 1e-5)
    // √ᾱ_T is 0.0064 of the linear schedule: that much of the image beside noise of deviation 1.
    let distance = relativeError(edited, try draw(settings, process, mean: 0))
    #expect(distance > 1e-3 && distance < 0.0064 * 2)
  }

  @Test func hardlyAnyStrengthIsTheImage() throws {
    let process = try NoiseProcess(DiffusionSettings())
    let settings = SamplingSettings(sampler: .ddim, steps: 50, seed: 1)
    #expect(try edit(settings, process, strength: 0).values == images)
    let nothing = try edit(settings, process, strength: 0.009)
    #expect(nothing.values == images && nothing.evaluations == 0)
    // One step from t = 0, where σ is 0.01.
    let one = try edit(settings, process, strength: 0.02)
    #expect(one.evaluations == 1 && one.values != images)
    for (value, image) in zip(one.values, images) { #expect(abs(value - image) < 0.05) }
  }

  /// The share of the steps that is left, from the level that share of them begins at.
  @Test(arguments: [(0.1, 1), (0.24, 2), (0.25, 3), (0.34, 3), (0.6, 6), (0.999, 10), (1.0, 10)])
  func theStrengthIsAShareOfTheSteps(strength: Double, left: Int) throws {
    for process in [
      DiffusionSettings(), DiffusionSettings(process: .edm(), prediction: .edm),
      DiffusionSettings(process: .ve()), DiffusionSettings(process: .subVP()),
    ] {
      let process = try NoiseProcess(process)
      let settings = SamplingSettings(sampler: .ddpm, steps: 10)
      var seen: [NoiseLevel] = []
      let drawn = try edit(settings, process, strength: strength) { seen.append($0.level) }
      #expect(drawn.evaluations == left)
      #expect(try seen == Array(process.levels(for: settings).dropLast().suffix(left)))
    }
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let process = try NoiseProcess(DiffusionSettings())
    for strength in [-0.1, 1.1, .nan] {
      let error = #expect(throws: DiffusionError.self) {
        try edit(SamplingSettings(steps: 5), process, strength: strength)
      }
      #expect(error?.description.contains("the strength is") == true)
    }
    let error = #expect(throws: DiffusionError.self) {
      try imageToImage(
        SamplingSettings(), process: process, images: [0, 0, 0], strength: 1, indices: 0..<2,
        elements: 2, clip: true, denoise: { _, _, _ in })
    }
    #expect(error?.description.contains("the images have 3 values") == true)
  }
}
