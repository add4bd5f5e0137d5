import Foundation
import Kernels
import TestSupport
import Testing

@testable import Diffusion

/// Whole pipelines against diffusers: `Goldens/schedulers`, by `make_pipeline_goldens.py` there.
@Suite struct DiffusersPipelineTests {
  static let names = [
    "ddim_defaults", "ddim_noisy_trailing", "ddim_scaled_linear", "ddim_trained_betas",
    "ddpm_cosine_trailing", "ddpm_defaults", "ddpm_large_range", "ddpm_sigmoid",
  ]

  private static func folder(_ name: String) -> String {
    URL(fileURLWithPath: DiffusersGoldens.folder("")).deletingLastPathComponent()
      .appendingPathComponent("schedulers/\(name)").path
  }

  /// A pipeline's folder with the network `two_levels` and a golden scheduler.
  private static func pipeline(_ name: String) throws -> TemporaryFolder {
    let place = try TemporaryFolder()
    try FileManager.default.copyItem(
      atPath: DiffusersGoldens.folder("two_levels"), toPath: "\(place.path)/unet")
    try FileManager.default.createDirectory(
      atPath: "\(place.path)/scheduler", withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: "\(folder(name))/scheduler_config.json",
      toPath: "\(place.path)/scheduler/scheduler_config.json")
    return place
  }

  /// ᾱ of each timestep; diffusers' β are float32, whose rounding is up to 6e-5 of 1 − β where β is 0.999.
  @Test(arguments: names + ["pndm"]) func betas(name: String) throws {
    let place = try Self.pipeline(name)
    let network = try NetworkFile(contentsOf: place.path)
    let golden = try Safetensors(contentsOf: "\(Self.folder(name))/golden.safetensors")
    let schedule = try #require(NoiseProcess(network.description.diffusion).table)
    let expected = try golden.floats("alphas_cumprod")
    #expect(schedule.steps == expected.count)
    for t in expected.indices {
      #expect(abs(schedule.alphasCumprod[t] / Double(expected[t]) - 1) < 6e-5, "t = \(t)")
    }
    #expect(network.origin.saysProcess)
    #expect((network.origin.scheduler?.note != nil) == (name == "pndm"))
  }

  /// The scheduler's own grid, clipping, variance and end, from the same noise. Torch's own float32 is within 1e-6 of these
  /// float64 numbers, and float32 betas account for as much.
  @Test(arguments: names) func samples(name: String) throws {
    let place = try Self.pipeline(name)
    let file = try NetworkFile(contentsOf: place.path)
    let golden = try Safetensors(contentsOf: "\(Self.folder(name))/golden.safetensors")
    let shape = try golden.entry("x").shape
    let count = shape[0]
    let steps = try golden.entry("timesteps").shape[0]
    let elements = shape.dropFirst().reduce(1, *)
    // Of the step visited first.
    let noises = try golden.floats("noise")
    var settings = try #require(file.origin.scheduler).sampling
    settings.steps = steps
    settings.eta = try #require(golden.metadata["eta"].flatMap { Double($0) })
    let process = try NoiseProcess(file.description.diffusion)
    let levels = try process.levels(for: settings)
    let timesteps = try golden.integers("timesteps")
    #expect(levels.dropLast().map { Int($0.time) } == timesteps)

    let pool = WorkerPool(count: 1)
    defer { pool.end() }
    let predictor = Predictor(
      network: file.network, values: file.values, height: shape[2], width: shape[3], pool: pool)
    let denoise = Generator(predictor: predictor, process: process).denoiser(
      guidance: .none, classes: [Int](repeating: 0, count: count), worker: 0)
    let noise: NoiseSource = { draw, z in
      guard case .step(let index) = draw else { return }
      let first = (steps - 1 - index) * count * elements
      z = channelsLast(Array(noises[first..<(first + count * elements)]), shape)
    }
    let start = channelsLast(try golden.floats("x"), shape)
    let clip = try #require(settings.clip as Bool?)
    let drawn = try settings.sampler.run(
      Descent(
        from: start, process: process, levels: levels,
        limit: clip ? .clip(range: settings.clipRange) : .none, noise: noise, denoise: denoise),
      settings)
    let error = relativeError(drawn, channelsLast(try golden.floats("sample"), shape))
    #expect(error < 4e-6, "\(error)")
  }

  /// `sample` goes by the same settings.
  @Test func clippingAndTheEndAreWhatSampleGoesBy() throws {
    let process = try NoiseProcess(DiffusionSettings(steps: 10))
    var settings = SamplingSettings(sampler: .ddim, steps: 2, spacing: .leading, clip: true)
    (settings.clipRange, settings.setAlphaToOne, settings.stepsOffset) = (0.25, false, 1)
    var seen: [Int] = []
    let drawn = try sample(
      settings, process: process, indices: 0..<1, elements: 1, clip: false, start: [3]
    ) { x, level, epsilon in
      seen.append(Int(level.time))
      epsilon = [0]
    }.values
    #expect(seen == [6, 1])
    // x̂0 is 0.25 both times; what is left of x is noise.
    let alphas = try #require(process.table).alphasCumprod
    let first = (3 - alphas[6].squareRoot() * 0.25) / (1 - alphas[6]).squareRoot()
    let x = alphas[1].squareRoot() * 0.25 + (1 - alphas[1]).squareRoot() * first
    let second = (x - alphas[1].squareRoot() * 0.25) / (1 - alphas[1]).squareRoot()
    let expected = alphas[0].squareRoot() * 0.25 + (1 - alphas[0]).squareRoot() * second
    #expect(abs(Double(drawn[0]) - expected) < 1e-6)
  }
}
