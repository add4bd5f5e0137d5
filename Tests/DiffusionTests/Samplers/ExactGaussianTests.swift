import Testing

@testable import Diffusion

/// For data N(0, ¼) the best noise prediction is a multiple of x, so that a sampler is linear in its
/// starting noise and in each step's. Its output's variance is then exact: the sum of the squares of
/// what each of them alone gives. Expected values are from Goldens/make_tables.py.
@Suite struct ExactGaussianTests {
  /// Runs a sampler on n+1 independent elements: the first starts from 1, and number i+1 gets noise
  /// of 1 at the step at place i alone.
  private func variance(
    _ settings: SamplingSettings, variance: DiffusionSettings.Variance = .fixedSmall
  ) throws -> Double {
    let process = try NoiseProcess(DiffusionSettings(variance: variance))
    var start = [Float](repeating: 0, count: settings.steps + 1)
    start[0] = 1
    let impulse: NoiseSource = { draw, z in
      for k in z.indices { z[k] = draw == .step(k - 1) ? 1 : 0 }
    }
    let denoiser = ExactGaussian(mean: 0, variance: 0.25, process: process)
    let output = try run(settings, start, impulse, denoiser)
    return output.reduce(0) { $0 + Double($1) * Double($1) }
  }

  private func run(
    _ settings: SamplingSettings, _ start: [Float], _ noise: @escaping NoiseSource,
    _ denoiser: ExactGaussian
  ) throws -> [Float] {
    try settings.sampler.run(
      Descent(
        from: start, process: denoiser.process,
        levels: denoiser.process.levels(for: settings), noise: noise
      ) { denoiser.denoise($0, at: $1, output: &$2) }, settings)
  }

  /// Half a unit of the fifth digit, and 10⁻⁶ for rounding x to Float at each step.
  private let tolerance = 6e-6

  @Test(
    arguments: zip(
      [10, 20, 50, 100, 250, 1000], [0.13076, 0.18529, 0.22270, 0.23605, 0.24430, 0.24850]))
  func deterministicDDIM(steps: Int, expected: Double) throws {
    let settings = SamplingSettings(sampler: .ddim, steps: steps, eta: 0)
    #expect(abs(try variance(settings) - expected) < tolerance)
  }

  @Test(
    arguments: zip(
      [10, 20, 50, 100, 250, 1000], [0.10422, 0.15051, 0.19642, 0.21898, 0.23602, 0.24613]))
  func fixedSmallVariance(steps: Int, expected: Double) throws {
    let ancestral = SamplingSettings(sampler: .ddpm, steps: steps)
    #expect(abs(try variance(ancestral) - expected) < tolerance)
    let ddim = SamplingSettings(sampler: .ddim, steps: steps, eta: 1)
    #expect(abs(try variance(ddim) - expected) < tolerance)
  }

  @Test func fixedLargeVariance() throws {
    let settings = SamplingSettings(sampler: .ddpm, steps: 50)
    #expect(abs(try variance(settings, variance: .fixedLarge) - 0.26788) < tolerance)
  }

  @Test func theWrongSamplerHardlyDenoises() throws {
    let settings = SamplingSettings(sampler: .naiveStrided, steps: 50)
    #expect(abs(try variance(settings) - 0.87693) < tolerance)
  }

  /// Without striding there is nothing wrong with it: fixed-large but for the last step's scale.
  @Test func onAllTimestepsTheWrongSamplerIsRight() throws {
    let settings = SamplingSettings(sampler: .naiveStrided, steps: 1000)
    let right = try variance(SamplingSettings(steps: 1000), variance: .fixedLarge)
    // The last 1/√α_0 left out is a factor α_0 = 0.9999 of the variance.
    #expect(abs(try variance(settings) - 0.9999 * right) < tolerance)
  }

  /// A deviation from the line x = √ᾱ_t·m shrinks by the sampler's gain g, whatever m: starting from
  /// 0 = √ᾱ_T·m − √ᾱ_T·m it ends at m − g·√ᾱ_T·m.
  @Test(arguments: [(SamplingSettings.Sampler.ddpm, 0.0), (.ddim, 0), (.ddim, 0.5)])
  func theMeanIsFound(sampler: SamplingSettings.Sampler, eta: Double) throws {
    let settings = SamplingSettings(sampler: sampler, steps: 50, eta: eta)
    let process = try NoiseProcess(DiffusionSettings())
    let silence: NoiseSource = { _, z in for k in z.indices { z[k] = 0 } }
    let gain = Double(
      try run(
        settings, [1], silence, ExactGaussian(mean: 0, variance: 0.25, process: process)
      )[0])
    let found = Double(
      try run(
        settings, [0], silence, ExactGaussian(mean: 3, variance: 0.25, process: process)
      )[0])
    #expect(abs(found - 3 * (1 - gain * process.level(timestep: 999).signal)) < 1e-5)
    #expect(gain > 1e-3)
  }

  /// The same by drawing: 40,000 samples, four standard errors, √(v/N) of a mean and v·√(2/(N−1)) of
  /// a variance.
  @Test(arguments: [
    (SamplingSettings.Sampler.ddpm, 0.0, 0.19642), (.ddim, 0, 0.22270), (.ddim, 1, 0.19642),
    (.naiveStrided, 0, 0.87693),
  ])
  func drawnSamplesHaveTheVarianceToo(
    sampler: SamplingSettings.Sampler, eta: Double, expected: Double
  ) throws {
    let process = try NoiseProcess(DiffusionSettings())
    let denoiser = ExactGaussian(mean: 0, variance: 0.25, process: process)
    let settings = SamplingSettings(sampler: sampler, steps: 50, eta: eta, seed: 3)
    // 5,000 samples of 8 independent values.
    let values = try sample(
      settings, process: process, indices: 0..<5000, elements: 8, clip: false
    ) {
      denoiser.denoise($0, at: $1, output: &$2)
    }.values
    let n = Double(values.count)
    #expect(n == 40_000)
    let mean = values.reduce(0) { $0 + Double($1) } / n
    let variance = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / (n - 1)
    #expect(abs(mean) < 4 * (expected / n).squareRoot())
    #expect(abs(variance - expected) < 4 * expected * (2 / (n - 1)).squareRoot())
    #expect(
      abs(sampleVariance(values, elements: 8) - expected)
        < 4 * expected * (2 / (4999.0 * 8)).squareRoot())
  }
}
