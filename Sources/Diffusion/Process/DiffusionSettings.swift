/// The noise process: the `diffusion` section of an experiment file.
public struct DiffusionSettings: Sendable, Hashable, Codable {
  /// How β goes from the first step to the last.
  public enum Schedule: Sendable, Hashable, Codable {
    /// β from `betaStart` to `betaEnd` in equal steps; nil: 1000/T·1e-4 and 1000/T·0.02 (Ho 2020).
    case linear(betaStart: Double?, betaEnd: Double?)
    /// ᾱ as a squared cosine (Nichol & Dhariwal 2021, eq. 17).
    case cosine(offset: Double)
    /// Each β by itself, T of them: of networks that others trained; no experiment file has it.
    case betas([Double])

    /// The `kind` of the experiment file.
    public var kind: String {
      switch self {
      case .linear: "linear"
      case .cosine: "cosine"
      case .betas: "betas"
      }
    }
  }

  /// Which variance the reverse process draws its noise with.
  public enum Variance: String, Sendable, Hashable, Codable, CaseIterable {
    /// The posterior's variance β̃ (Ho 2020, eq. 7).
    case fixedSmall = "fixed-small"
    /// β.
    case fixedLarge = "fixed-large"
  }

  /// T, the number of noise levels.
  public var steps: Int
  /// How β goes from the first step to the last.
  public var schedule: Schedule
  /// What the network is trained to predict.
  public var prediction: PredictionTarget
  /// Which variance the reverse process draws its noise with.
  public var variance: Variance

  /// Settings whose defaults are those of an experiment file.
  public init(
    steps: Int = 1000, schedule: Schedule = .linear(betaStart: nil, betaEnd: nil),
    prediction: PredictionTarget = .epsilon, variance: Variance = .fixedSmall
  ) {
    self.steps = steps
    self.schedule = schedule
    self.prediction = prediction
    self.variance = variance
  }
}
