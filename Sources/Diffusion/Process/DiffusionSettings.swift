/// The noise process: the `diffusion` section of an experiment file.
public struct DiffusionSettings: Sendable, Hashable {
  /// How data become noise: α and σ of x = α·x_0 + σ·ε.
  public enum Process: Sendable, Hashable, Codable {
    /// α² + σ² = 1 over T tabled steps (Ho 2020; Song Y. 2021, eq. 11).
    case vp
    /// α = e^{−B/2}, σ = 1 − e^{−B}, B the integral of β (Song Y. 2021, eq. 12).
    case subVP(betaMin: Double = 0.1, betaMax: Double = 20)
    /// α = 1, ln σ uniform (Song Y. 2021, eq. 9).
    case ve(sigmaMin: Double = 0.01, sigmaMax: Double = 50)
    /// α = 1, ln σ normal in training (Karras 2022, table 1).
    case edm(
      sigmaData: Double = 0.5, sigmaMin: Double = 0.002, sigmaMax: Double = 80, rho: Double = 7)
    /// α = 1 − u, σ = u (Liu 2022; Lipman 2023), u shifted towards noise (Esser 2024, eq. 23).
    case flow(shift: Double = 1)
    /// α = cos(πu/2), σ = sin(πu/2) (Albergo & Vanden-Eijnden 2023; Salimans & Ho 2022).
    case trig

    /// The word of the experiment file.
    public var kind: String {
      switch self {
      case .vp: "vp"
      case .subVP: "sub-vp"
      case .ve: "ve"
      case .edm: "edm"
      case .flow: "flow"
      case .trig: "trig"
      }
    }

    package static let kinds = ["vp", "sub-vp", "ve", "edm", "flow", "trig"]
  }

  /// How β goes from the first step to the last, or ᾱ; of `vp` alone. Ends that are nil are those of T = 1000 in the
  /// literature times 1000/T.
  public enum Schedule: Sendable, Hashable, Codable {
    /// β from `betaStart` to `betaEnd` in equal steps; nil: 1e-4 and 0.02 (Ho 2020).
    case linear(betaStart: Double?, betaEnd: Double?)
    /// √β in equal steps; nil: 0.00085 and 0.012 (Rombach 2022).
    case scaledLinear(betaStart: Double?, betaEnd: Double?)
    /// √β in equal steps; nil: 1e-4 and 0.02 (Ho 2020's program).
    case quadratic(betaStart: Double?, betaEnd: Double?)
    /// ln β in equal steps; nil: 1e-4 and 0.02.
    case exponential(betaStart: Double?, betaEnd: Double?)
    /// One β; nil: 0.01.
    case constant(beta: Double?)
    /// ᾱ as a squared cosine (Nichol & Dhariwal 2021, eq. 17).
    case cosine(offset: Double)
    /// ᾱ = 1 − √(u + 1e-4) (Li 2022, Diffusion-LM, appendix A).
    case sqrt
    /// ᾱ as a sigmoid from 3/τ to −3/τ (Jabri 2022).
    case sigmoid(temperature: Double)
    /// λ distributed by Laplace (Hang & Gu 2024).
    case laplace(mean: Double, scale: Double)
    /// Each β by itself, T of them: as a network keeps them, and networks that others trained.
    case betas([Double])
    /// Each β by itself, T of them, in a file of text or a NumPy array; `read()` makes `betas` of it.
    case file(path: String)

    /// The `kind` of the experiment file.
    public var kind: String {
      switch self {
      case .linear: "linear"
      case .scaledLinear: "scaled-linear"
      case .quadratic: "quadratic"
      case .exponential: "exponential"
      case .constant: "constant"
      case .cosine: "cosine"
      case .sqrt: "sqrt"
      case .sigmoid: "sigmoid"
      case .laplace: "laplace"
      case .betas, .file: "betas"
      }
    }

    /// Those that an experiment file can name.
    package static let kinds = [
      "linear", "scaled-linear", "quadratic", "exponential", "constant", "cosine", "sqrt",
      "sigmoid", "laplace", "betas",
    ]
  }

  /// Which variance the reverse process draws its noise with.
  public enum Variance: String, Sendable, Hashable, Codable, CaseIterable {
    /// The posterior's variance β̃ (Ho 2020, eq. 7).
    case fixedSmall = "fixed-small"
    /// β.
    case fixedLarge = "fixed-large"
    /// Between the two, as the network says beside its prediction (Nichol & Dhariwal 2021, eq. 15).
    case learned
  }

  /// How data become noise.
  public var process: Process
  /// T, the number of noise levels of `vp`.
  public var steps: Int
  /// How β goes from the first step of `vp` to the last.
  public var schedule: Schedule
  /// Whether the last step of `vp` is pure noise, √ᾱ being shifted and scaled (Lin 2023).
  public var rescaleZeroSNR: Bool
  /// What the network is trained to predict.
  public var prediction: PredictionTarget
  /// Which variance the reverse process draws its noise with.
  public var variance: Variance

  /// Settings whose defaults are those of an experiment file.
  public init(
    process: Process = .vp, steps: Int = 1000,
    schedule: Schedule = .linear(betaStart: nil, betaEnd: nil), rescaleZeroSNR: Bool = false,
    prediction: PredictionTarget = .epsilon, variance: Variance = .fixedSmall
  ) {
    self.process = process
    self.steps = steps
    self.schedule = schedule
    self.rescaleZeroSNR = rescaleZeroSNR
    self.prediction = prediction
    self.variance = variance
  }
}

// What is as it always was is not written: files of networks keep their bytes, and old ones are read.
extension DiffusionSettings: Codable {
  private enum CodingKeys: String, CodingKey {
    case process, steps, schedule, rescaleZeroSNR, prediction, variance
  }

  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    process = try values.decodeIfPresent(Process.self, forKey: .process) ?? .vp
    steps = try values.decode(Int.self, forKey: .steps)
    schedule = try values.decode(Schedule.self, forKey: .schedule)
    rescaleZeroSNR = try values.decodeIfPresent(Bool.self, forKey: .rescaleZeroSNR) ?? false
    prediction = try values.decode(PredictionTarget.self, forKey: .prediction)
    variance = try values.decode(Variance.self, forKey: .variance)
  }

  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    if process != .vp { try values.encode(process, forKey: .process) }
    try values.encode(steps, forKey: .steps)
    try values.encode(schedule, forKey: .schedule)
    if rescaleZeroSNR { try values.encode(rescaleZeroSNR, forKey: .rescaleZeroSNR) }
    try values.encode(prediction, forKey: .prediction)
    try values.encode(variance, forKey: .variance)
  }
}
