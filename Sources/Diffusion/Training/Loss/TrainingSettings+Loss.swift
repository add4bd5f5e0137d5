import Foundation

extension TrainingSettings {
  /// What of the network's error is made small.
  public enum Loss: Sendable, Hashable, Codable {
    /// e², its mean over the values.
    case mse
    /// e² up to δ, beyond it 2δ·|e| − δ² (Huber 1964, twice over): an error's weight stops growing there.
    case huber(delta: Double = 1)
    /// T·L_t in bits/dim, an estimate of the variational bound without its prior term (Ho 2020, eq. 5).
    case vlb
    /// mse + λ·vlb, the bound's gradient reaching the variances alone (Nichol & Dhariwal 2021, eq. 16).
    case hybrid(weight: Double = 0.001)

    /// The word of the experiment file.
    public var kind: String {
      switch self {
      case .mse: "mse"
      case .huber: "huber"
      case .vlb: "vlb"
      case .hybrid: "hybrid"
      }
    }

    package static let kinds = ["mse", "huber", "vlb", "hybrid"]

    /// Whether it is about the reverse process' distributions, which `vp`'s table alone defines.
    public var isOfTheBound: Bool { self == .vlb || kind == "hybrid" }
  }

  /// How much an error counts at a level. Each is a function of the signal-to-noise ratio SNR = α²/σ², given by its
  /// papers for one target and here for all: as a weight w of x̂_0's squared error it is w·(∂x̂_0/∂o)² of an output o's.
  public enum Weighting: Sendable, Hashable, Codable {
    /// 1, whatever the network predicts.
    case none
    /// w = SNR: 1 of ε̂'s error (Ho 2020, L_simple).
    case snr
    /// w = min(SNR, γ) (Hang 2023, eq. 7).
    case minSNR(gamma: Double = 5)
    /// w = SNR·γ/(SNR + γ): the same without an edge (Crowson 2024, section 3.3).
    case softMinSNR(gamma: Double = 5)
    /// w = max(SNR, 1) (Salimans & Ho 2022, section 4).
    case truncatedSNR
    /// w = SNR/(k + SNR)^γ (Choi 2022, eq. 8).
    case p2(gamma: Double = 1, k: Double = 1)
    /// w = SNR + 1/σ_d²: that of the process `edm` (Karras 2022, table 1), where F's error counts alike at all levels.
    case edm

    /// The word of the experiment file.
    public var kind: String {
      switch self {
      case .none: "none"
      case .snr: "snr"
      case .minSNR: "min-snr"
      case .softMinSNR: "soft-min-snr"
      case .truncatedSNR: "truncated-snr"
      case .p2: "p2"
      case .edm: "edm"
      }
    }

    package static let kinds = [
      "none", "snr", "min-snr", "soft-min-snr", "truncated-snr", "p2", "edm",
    ]

    /// How much the squared error of what the network says counts at a level.
    /// - Parameters:
    ///   - target: what it predicts.
    ///   - sigmaData: σ_d.
    func weight(of target: PredictionTarget, at level: NoiseLevel, sigmaData: Double) -> Double {
      if self == .none { return 1 }
      // Data without noise have no finite ratio, and hardly ever come.
      let snr = level.signalVariance / max(level.noiseVariance, 1e-12)
      let form = target.form(at: level, sigmaData: sigmaData)
      guard form.divisor != 0 else { return ofNoise(snr, sigmaData) }
      if target == .epsilon || target == .score { return ofNoise(snr, sigmaData) }
      let slope = form.output / form.divisor
      return ofData(snr, sigmaData) * slope * slope
    }

    /// Of x̂_0's error.
    private func ofData(_ snr: Double, _ sigmaData: Double) -> Double {
      switch self {
      case .none: 1
      case .snr: snr
      case .minSNR(let gamma): min(snr, gamma)
      case .softMinSNR(let gamma): snr * gamma / (snr + gamma)
      case .truncatedSNR: max(snr, 1)
      case .p2(let gamma, let k): snr / pow(k + snr, gamma)
      case .edm: snr + 1 / (sigmaData * sigmaData)
      }
    }

    /// Of ε̂'s error: the same over SNR, where nothing is divided that may be 0.
    private func ofNoise(_ snr: Double, _ sigmaData: Double) -> Double {
      switch self {
      case .none, .snr: 1
      case .minSNR(let gamma): snr > gamma ? gamma / snr : 1
      case .softMinSNR(let gamma): gamma / (snr + gamma)
      case .truncatedSNR: max(1, 1 / snr)
      case .p2(let gamma, let k): 1 / pow(k + snr, gamma)
      case .edm: 1 + 1 / (sigmaData * sigmaData * snr)
      }
    }
  }

  /// Which levels training sees.
  public enum Timesteps: Sendable, Hashable, Codable {
    /// t uniform; of continuous processes u.
    case uniform
    /// The same, with one draw in each of as many equal parts as the batch has examples (Kingma 2021, appendix I.1).
    case stratified
    /// ln(σ/α) normal (Karras 2022, table 1); of `vp` the nearest t.
    case logNormal(mean: Double = -1.2, deviation: Double = 1.2)
    /// ln(u/(1 − u)) normal (Esser 2024, eq. 19); of `vp` u is t's share of T.
    case logitNormal(mean: Double = 0, deviation: Double = 1)
    /// t as often as the root of its mean squared loss, each counting so much less (Nichol & Dhariwal 2021, eq. 18).
    case lossAware

    /// The word of the experiment file.
    public var kind: String {
      switch self {
      case .uniform: "uniform"
      case .stratified: "stratified"
      case .logNormal: "log-normal"
      case .logitNormal: "logit-normal"
      case .lossAware: "loss-aware"
      }
    }

    package static let kinds = [
      "uniform", "stratified", "log-normal", "logit-normal", "loss-aware",
    ]
  }
}
