extension SamplingSettings {
  /// Samplers that there are: names, what runs them, and what is known of each. A new one is a file in `Solvers` and a
  /// row here.
  public enum Sampler: String, Sendable, Hashable, Codable, CaseIterable {
    /// Ancestral sampling, respaced to the levels (Ho 2020; Nichol & Dhariwal 2021).
    case ddpm
    /// Song J. 2021; `eta` between 0 (deterministic) and 1 (ancestral).
    case ddim
    /// WRONG on purpose: the dense chain's coefficients on a strided grid.
    case naiveStrided = "naive-strided"
    /// Karras 2022.
    case euler
    /// Karras 2022, section 4; Song J. 2021.
    case eulerAncestral = "euler-ancestral"
    /// Karras 2022, algorithm 1.
    case heun
    /// Lu 2022, algorithm 1.
    case dpm2
    /// Lu 2022 down to an ancestral step's s_down.
    case dpm2Ancestral = "dpm2-ancestral"
    /// Adams and Bashforth on uneven steps.
    case lms
    /// Liu 2022.
    case pndm
    /// Zhang & Chen 2023.
    case deis
    /// Lu 2022b, algorithm 2.
    case dpmpp2M = "dpmpp-2m"
    /// Lu 2022b, order 3.
    case dpmpp3M = "dpmpp-3m"
    /// Lu 2022b, algorithm 1.
    case dpmpp2S = "dpmpp-2s"
    /// Lu 2022b, eq. 18.
    case dpmpp2MSDE = "dpmpp-2m-sde"
    /// Lu 2022b's SDE, two evaluations a step.
    case dpmppSDE = "dpmpp-sde"
    /// Zhao 2023.
    case unipc
    /// Karras 2022, algorithm 2.
    case edm
    /// Song Y. 2021, algorithms 2 to 5.
    case predictorCorrector = "predictor-corrector"
    /// Song Y. 2021, section 4.1.
    case eulerMaruyama = "euler-maruyama"
    /// Song Y. 2021, section 4.3.
    case probabilityFlow = "probability-flow"

    /// Walks a descent as the settings say.
    func run<Value>(_ descent: Descent<Value>, _ settings: SamplingSettings) throws -> [Value] {
      switch self {
      case .ddpm: try ancestral(descent)
      case .ddim: try Diffusion.ddim(descent, eta: settings.eta)
      case .naiveStrided: try Diffusion.naiveStrided(descent)
      case .euler: try Diffusion.euler(descent)
      case .eulerAncestral: try Diffusion.eulerAncestral(descent)
      case .heun: try Diffusion.heun(descent)
      case .dpm2: try Diffusion.dpm2(descent)
      case .dpm2Ancestral: try Diffusion.dpm2Ancestral(descent)
      case .lms: try Diffusion.lms(descent, order: settings.order ?? 4)
      case .pndm: try Diffusion.pndm(descent)
      case .deis: try Diffusion.deis(descent, order: settings.order ?? 2)
      case .dpmpp2M: try Diffusion.dpmpp2M(descent)
      case .dpmpp3M: try Diffusion.dpmpp3M(descent)
      case .dpmpp2S: try Diffusion.dpmpp2S(descent)
      case .dpmpp2MSDE: try Diffusion.dpmpp2MSDE(descent)
      case .dpmppSDE: try Diffusion.dpmppSDE(descent)
      case .unipc: try uniPC(descent, order: settings.order ?? 2)
      case .edm:
        try Diffusion.edm(
          descent, churn: settings.churn,
          range: settings.churnMin...(settings.churnMax ?? .infinity),
          noiseScale: settings.churnNoise)
      case .predictorCorrector:
        try Diffusion.predictorCorrector(
          descent, signalToNoise: settings.signalToNoise, corrections: settings.corrections)
      case .eulerMaruyama: try Diffusion.eulerMaruyama(descent)
      case .probabilityFlow:
        try Diffusion.probabilityFlow(descent, rtol: settings.rtol, atol: settings.atol)
      }
    }

    /// The orders it can be asked for; nil where `sampling.order` does not apply.
    package var orders: ClosedRange<Int>? {
      switch self {
      case .lms: 1...4
      case .deis, .unipc: 1...3
      default: nil
      }
    }

    /// Whether what it draws follows from the starting noise alone.
    package func isDeterministic(_ settings: SamplingSettings) -> Bool {
      switch self {
      case .ddim: settings.eta == 0
      case .edm: settings.churn == 0
      case .euler, .heun, .dpm2, .lms, .pndm, .deis, .dpmpp2M, .dpmpp3M, .dpmpp2S, .unipc,
        .probabilityFlow:
        true
      case .ddpm, .naiveStrided, .eulerAncestral, .dpm2Ancestral, .dpmpp2MSDE, .dpmppSDE,
        .predictorCorrector, .eulerMaruyama:
        false
      }
    }

    /// Whether x̂_0 is limited at each step: the naive one has none in its formula.
    var usesEstimate: Bool { self != .naiveStrided }

    /// Whether its steps follow from the sample, so that each sample goes alone.
    var isAdaptive: Bool { self == .probabilityFlow }
  }
}
