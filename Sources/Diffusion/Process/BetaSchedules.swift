import Foundation

/// The formulas of β_t and ᾱ_t by name, all in Double: T values each.
extension NoiseSchedule {
  /// Throws `DiffusionError(.badInput)` where a parameter has no sense.
  static func betas(_ schedule: DiffusionSettings.Schedule, steps: Int) throws -> [Double] {
    // What T = 1000 steps add in all, others shall add too.
    let scale = 1000 / Double(steps)
    switch schedule {
    case .linear(let start, let end):
      return linearBetas(steps: steps, start: start ?? scale * 1e-4, end: end ?? scale * 0.02)
    case .scaledLinear(let start, let end):
      return scaledLinearBetas(
        steps: steps, start: start ?? scale * 0.00085, end: end ?? scale * 0.012)
    case .quadratic(let start, let end):
      return scaledLinearBetas(steps: steps, start: start ?? scale * 1e-4, end: end ?? scale * 0.02)
    case .exponential(let start, let end):
      return exponentialBetas(steps: steps, start: start ?? scale * 1e-4, end: end ?? scale * 0.02)
    case .constant(let beta):
      return [Double](repeating: min(beta ?? scale * 0.01, largestBeta), count: steps)
    case .cosine(let offset):
      guard offset.isFinite, offset >= 0 else {
        throw DiffusionError(
          .badInput, "diffusion.schedule.offset is \(offset): a cosine's offset is 0 or more")
      }
      return cosineBetas(steps: steps, offset: offset)
    case .sqrt:
      return betas(steps: steps) { u in 1 - (u + 1e-4).squareRoot() }
    case .sigmoid(let temperature):
      guard temperature.isFinite, temperature > 0 else {
        throw DiffusionError(
          .badInput,
          "diffusion.schedule.temperature is \(temperature): a sigmoid's temperature is above 0")
      }
      return betas(steps: steps) { u in sigmoidAlphaCumprod(u, temperature: temperature) }
    case .betas(let betas):
      guard betas.count == steps else {
        throw DiffusionError(
          .badInput,
          "diffusion.steps is \(steps), and the network's own schedule has \(betas.count) "
            + "betas: set diffusion.schedule.kind too")
      }
      return betas
    case .file(let path):
      let betas = try BetaFile.read(path)
      guard betas.count == steps else {
        throw DiffusionError(
          .badInput,
          "diffusion.steps is \(steps), and \(path) holds \(betas.count) betas: set diffusion.steps: \(betas.count)"
        )
      }
      return betas
    case .laplace(let mean, let scale):
      let alphasCumprod = try laplaceAlphasCumprod(steps: steps, mean: mean, scale: scale)
      return zip(alphasCumprod, [1] + alphasCumprod).map { 1 - $0 / $1 }
    }
  }

  /// β from `start` to `end` in equal steps (Ho 2020), none above `largestBeta`.
  static func linearBetas(steps: Int, start: Double, end: Double) -> [Double] {
    (0..<steps).map { t in
      let share = steps > 1 ? Double(t) / Double(steps - 1) : 0
      return min(start * (1 - share) + end * share, largestBeta)
    }
  }

  /// √β from √`start` to √`end` in equal steps (Rombach 2022, latent diffusion; `quad` of Ho 2020's program), none
  /// above `largestBeta`.
  static func scaledLinearBetas(steps: Int, start: Double, end: Double) -> [Double] {
    let (first, last) = (start.squareRoot(), end.squareRoot())
    return (0..<steps).map { t in
      let share = steps > 1 ? Double(t) / Double(steps - 1) : 0
      let root = first * (1 - share) + last * share
      return min(root * root, largestBeta)
    }
  }

  /// ln β from ln `start` to ln `end` in equal steps, none above `largestBeta`.
  static func exponentialBetas(steps: Int, start: Double, end: Double) -> [Double] {
    (0..<steps).map { t in
      let share = steps > 1 ? Double(t) / Double(steps - 1) : 0
      return min(start * pow(end / start, share), largestBeta)
    }
  }

  /// β = start + (end − start)·σ(u), u from −6 to 6 in equal steps (Xu 2022, GeoDiff): diffusers' `sigmoid`, which is
  /// another schedule than ``sigmoidAlphaCumprod(_:temperature:)``.
  static func sigmoidBetas(steps: Int, start: Double, end: Double) -> [Double] {
    (0..<steps).map { t in
      let u = steps > 1 ? -6 + 12 * Double(t) / Double(steps - 1) : -6
      return start + (end - start) / (1 + exp(-u))
    }
  }

  /// β_t = 1 − f((t+1)/T)/f(t/T), none above `largestBeta`, of a given ᾱ = f(u)/f(0) (Nichol & Dhariwal 2021,
  /// section 3.2).
  static func betas(steps: Int, alphaCumprod f: (_ u: Double) -> Double) -> [Double] {
    (0..<steps).map { t in
      min(1 - f(Double(t + 1) / Double(steps)) / f(Double(t) / Double(steps)), largestBeta)
    }
  }

  /// f(u) = cos²((u+s)/(1+s)·π/2) (Nichol & Dhariwal 2021, eq. 17).
  static func cosineBetas(steps: Int, offset: Double) -> [Double] {
    betas(steps: steps) { u in
      let c = cos((u + offset) / (1 + offset) * .pi / 2)
      return c * c
    }
  }

  /// f(u) = (σ(3/τ) − σ((6u−3)/τ))/(σ(3/τ) − σ(−3/τ)): 1 at u = 0, 0 at u = 1 (Jabri 2022; Chen 2023, from −3 to 3).
  static func sigmoidAlphaCumprod(_ u: Double, temperature: Double) -> Double {
    func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x / temperature)) }
    return (sigmoid(3) - sigmoid(6 * u - 3)) / (sigmoid(3) - sigmoid(-3))
  }

  /// ᾱ = 1/(1 + e^{−λ}) with λ distributed by Laplace: λ(u) = μ − b·sgn(½−u)·ln(1−2·|½−u|) at u = (t+½)/T
  /// (Hang & Gu 2024, table 1).
  static func laplaceAlphasCumprod(
    steps: Int, mean: Double, scale: Double
  ) throws -> [Double] {
    guard mean.isFinite, scale.isFinite, scale > 0 else {
      throw DiffusionError(
        .badInput,
        "diffusion.schedule.mean is \(mean) and scale \(scale): a Laplace schedule's scale is above 0"
      )
    }
    return (0..<steps).map { t in
      let centred = 0.5 - (Double(t) + 0.5) / Double(steps)
      let sign: Double = centred > 0 ? 1 : centred < 0 ? -1 : 0
      let logSNR = mean - scale * sign * log(1 - 2 * abs(centred))
      return 1 / (1 + exp(-logSNR))
    }
  }

  /// √ᾱ shifted so that its last is 0 and scaled so that its first stays (Lin 2023, algorithm 1).
  static func rescaledToZeroSNR(_ alphasCumprod: [Double]) -> [Double] {
    guard let first = alphasCumprod.first?.squareRoot(),
      let last = alphasCumprod.last?.squareRoot(),
      first > last
    else { return alphasCumprod }
    return alphasCumprod.map { alphaCumprod in
      let root = (alphaCumprod.squareRoot() - last) * first / (first - last)
      return root * root
    }
  }
}
