import Foundation
import TestSupport
import Testing

@testable import Diffusion

/// DDIM inversion and the way back on the exact denoiser of N(0, ¼).
@Suite struct InversionTests {
  /// |x'/x − 1| after inversion from s = 0.1 to s = 10 and back, in n steps of equal ln s.
  private func error(_ process: NoiseProcess, steps: Int) throws -> Double {
    let exact = ExactGaussian(mean: 0, variance: 0.25, process: process)
    let levels = (0...steps).map {
      process.level(ratio: 0.1 * pow(100, Double($0) / Double(steps)))
    }
    func descent(_ start: [Double], _ levels: [NoiseLevel]) -> Descent<Double> {
      Descent(
        from: start, process: process, levels: levels, noise: { _, _ in },
        denoise: { exact.denoise($0, at: $1, output: &$2) })
    }
    let noise = try ddimInversion(descent([0.6], levels))
    let back = try ddim(descent(noise, levels.reversed()))
    return abs(back[0] / 0.6 - 1)
  }

  /// The error falls with the first order of the step: halved where the steps are doubled, the ratio the nearer to 2 the
  /// smaller they are.
  @Test(arguments: [
    DiffusionSettings(), DiffusionSettings(process: .flow(), prediction: .flow),
    DiffusionSettings(process: .edm(), prediction: .edm),
    DiffusionSettings(process: .trig, prediction: .v),
  ])
  func theErrorIsOfFirstOrder(settings: DiffusionSettings) throws {
    let process = try NoiseProcess(settings)
    let errors = try [100, 200, 400, 800, 1600].map { try error(process, steps: $0) }
    let ratios = zip(errors, errors.dropFirst()).map { $0 / $1 }
    for ratio in ratios { #expect(abs(ratio - 2) < 0.1) }
    #expect(abs(ratios[3] - 2) < abs(ratios[0] - 2))
  }

  private let images: [Float] = [0.5, -0.3, 0.9, -1, 0.1, 0]

  private func roundTrip(
    _ settings: SamplingSettings, _ process: NoiseProcess
  ) throws -> (noise: Drawn, back: Drawn) {
    let exact = ExactGaussian(mean: 0, variance: 0.25, process: process)
    let denoise: Denoiser<Float> = { exact.denoise($0, at: $1, output: &$2) }
    let noise = try invert(
      settings, process: process, images: images, elements: 3, denoise: denoise)
    let back = try reconstruct(
      settings, process: process, noise: noise.values, elements: 3, clip: false, denoise: denoise)
    return (noise, back)
  }

  /// All the way from data, as `invert` goes. x of data N(0, ¼) at pure noise is 2·x_0: both are standardised.
  @Test func fromDataToNoiseAndBack() throws {
    let process = try NoiseProcess(DiffusionSettings(process: .flow(), prediction: .flow))
    var last = 1.0
    for steps in [25, 50, 100, 200] {
      let settings = SamplingSettings(sampler: .ddim, steps: steps)
      let (noise, back) = try roundTrip(settings, process)
      #expect(noise.evaluations == steps && back.evaluations == steps)
      let error = relativeError(back.values, images)
      #expect(error < 0.6 * last, "\(steps) steps")
      last = error
      if steps == 200 { #expect(relativeError(noise.values, images.map { 2 * $0 }) < 0.05) }
    }
    #expect(last < 0.02)
  }

  /// Samplers of a higher order find the way back from the same noise as well.
  @Test(arguments: SamplingSettings.Sampler.allCases)
  func onlySamplersWithoutNoiseFindTheWayBack(sampler: SamplingSettings.Sampler) throws {
    let process = try NoiseProcess(DiffusionSettings())
    let settings = SamplingSettings(sampler: sampler, steps: 200)
    guard !settings.addsNoise else {
      let error = #expect(throws: DiffusionError.self) { try roundTrip(settings, process) }
      #expect(error?.description.contains("adds noise on the way") == true)
      return
    }
    #expect(relativeError(try roundTrip(settings, process).back.values, images) < 0.05)
  }

  /// Where α is 5e-5, as at the end of the cosine schedule, what a network is wrong about ε is divided by that; a limit of
  /// x̂_0 keeps the image within reach.
  @Test func nextToPureNoiseTheLimitHelps() throws {
    let process = try NoiseProcess(DiffusionSettings(schedule: .cosine(offset: 0.008)))
    let exact = ExactGaussian(mean: 0, variance: 0.25, process: process)
    let wrong: Denoiser<Float> = { x, level, output in
      exact.denoise(x, at: level, output: &output)
      for k in output.indices { output[k] += 0.01 }
    }
    let settings = SamplingSettings(sampler: .ddim, steps: 50)
    let noise = try invert(
      settings, process: process, images: images, elements: 3, denoise: wrong
    ).values
    func error(clip: Bool) throws -> Double {
      let back = try reconstruct(
        settings, process: process, noise: noise, elements: 3, clip: clip, denoise: wrong)
      return relativeError(back.values, images)
    }
    let (held, free) = (try error(clip: true), try error(clip: false))
    #expect(held < 0.5 && free > 2 * held, "\(held), \(free)")
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let process = try NoiseProcess(DiffusionSettings())
    #expect(throws: DiffusionError.self) {
      try roundTrip(SamplingSettings(sampler: .ddim, steps: 5, eta: 0.5), process)
    }
    let error = #expect(throws: DiffusionError.self) {
      try invert(
        SamplingSettings(), process: process, images: [0, 0, 0], elements: 2,
        denoise: { _, _, _ in })
    }
    #expect(error?.description.contains("the images have 3 values") == true)
  }
}
