import Foundation
import Testing

@testable import Diffusion

/// Orders of convergence, measured between two levels above 0 on an exact denoiser, in Double. Expected errors:
/// `Goldens/oracle/oracle.json`, by `make_oracle.py` there.
@Suite struct ConvergenceOrderTests {
  struct Oracle: Decodable {
    let orders: Orders
    let weakOrders: WeakOrders
  }

  struct Orders: Decodable {
    let sigmas: [Double]
    let starts: [Double]
    let ends: [Double]
    let errors: [String: [String: Slope]]
  }

  struct WeakOrders: Decodable {
    let sigmas: [Double]
    let errors: [String: Slope]
  }

  struct Slope: Decodable {
    let errors: [String: Double]
    let order: Double
  }

  private static func ratios(_ grid: String, _ n: Int, _ ends: [Double]) -> [Double] {
    (0...n).map { i in
      let share = Double(i) / Double(n)
      if grid == "log-snr" { return exp(log(ends[0]) + share * log(ends[1] / ends[0])) }
      let (a, b) = (pow(ends[0], 1 / 7), pow(ends[1], 1 / 7))
      return pow(a + share * (b - a), 7)
    }
  }

  /// ½N(−1, 0.09) + ½N(1, 0.09): the process's target of x at a level.
  private static func mixture(
    _ process: NoiseProcess, _ x: [Double], _ level: NoiseLevel, _ output: inout [Double]
  ) {
    let s = level.ratio
    let total = 0.09 + s * s
    for k in x.indices {
      let y = x[k] / level.signal
      let second = 1 / (1 + exp(-2 * y / total))
      let x0 = (0.09 * y + s * s * (2 * second - 1)) / total
      output[k] = process.prediction.target(
        x0: x0, noise: (y - x0) / s, at: level, sigmaData: process.sigmaData)
    }
  }

  /// Of a sampler with given levels, on any process: in y they all see one equation.
  private static func end(
    _ settings: SamplingSettings, _ process: NoiseProcess, _ ratios: [Double], _ starts: [Double],
    noise: @escaping NoiseSource = { _, _ in }, denoise: @escaping Denoiser<Double>
  ) throws -> [Double] {
    let levels = ratios.map(process.level(ratio:))
    let descent = Descent<Double>(
      from: starts.map { $0 * levels[0].signal }, process: process, levels: levels, elements: 1,
      noise: noise, denoise: denoise)
    let end = try #require(levels.last)
    return try settings.sampler.run(descent, settings).map { $0 / end.signal }
  }

  /// What each sampler's paper states, or measurement shows: `lms`, `deis` of order 3 and `dpmpp-3m` start with lower
  /// orders, whose error stays. 1e-5 of each error; those near the last digits of Double to 1e-12.
  @Test(arguments: [
    ("ddim", 1), ("heun", 2), ("dpm2", 2), ("lms", 2.4), ("pndm", 2), ("deis", 2), ("deis-3", 2.5),
    ("dpmpp-2m", 2), ("dpmpp-3m", 2), ("dpmpp-2s", 2), ("unipc-1", 2), ("unipc", 3), ("unipc-3", 4),
  ])
  func deterministic(name: String, order: Double) throws {
    let golden = try GoldenFiles.json("oracle/oracle.json", as: Oracle.self).orders
    let settings = try OracleVarianceTests.settings(name, spacing: .linspace, steps: 1)
    let processes = try [
      DiffusionSettings(), DiffusionSettings(process: .subVP()), DiffusionSettings(process: .ve()),
      DiffusionSettings(process: .edm()), DiffusionSettings(process: .flow(), prediction: .flow),
      DiffusionSettings(process: .trig, prediction: .v),
    ].map(NoiseProcess.init)
    for (grid, samplers) in golden.errors {
      let slope = try #require(samplers[name])
      for (n, expected) in slope.errors {
        for process in processes {
          let found = try Self.end(
            settings, process, Self.ratios(grid, try #require(Int(n)), golden.sigmas),
            golden.starts
          ) { Self.mixture(process, $0, $1, &$2) }
          let squares = zip(found, golden.ends).map { ($0 - $1) * ($0 - $1) }
          let error = (squares.reduce(0, +) / Double(squares.count)).squareRoot()
          #expect(
            abs(error - expected) < 1e-5 * expected + 1e-11,
            "\(name), \(grid), \(n), \(process.settings.process.kind): \(error), \(expected)")
        }
      }
      let (coarse, fine) = (try #require(slope.errors["160"]), try #require(slope.errors["320"]))
      #expect(abs(log2(coarse / fine) - order) < 0.2, "\(name), \(grid): \(log2(coarse / fine))")
    }
  }

  /// The variance at a level above 0 comes to the truth, ¼ + σ², with this order in n.
  @Test(arguments: [
    ("euler-ancestral", 1), ("dpm2-ancestral", 2), ("dpmpp-2m-sde", 2), ("dpmpp-sde", 2),
    ("euler-maruyama", 1), ("predictor-corrector-0", 1),
  ])
  func stochastic(name: String, order: Double) throws {
    let golden = try GoldenFiles.json("oracle/oracle.json", as: Oracle.self).weakOrders
    let slope = try #require(golden.errors[name])
    var settings = SamplingSettings(sampler: .predictorCorrector)
    settings.corrections = 0
    if let sampler = SamplingSettings.Sampler(rawValue: name) { settings.sampler = sampler }
    let process = try NoiseProcess(DiffusionSettings())
    let exact = ExactGaussian(mean: 0, variance: 0.25, process: process)
    var errors: [Int: Double] = [:]
    for n in [40, 80, 160, 320] {
      var starts = [Double](repeating: 0, count: 2 * n + 1)
      starts[0] = (0.25 + golden.sigmas[0] * golden.sigmas[0]).squareRoot()
      var draws = 0
      let noise: NoiseSource = { _, z in
        draws += 1
        for k in z.indices { z[k] = k == draws ? 1 : 0 }
        if name == "dpmpp-sde", draws % 2 == 0 {
          for k in [draws - 1, draws] { z[k] = Float(0.5.squareRoot()) }
        }
      }
      let found = try Self.end(
        settings, process, Self.ratios("log-snr", n, golden.sigmas), starts, noise: noise
      ) { exact.denoise($0, at: $1, output: &$2) }
      let truth = 0.25 + golden.sigmas[1] * golden.sigmas[1]
      let error = abs(found.reduce(0) { $0 + $1 * $1 } - truth)
      errors[n] = error
      let expected = try #require(slope.errors["\(n)"])
      // Noise of two draws is 0.70710677 in Float, 1e-8 less than it should be.
      #expect(
        abs(error - expected) < 1e-5 * expected + 3e-8, "\(name), \(n): \(error), \(expected)")
    }
    let measured = log2(try #require(errors[160]) / (try #require(errors[320])))
    #expect(abs(measured - order) < 0.1, "\(name): \(measured)")
  }
}
