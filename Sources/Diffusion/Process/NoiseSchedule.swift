#if canImport(Glibc)
  private import Glibc
#else
  private import Darwin
#endif

/// The forward process q(x_t | x_0) = N(√ᾱ_t·x_0, (1 − ᾱ_t)·I), t in 0 ..< T, and every table that
/// training and sampling read from it.
///
/// All tables are Double, of length T, computed once. Names and equation numbers are those of
/// Ho 2020 (DDPM) and Nichol & Dhariwal 2021 (improved DDPM).
public struct NoiseSchedule: Sendable, Hashable {
  /// β_t, the variance that step t adds.
  public let betas: [Double]
  /// α_t = 1 − β_t.
  public let alphas: [Double]
  /// ᾱ_t, the product of α_0 … α_t: the share of the signal's variance left.
  public let alphasCumprod: [Double]
  /// ᾱ_{t−1}, and 1 before the first.
  public let alphasCumprodPrevious: [Double]
  /// √ᾱ_t.
  public let sqrtAlphasCumprod: [Double]
  /// √(1 − ᾱ_t).
  public let sqrtOneMinusAlphasCumprod: [Double]
  /// Signal to noise: ᾱ_t / (1 − ᾱ_t).
  public let snr: [Double]
  /// β̃_t = β_t·(1 − ᾱ_{t−1})/(1 − ᾱ_t), the variance of q(x_{t−1} | x_t, x_0) (Ho 2020, eq. 7).
  public let posteriorVariance: [Double]
  /// ln β̃_t, where index 0 takes index 1's value, its own being −∞ (with T = 1: ln β_0).
  public let posteriorLogVarianceClipped: [Double]
  /// √ᾱ_{t−1}·β_t/(1 − ᾱ_t): what the posterior mean takes of x_0 (Ho 2020, eq. 7).
  public let posteriorMeanOfX0: [Double]
  /// √α_t·(1 − ᾱ_{t−1})/(1 − ᾱ_t): what the posterior mean takes of x_t.
  public let posteriorMeanOfXt: [Double]
  /// Which variance the reverse process draws its noise with.
  public let variance: DiffusionSettings.Variance
  /// What networks of this process are trained to predict.
  public let prediction: PredictionTarget

  /// T, the number of noise levels.
  public var steps: Int { betas.count }

  /// The largest β a schedule may hold (Nichol & Dhariwal 2021): beyond it the last steps of the
  /// cosine would be singular.
  public static let largestBeta = 0.999

  /// The schedule that an experiment's `diffusion` section asks for.
  ///
  /// Throws `DiffusionError(.badInput)` for no steps, or a β outside of (0, 1).
  public init(_ settings: DiffusionSettings) throws {
    guard settings.steps >= 1 else {
      throw DiffusionError(
        .badInput, "diffusion.steps is \(settings.steps): a noise schedule has at least one step")
    }
    switch settings.schedule {
    case .linear(let betaStart, let betaEnd):
      let scale = 1000 / Double(settings.steps)
      try self.init(
        betas: Self.linearBetas(
          steps: settings.steps, start: betaStart ?? scale * 1e-4, end: betaEnd ?? scale * 0.02),
        variance: settings.variance, prediction: settings.prediction)
    case .cosine(let offset):
      guard offset.isFinite, offset >= 0 else {
        throw DiffusionError(
          .badInput, "diffusion.schedule.offset is \(offset): a cosine's offset is 0 or more")
      }
      try self.init(
        betas: Self.cosineBetas(steps: settings.steps, offset: offset),
        variance: settings.variance, prediction: settings.prediction)
    case .betas(let betas):
      guard betas.count == settings.steps else {
        throw DiffusionError(
          .badInput,
          "diffusion.steps is \(settings.steps), and the network's own schedule has \(betas.count) "
            + "betas: set diffusion.schedule.kind too")
      }
      try self.init(
        betas: betas, variance: settings.variance, prediction: settings.prediction)
    }
  }

  /// A schedule of given variances, each in (0, 1).
  public init(
    betas: [Double], variance: DiffusionSettings.Variance = .fixedSmall,
    prediction: PredictionTarget = .epsilon
  ) throws {
    guard !betas.isEmpty else {
      throw DiffusionError(.badInput, "a noise schedule has at least one step")
    }
    if let t = betas.firstIndex(where: { !($0 > 0 && $0 < 1) }) {
      throw DiffusionError(
        .badInput,
        "the noise schedule's β at step \(t) is \(betas[t]): it must lie between 0 and 1")
    }
    var product = 1.0
    let alphasCumprod = betas.map { beta in
      product *= 1 - beta
      return product
    }
    self.init(
      betas: betas, alphasCumprod: alphasCumprod, variance: variance, prediction: prediction)
  }

  /// Every other table from β and ᾱ. (ᾱ is not recomputed from β: a respaced process keeps the
  /// dense one's values to the last bit.)
  ///
  /// - Parameter before: ᾱ of what the first step goes back to: 1, data without noise.
  init(
    betas: [Double], alphasCumprod: [Double], variance: DiffusionSettings.Variance,
    prediction: PredictionTarget, before: Double = 1
  ) {
    let steps = betas.indices
    let previous = [before] + alphasCumprod.dropLast()
    self.betas = betas
    self.alphasCumprod = alphasCumprod
    self.variance = variance
    self.prediction = prediction
    alphas = betas.map { 1 - $0 }
    alphasCumprodPrevious = previous
    sqrtAlphasCumprod = alphasCumprod.map { $0.squareRoot() }
    sqrtOneMinusAlphasCumprod = alphasCumprod.map { (1 - $0).squareRoot() }
    snr = alphasCumprod.map { $0 / (1 - $0) }
    posteriorMeanOfX0 = steps.map {
      previous[$0].squareRoot() * betas[$0] / (1 - alphasCumprod[$0])
    }
    posteriorMeanOfXt = steps.map {
      (1 - betas[$0]).squareRoot() * (1 - previous[$0]) / (1 - alphasCumprod[$0])
    }
    let posterior = steps.map { betas[$0] * (1 - previous[$0]) / (1 - alphasCumprod[$0]) }
    posteriorVariance = posterior
    posteriorLogVarianceClipped = steps.map { t in
      log(t > 0 ? posterior[t] : posterior.count > 1 ? posterior[1] : betas[0])
    }
  }

  /// The variance of the noise that the reverse step at t adds (Ho 2020, section 3.2): β̃_t or β_t,
  /// and at index 0, where it serves likelihoods only, β̃_1 for both.
  public func reverseVariance(_ t: Int) -> Double {
    switch variance {
    case .fixedLarge where t > 0: betas[t]
    default: exp(posteriorLogVarianceClipped[t])
    }
  }
}

extension NoiseSchedule {
  /// β from `start` to `end` in equal steps, none above `largestBeta`.
  static func linearBetas(steps: Int, start: Double, end: Double) -> [Double] {
    (0..<steps).map { t in
      let share = steps > 1 ? Double(t) / Double(steps - 1) : 0
      return min(start * (1 - share) + end * share, largestBeta)
    }
  }

  /// √β from √`start` to √`end` in equal steps (Rombach 2022, latent diffusion).
  static func scaledLinearBetas(steps: Int, start: Double, end: Double) -> [Double] {
    let (first, last) = (start.squareRoot(), end.squareRoot())
    return (0..<steps).map { t in
      let share = steps > 1 ? Double(t) / Double(steps - 1) : 0
      let root = first * (1 - share) + last * share
      return root * root
    }
  }

  /// β = start + (end − start)·σ(u), u from −6 to 6 in equal steps (Xu 2022, GeoDiff).
  static func sigmoidBetas(steps: Int, start: Double, end: Double) -> [Double] {
    (0..<steps).map { t in
      let u = steps > 1 ? -6 + 12 * Double(t) / Double(steps - 1) : -6
      return start + (end - start) / (1 + exp(-u))
    }
  }

  /// β_t = 1 − f((t+1)/T)/f(t/T), none above `largestBeta`, with f(u) = cos²((u+s)/(1+s)·π/2)
  /// (Nichol & Dhariwal 2021, eq. 17).
  static func cosineBetas(steps: Int, offset: Double) -> [Double] {
    func f(_ u: Double) -> Double {
      let c = cos((u + offset) / (1 + offset) * .pi / 2)
      return c * c
    }
    return (0..<steps).map { t in
      min(1 - f(Double(t + 1) / Double(steps)) / f(Double(t) / Double(steps)), largestBeta)
    }
  }
}
