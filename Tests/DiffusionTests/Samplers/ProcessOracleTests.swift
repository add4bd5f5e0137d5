import Testing

@testable import Diffusion

/// Every sampler on every process, with the best denoiser of data N(0, ¼): the variance that comes out is exact, and comes
/// to the data's with more steps. Where a process begins with pure noise (`flow`, `trig`, zero terminal SNR), a sampler
/// that divided by α would not come out at all.
@Suite struct ProcessOracleTests {
  static let processes: [DiffusionSettings] = [
    DiffusionSettings(), DiffusionSettings(rescaleZeroSNR: true, prediction: .v),
    DiffusionSettings(schedule: .cosine(offset: 0.008), prediction: .x0),
    DiffusionSettings(process: .subVP(), prediction: .score),
    DiffusionSettings(process: .ve(), prediction: .epsilon),
    DiffusionSettings(process: .edm(), prediction: .edm),
    DiffusionSettings(process: .flow(), prediction: .flow),
    DiffusionSettings(process: .trig, prediction: .v),
  ]

  private func variance(_ settings: SamplingSettings, _ process: NoiseProcess) throws -> Double {
    let exact = ExactGaussian(mean: 0, variance: 0.25, process: process)
    let levels = try process.levels(for: settings)
    var start = [Double](repeating: 0, count: 2 * levels.count + 1)
    start[0] = process.startScale(at: levels[0])
    var draws = 0
    var last: NoiseLevel?
    let noise: NoiseSource = { draw, z in
      draws += 1
      for k in z.indices { z[k] = k == draws ? 1 : 0 }
      // A second draw from one level is of the same path, of which the first has seen a half.
      guard case .path(let from, _) = draw else { return }
      if from == last { for k in [draws - 1, draws] { z[k] = Float(0.5.squareRoot()) } }
      last = from
    }
    let descent = Descent<Double>(
      from: start, process: process, levels: levels, elements: 1, noise: noise
    ) { exact.denoise($0, at: $1, output: &$2) }
    return try settings.sampler.run(descent, settings).reduce(0) { $0 + $1 * $1 }
  }

  /// From 50 to 250 levels errors of first order fall to a fifth, those of second to a twenty-fifth, up to what the step to
  /// data leaves (and to 1e-5 of `probability-flow`).
  @Test(arguments: processes.indices) func comesToTheData(index: Int) throws {
    let process = try NoiseProcess(Self.processes[index])
    for sampler in SamplingSettings.Sampler.allCases where sampler != .naiveStrided {
      var settings = SamplingSettings(sampler: sampler, spacing: .trailing)
      settings.corrections = 0
      var errors: [Double] = []
      for steps in [50, 250] {
        settings.steps = steps
        errors.append(abs(try variance(settings, process) - 0.25))
      }
      let about = "\(process.settings.process.kind), \(sampler.rawValue): \(errors)"
      switch sampler {
      case .ddpm, .ddim, .euler, .eulerAncestral, .eulerMaruyama, .predictorCorrector:
        #expect(errors[1] < 0.3 * errors[0] && errors[1] < 0.015, "\(about)")
      default:
        #expect(errors[1] < max(0.15 * errors[0], 4e-4) && errors[1] < 2e-3, "\(about)")
      }
    }
  }

  /// From pure noise, one level is enough for x̂_0, the mean of the data, and for nothing else.
  @Test func oneLevelOfPureNoise() throws {
    let process = try NoiseProcess(
      DiffusionSettings(process: .flow(shift: 1), prediction: .flow))
    for sampler in SamplingSettings.Sampler.allCases where sampler != .naiveStrided {
      let settings = SamplingSettings(sampler: sampler, steps: 1)
      let exact = ExactGaussian(mean: 0.7, variance: 0.25, process: process)
      let values = try sample(
        settings, process: process, indices: 0..<4, elements: 2, clip: false
      ) { exact.denoise($0, at: $1, output: &$2) }.values
      #expect(values.allSatisfy { abs($0 - 0.7) < 1e-3 }, "\(sampler.rawValue): \(values)")
    }
  }
}
