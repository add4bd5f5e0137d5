import Foundation
import Testing

@testable import Diffusion

/// Samplers on the best denoiser of data N(0, ¼), linear schedule, T = 1000, in Double: everything is linear, so that the
/// variance of what comes out is exact. Expected: `Goldens/oracle/oracle.json`, by `make_oracle.py` there, which has the
/// samplers from their papers a second time and diffusers' schedulers beside them.
@Suite struct OracleVarianceTests {
  struct Oracle: Decodable {
    let gaussian: [String: [String: [String: Double]]]
    let probabilityFlow: Double
    let departures: [Departure]
    let zeroTerminalSnr: ZeroTerminal
    let stochastic: [String: [String: [String: Double]]]
  }

  struct Departure: Decodable {
    let sampler: String
    let spacing: String?
    let steps: Int
    let arguments: Arguments?
    let ours: Double
    let theirs: Double
  }

  struct Arguments: Decodable {
    let timestepSpacing: String?
  }

  struct ZeroTerminal: Decodable {
    let variances: [Departure]
    let largestSigmasOfDiffusers: [Double]
  }

  static func oracle() throws -> Oracle {
    try GoldenFiles.json("oracle/oracle.json", as: Oracle.self)
  }

  /// `deis-3` is `deis` of order 3.
  static func settings(
    _ name: String, spacing: SamplingSettings.Spacing, steps: Int
  ) throws -> SamplingSettings {
    var parts = name.split(separator: "-").map(String.init)
    var settings = SamplingSettings(steps: steps, spacing: spacing)
    if SamplingSettings.Sampler(rawValue: name) == nil {
      let order: Int = try #require(Int(parts.removeLast()))
      settings.order = order
    }
    settings.sampler = try #require(
      SamplingSettings.Sampler(rawValue: parts.joined(separator: "-")))
    return settings
  }

  /// Of what is drawn from N(0, 1) along some levels, element 0 being the start's and each other one of a single noise.
  private func variance(
    _ settings: SamplingSettings, _ process: NoiseProcess, _ levels: [NoiseLevel],
    from deviation: Double = 1, told: @escaping (NoiseLevel) -> NoiseLevel = { $0 }
  ) throws -> Double {
    let exact = ExactGaussian(mean: 0, variance: 0.25, process: process)
    // A place for the start and for each draw of normals.
    let draws = 2 + settings.corrections
    var start = [Double](repeating: 0, count: draws * levels.count + 1)
    start[0] = deviation
    var drawn = 0
    let halves = settings.sampler == .dpmppSDE
    let noise: NoiseSource = { _, z in
      drawn += 1
      for k in z.indices { z[k] = k == drawn ? 1 : 0 }
      // The second draw of a step is of the same path, all of it: half of it has been seen.
      if halves, drawn % 2 == 0 { for k in [drawn - 1, drawn] { z[k] = Float(0.5.squareRoot()) } }
    }
    let descent = Descent<Double>(
      from: start, process: process, levels: levels, elements: 1, noise: noise
    ) { x, level, output in exact.denoise(x, at: told(level), output: &output) }
    return try settings.sampler.run(descent, settings).reduce(0) { $0 + $1 * $1 }
  }

  private let process: NoiseProcess

  init() throws { process = try NoiseProcess(DiffusionSettings()) }

  private func variance(_ settings: SamplingSettings) throws -> Double {
    try variance(settings, process, process.levels(for: settings))
  }

  /// 1e-8: the last digits of Double, and gains of hundreds that cancel.
  @Test(arguments: [
    "ddim", "euler", "heun", "dpm2", "lms", "pndm", "deis", "deis-3", "dpmpp-2m", "dpmpp-3m",
    "dpmpp-2s", "unipc-1", "unipc", "unipc-3",
  ])
  func deterministic(name: String) throws {
    let golden = try #require(Self.oracle().gaussian[name])
    #expect(Set(golden.keys) == ["linspace", "leading", "trailing", "karras"])
    for (spacing, rows) in golden {
      for (n, expected) in rows {
        let settings = try Self.settings(
          name, spacing: try #require(SamplingSettings.Spacing(rawValue: spacing)),
          steps: try #require(Int(n)))
        let found = try variance(settings)
        #expect(isClose(found, expected, 1e-8), "\(name), \(spacing), \(n): \(found), \(expected)")
      }
    }
  }

  /// Churn of 0 is Heun's method.
  @Test func edmWithoutChurn() throws {
    let edm = SamplingSettings(sampler: .edm, steps: 20, spacing: .karras)
    #expect(
      try variance(edm) == variance(SamplingSettings(sampler: .heun, steps: 20, spacing: .karras)))
  }

  /// To its tolerance, whatever the levels between.
  @Test func probabilityFlow() throws {
    let expected = try Self.oracle().probabilityFlow
    for (tolerance, within) in [(1e-5, 1e-4), (1e-8, 1e-7)] {
      var settings = SamplingSettings(sampler: .probabilityFlow, steps: 2)
      (settings.rtol, settings.atol) = (tolerance, tolerance)
      let found = try variance(settings)
      #expect(isClose(found, expected, within), "\(tolerance): \(found), \(expected)")
    }
  }

  /// 1e-6: noise is drawn in Float.
  @Test(arguments: [
    "ddim-1", "euler-ancestral", "dpm2-ancestral", "dpmpp-2m-sde", "dpmpp-sde", "euler-maruyama",
    "predictor-corrector-0", "edm-churn-10",
  ])
  func recursionsWithNoise(name: String) throws {
    let golden = try #require(Self.oracle().stochastic[name])
    for (spacing, rows) in golden {
      for (n, expected) in rows where n != "1000" || spacing == "linspace" {
        var settings = SamplingSettings(
          steps: try #require(Int(n)),
          spacing: try #require(SamplingSettings.Spacing(rawValue: spacing)))
        try Self.prepare(&settings, name)
        let found = try variance(settings)
        #expect(isClose(found, expected, 1e-6), "\(name), \(spacing), \(n): \(found), \(expected)")
      }
    }
  }

  private static func prepare(_ settings: inout SamplingSettings, _ name: String) throws {
    switch name {
    case "ddim-1": (settings.sampler, settings.eta) = (.ddim, 1)
    case "predictor-corrector-0":
      (settings.sampler, settings.corrections) = (.predictorCorrector, 0)
    case "edm-churn-10": (settings.sampler, settings.churn) = (.edm, 10)
    default: settings.sampler = try #require(SamplingSettings.Sampler(rawValue: name))
    }
  }

  /// By drawing, noise of the paths and all: 40,000 values, three standard errors, v·√(2/N).
  @Test(arguments: [
    "ddim-1", "euler-ancestral", "dpm2-ancestral", "dpmpp-2m-sde", "dpmpp-sde", "euler-maruyama",
    "predictor-corrector-0", "edm-churn-10",
  ])
  func drawnSamplesHaveIt(name: String) throws {
    let expected = try #require(Self.oracle().stochastic[name]?["linspace"]?["20"])
    var settings = SamplingSettings(steps: 20, seed: 5)
    try Self.prepare(&settings, name)
    let exact = ExactGaussian(mean: 0, variance: 0.25, process: process)
    let values = try sample(
      settings, process: process, indices: 0..<5000, elements: 8, clip: false
    ) { exact.denoise($0, at: $1, output: &$2) }.values
    let n = Double(values.count)
    let mean = values.reduce(0) { $0 + Double($1) } / n
    let found = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / (n - 1)
    #expect(n == 40_000)
    #expect(abs(mean) < 3 * (expected / n).squareRoot())
    #expect(abs(found - expected) < 3 * expected * (2 / n).squareRoot(), "\(found), \(expected)")
  }

  /// Predictor and corrector on a Gaussian: every step is linear in x, so that its variance follows from the paper's two
  /// formulas (Song Y. 2021, algorithms 3 and 5), with ε = 2α'·(r·σ)².
  @Test(arguments: [(20, 1), (20, 3), (200, 1)]) func correctionsHaveTheirRecursion(
    steps: Int, corrections: Int
  ) throws {
    var settings = SamplingSettings(sampler: .predictorCorrector, steps: steps)
    settings.corrections = corrections
    let levels = try process.levels(for: settings)
    // Of ∇ ln p = −x/v, v = α²/4 + σ².
    func spread(_ level: NoiseLevel) -> Double {
      level.signal * level.signal * 0.25 + level.sigma * level.sigma
    }
    var expected = 1.0
    for (from, to) in zip(levels, levels.dropFirst()) {
      guard to.sigma > 0 else {
        // x̂_0 = α/4·x/v
        let weight = from.signal * 0.25 / spread(from)
        expected *= weight * weight
        continue
      }
      let keep = pow(from.signal / to.signal, 2)
      let added = pow(from.sigma, 2) - keep * pow(to.sigma, 2)
      let predictor = 2 - keep.squareRoot() - added / spread(from)
      expected = predictor * predictor * expected + added
      let size = 2 * keep * pow(0.16 * to.sigma, 2)
      let corrector = 1 - size / spread(to)
      for _ in 0..<corrections { expected = corrector * corrector * expected + 2 * size }
    }
    let found = try variance(settings)
    #expect(isClose(found, expected, 1e-5), "\(found), \(expected)")
    if steps == 200 { #expect(abs(found - 0.25) < 0.01) }
  }

  // MARK: Where diffusers departs

  /// Ours is the paper's; theirs is what comes of their lists, their rounding and their ends, walked by our own samplers.
  /// 2e-5: their tables are float32.
  @Test func departuresOfDiffusers() throws {
    var held: [String: Int] = [:]
    for row in try Self.oracle().departures {
      let spacing = try #require(row.spacing.flatMap(SamplingSettings.Spacing.init(rawValue:)))
      let settings = try Self.settings(row.sampler, spacing: spacing, steps: row.steps)
      let ours = try variance(settings)
      let about = "\(row.sampler), \(spacing), \(row.steps)"
      #expect(isClose(ours, row.ours, 1e-8), "\(about): \(ours)")
      guard let theirs = try theirs(row, settings) else { continue }
      held[row.sampler, default: 0] += 1
      #expect(isClose(theirs, row.theirs, 2e-5), "\(about): \(theirs), diffusers \(row.theirs)")
    }
    // Of pndm not linspace, of deis not 10 steps, whose end is of order 1, of dpmpp-2s none: its midpoints are others.
    #expect(
      held == [
        "ddim": 10, "euler": 14, "heun": 14, "dpm2": 12, "lms": 12, "pndm": 6, "deis": 9,
        "dpmpp-2m": 12, "dpmpp-3m": 12, "unipc": 12,
      ])
  }

  /// Their variance by our own means; nil where none has it.
  private func theirs(_ row: Departure, _ settings: SamplingSettings) throws -> Double? {
    switch row.sampler {
    case "ddim": settings.spacing == .linspace ? try pastTheGrid(row.steps) : try variance(settings)
    case "pndm": settings.spacing == .linspace ? nil : try variance(settings)
    case "euler", "heun", "dpm2", "lms": try inSigma(row, settings)
    case "dpmpp-2m", "dpmpp-3m", "unipc":
      try variance(
        settings, process, Array(oneMore(row, settings).dropLast()) + [.data], told: rounded)
    case "deis":
      // It stays at the last level: of Karras spacing its own, else timestep 0.
      settings.spacing != .karras && row.steps < 15
        ? nil : try variance(settings, process, oneMore(row, settings), told: rounded)
    default: nil
    }
  }

  /// DPM-Solver's lists, the place where DEIS ends with them: one more than n, the last left out.
  private func oneMore(_ row: Departure, _ settings: SamplingSettings) throws -> [NoiseLevel] {
    let n = row.steps
    switch settings.spacing {
    case .linspace:
      return try SamplingSettings.Spacing.linspace.timesteps(n + 1, of: 1000).reversed()
        .map(process.level(timestep:))
    case .leading:
      return (0...n).reversed().map { process.level(timestep: $0 * (1000 / (n + 1))) }
    case .trailing:
      return try process.levels(for: settings).dropLast() + [process.level(timestep: 0)]
    default:
      let levels = try process.levels(for: settings).dropLast()
      return row.sampler == "deis" ? Array(levels) : levels + [.data]
    }
  }

  private func rounded(_ level: NoiseLevel) -> NoiseLevel {
    process.level(timestep: Int(level.time.rounded(.toNearestOrEven)))
  }

  /// Euler, Heun, KDPM2 and LMS: linspace is not rounded, σ/α is interpolated linearly between timesteps, Karras levels
  /// begin and end where the list of timesteps does, and noise begins with σ/α, not √(1 + (σ/α)²), but for leading.
  private func inSigma(_ row: Departure, _ settings: SamplingSettings) throws -> Double {
    var settings = settings
    let n = row.steps
    let isLeading = row.arguments?.timestepSpacing == "leading"
    if settings.spacing == .karras, isLeading {
      settings.sigmaMax = process.level(timestep: (n - 1) * (1000 / n)).ratio
    }
    var levels = try process.levels(for: settings)
    if settings.spacing == .linspace {
      levels =
        (0..<n).reversed().map { i in
          let t = Double(999 * i) / Double(n - 1)
          let below = min(Int(t), 998)
          let (a, b) = (process.level(timestep: below), process.level(timestep: below + 1))
          let ratio = a.ratio + (t - Double(below)) * (b.ratio - a.ratio)
          return NoiseLevel(alphaCumprod: 1 / (1 + ratio * ratio), time: t)
        } + [.data]
    }
    // KDPM2 rounds the timesteps of Karras levels, not those half-way.
    let rounds = row.sampler == "dpm2" && settings.spacing == .karras
    let visited = Set(levels.map(\.time))
    return try variance(
      settings, process, levels, from: isLeading ? 1 : levels[0].sigma
    ) { level in
      rounds && visited.contains(level.time)
        ? rounded(level) : process.level(at: level.time / 999)
    }
  }

  /// DDIM as diffusers has it: asked about τ_i, it goes from there to τ_i − ⌊T/n⌋, and is asked about τ_{i+1} next.
  private func pastTheGrid(_ n: Int) throws -> Double {
    var x = 1.0
    for t in try SamplingSettings.Spacing.linspace.timesteps(n, of: 1000).reversed() {
      let level = process.level(timestep: t)
      let after = t - 1000 / n
      let end = after >= 0 ? process.level(timestep: after) : .data
      let spread = level.signalVariance * 0.25 + level.noiseVariance
      x *= (end.signal * level.signal * 0.25 + end.sigma * level.sigma) / spread
    }
    return x * x
  }

  /// v with zero terminal SNR, trailing: ours begins with x̂0; diffusers' Euler at σ/α = 4096, which is less than what the
  /// next timesteps have.
  @Test func zeroTerminalSNR() throws {
    let process = try NoiseProcess(DiffusionSettings(rescaleZeroSNR: true, prediction: .v))
    let golden = try Self.oracle().zeroTerminalSnr
    #expect(golden.largestSigmasOfDiffusers.prefix(3) == [4096, 15406, 7668.02])
    for row in golden.variances {
      let settings = try Self.settings(row.sampler, spacing: .trailing, steps: row.steps)
      let levels = try process.levels(for: settings)
      #expect(levels[0].ratio == .infinity)
      let ours = try variance(settings, process, levels)
      #expect(isClose(ours, row.ours, 1e-8), "\(row.sampler), \(row.steps): \(ours), \(row.ours)")
      guard row.sampler == "euler" else { continue }
      // It begins with noise of the largest σ/α of its list, which need not be the first, and the network hears of
      // timestep 999, whose α is 0.
      let first = NoiseLevel(alphaCumprod: 0x1p-24, time: 999)
      let largest = golden.largestSigmasOfDiffusers[row.steps == 500 ? 2 : 0]
      let theirs = try variance(
        settings, process, [first] + levels.dropFirst(), from: largest * first.signal
      ) { $0.time == 999 ? levels[0] : $0 }
      #expect(isClose(theirs, row.theirs, 1e-4), "\(row.steps): \(theirs), \(row.theirs)")
    }
  }
}
