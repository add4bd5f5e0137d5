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
  /// √ᾱ_t.
  public let sqrtAlphasCumprod: [Double]
  /// √(1 − ᾱ_t).
  public let sqrtOneMinusAlphasCumprod: [Double]
  /// Signal to noise: ᾱ_t / (1 − ᾱ_t).
  public let snr: [Double]
  /// β̃_t = β_t·(1 − ᾱ_{t−1})/(1 − ᾱ_t), the variance of q(x_{t−1} | x_t, x_0) (Ho 2020, eq. 7).
  public let posteriorVariance: [Double]

  /// T, the number of noise levels.
  public var steps: Int { betas.count }

  /// The largest β a schedule may hold (Nichol & Dhariwal 2021): beyond it the last steps of the
  /// cosine would be singular.
  public static let largestBeta = 0.999

  /// The tables that an experiment's `diffusion` section asks for.
  ///
  /// Throws `DiffusionError(.badInput)` for no steps, or a β outside of (0, 1).
  public init(_ settings: DiffusionSettings) throws {
    let steps = settings.steps
    guard steps >= 1 else {
      throw DiffusionError(
        .badInput, "diffusion.steps is \(steps): a noise schedule has at least one step")
    }
    let alphasCumprod: [Double]
    switch settings.schedule {
    // ᾱ is given by itself: made of β anew it would differ in its last digits.
    case .laplace(let mean, let scale):
      alphasCumprod = try Self.laplaceAlphasCumprod(steps: steps, mean: mean, scale: scale)
    default:
      let betas = try Self.betas(settings.schedule, steps: steps)
      try Self.check(betas)
      alphasCumprod = Self.products(betas)
      if !settings.rescaleZeroSNR {
        self.init(betas: betas, alphasCumprod: alphasCumprod)
        return
      }
    }
    let final =
      settings.rescaleZeroSNR ? Self.rescaledToZeroSNR(alphasCumprod) : alphasCumprod
    self.init(
      betas: zip(final, [1] + final).map { 1 - $0 / $1 }, alphasCumprod: final)
  }

  /// A schedule of given variances, each in (0, 1).
  public init(betas: [Double]) throws {
    try Self.check(betas)
    self.init(betas: betas, alphasCumprod: Self.products(betas))
  }

  private static func check(_ betas: [Double]) throws {
    guard !betas.isEmpty else {
      throw DiffusionError(.badInput, "a noise schedule has at least one step")
    }
    if let t = betas.firstIndex(where: { !($0 > 0 && $0 < 1) }) {
      throw DiffusionError(
        .badInput,
        "the noise schedule's β at step \(t) is \(betas[t]): it must lie between 0 and 1")
    }
  }

  /// ᾱ of β.
  private static func products(_ betas: [Double]) -> [Double] {
    var product = 1.0
    return betas.map { beta in
      product *= 1 - beta
      return product
    }
  }

  /// Every other table from β and ᾱ.
  private init(betas: [Double], alphasCumprod: [Double]) {
    let previous = [1] + alphasCumprod.dropLast()
    self.betas = betas
    self.alphasCumprod = alphasCumprod
    alphas = betas.map { 1 - $0 }
    sqrtAlphasCumprod = alphasCumprod.map { $0.squareRoot() }
    sqrtOneMinusAlphasCumprod = alphasCumprod.map { (1 - $0).squareRoot() }
    snr = alphasCumprod.map { $0 / (1 - $0) }
    posteriorVariance = betas.indices.map {
      betas[$0] * (1 - previous[$0]) / (1 - alphasCumprod[$0])
    }
  }
}
