/// How images are drawn from the network: the `sampling` section of an experiment file.
public struct SamplingSettings: Sendable, Hashable, Codable {
  /// Which levels of the process are visited: see ``NoiseProcess/levels(for:)``.
  public enum Spacing: String, Sendable, Hashable, Codable, CaseIterable {
    /// Timesteps evenly, both ends included.
    case linspace
    /// Timesteps evenly back from the last.
    case trailing
    /// Timesteps evenly on from the first.
    case leading
    /// (σ/α)^{1/7} in equal steps (Karras 2022, eq. 5).
    case karras
    /// ln(σ/α) in equal steps.
    case exponential
    /// The log-SNR in equal steps (Lu 2022), which is `exponential` by another name.
    case logSNR = "log-snr"
    /// √t in equal steps (Song J. 2021, appendix D; Lu 2022).
    case quadratic
    /// t in equal steps from the last, not as far as the first, not rounded (Podell 2023's program).
    case sgmUniform = "sgm-uniform"

    /// Whether only whole timesteps are visited.
    package var visitsTimesteps: Bool { [.linspace, .trailing, .leading].contains(self) }

    /// Whether the levels are spread over σ/α, whatever the timesteps.
    package var visitsRatios: Bool { [.karras, .exponential, .logSNR].contains(self) }
  }

  package static let etaRange = 0.0...1
  package static let guidanceRange = 0.0...1000

  /// Which sampler.
  public var sampler: Sampler
  /// n, the levels that the sampler visits; some samplers ask the network more than once at each.
  public var steps: Int
  /// Which levels of the process are visited.
  public var spacing: Spacing
  /// η of `ddim`: 0 is deterministic, 1 ancestral.
  public var eta: Double
  /// Clip x̂0 to [−1, 1] at each step; nil: for images.
  public var clip: Bool?
  /// ε_u + guidance·(ε_c − ε_u); 1 is plain conditional.
  public var guidance: Double
  /// The σ/α above which guidance acts.
  public var guidanceMin = 0.0
  /// The σ/α up to which it acts; nil: no bound.
  public var guidanceMax: Double?
  /// φ: how far each sample is scaled back to the deviation that it had without guidance.
  public var guidanceRescale = 0.0
  /// η: what counts of the difference from the guide along the prediction itself.
  public var guidanceParallel = 1.0
  /// r: the longest that this difference may be; nil: no bound.
  public var guidanceNorm: Double?
  /// β: what that of the level before adds to it.
  public var guidanceMomentum = 0.0
  /// σ_rel of the average of the weights that draws, made of snapshots of those that training tracked; nil: what training
  /// keeps.
  public var ema: Double?
  /// The training step at which the network, as it was then, is the guide: told the condition too, but worse; nil: the guide
  /// is the network that is not told.
  public var guideStep: Int?
  /// The network that is the guide, told the same but worse: a file, or a run of a store; nil: the guide is the network
  /// itself.
  public var guide: String?
  /// s: how far a classifier of noisy images leads to the class of each sample; 0: there is none.
  public var classifierGuidance = 0.0
  /// Images to draw.
  public var count: Int
  /// Of the starting noise and the steps' noise.
  public var seed: UInt64
  /// Sample during training every N steps; nil: at the end only.
  public var every: Int?
  /// Added to each timestep of `leading` spacing (diffusers' `steps_offset`).
  public var stepsOffset = 0
  /// x̂0 is clipped to [−clipRange, clipRange].
  public var clipRange = 1.0
  /// Whether the last step ends at ᾱ = 1; else at ᾱ_0, and that little noise stays (diffusers' `set_alpha_to_one`).
  public var setAlphaToOne = true
  /// Of `unipc`, `deis` and `lms`; nil: 2, 2 and 4.
  public var order: Int?
  /// Smallest σ/α of the level spacings; nil: the process's.
  public var sigmaMin: Double?
  /// Largest σ/α of the level spacings; nil: the process's.
  public var sigmaMax: Double?
  /// Quantile of |x̂0| that dynamic thresholding scales to 1, in the place of clipping; nil: none.
  public var threshold: Double?
  /// S_churn of `edm` and the σ/α between which it acts (Karras 2022, algorithm 2).
  public var churn = 0.0
  /// S_tmin
  public var churnMin = 0.0
  /// S_tmax; nil: no bound.
  public var churnMax: Double?
  /// S_noise
  public var churnNoise = 1.0
  /// r of `predictor-corrector`.
  public var signalToNoise = 0.16
  /// Langevin steps of `predictor-corrector` at each level.
  public var corrections = 1
  /// Relative tolerance of `probability-flow`.
  public var rtol = 1e-5
  /// Absolute tolerance of `probability-flow`.
  public var atol = 1e-5

  /// Settings whose defaults are those of an experiment file.
  public init(
    sampler: Sampler = .ddpm, steps: Int = 50, spacing: Spacing = .linspace, eta: Double = 0,
    clip: Bool? = nil, guidance: Double = 1, count: Int = 64, seed: UInt64 = 0, every: Int? = nil
  ) {
    self.sampler = sampler
    self.steps = steps
    self.spacing = spacing
    self.eta = eta
    self.clip = clip
    self.guidance = guidance
    self.count = count
    self.seed = seed
    self.every = every
  }

  /// Whether they draw by what is made of snapshots of averages.
  package var needsAverages: Bool { ema != nil || guideStep != nil }

  /// How far x̂0 may go.
  /// - Parameter clips: where the settings leave it open.
  func limit(clips: Bool) -> EstimateLimit {
    if !sampler.usesEstimate { return .none }
    if let threshold { return .dynamic(quantile: threshold) }
    return clip ?? clips ? .clip(range: clipRange) : .none
  }

  /// - Throws: `DiffusionError(.badInput)` where a number has no sense.
  func check() throws {
    func refuse(_ what: String) -> DiffusionError { DiffusionError(.badInput, "sampling.\(what)") }
    guard eta.isFinite, eta >= 0 else { throw refuse("eta is \(eta): it must be 0 or more") }
    if let order, let orders = sampler.orders, !orders.contains(order) {
      throw refuse(
        "order is \(order): \(sampler.rawValue) has orders \(orders.lowerBound) to \(orders.upperBound)"
      )
    }
    if let threshold, !(threshold > 0 && threshold <= 1) {
      throw refuse("threshold is \(threshold): a quantile lies above 0, at most 1")
    }
    guard churn >= 0, churn.isFinite, churnMin >= 0,
      churnMin <= churnMax ?? .infinity, churnNoise >= 0
    else {
      throw refuse(
        "churn is \(churn) between \(churnMin) and \(churnMax ?? .infinity): 0 or more, in order")
    }
    guard rtol > 0, atol > 0 else {
      throw refuse("rtol is \(rtol) and atol \(atol): both lie above 0")
    }
  }
}
