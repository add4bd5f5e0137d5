import Foundation
import Kernels

/// How data become noise, level by level, and what networks of it are trained to predict: what training, sampling and
/// measures read of the `diffusion` section.
///
/// `vp` is a table of T levels; between them ln s is interpolated over t. The others are continuous in u, from data at
/// 0 to noise at 1.
public struct NoiseProcess: Sendable, Hashable {
  /// What it was made of; a schedule's file is read.
  public let settings: DiffusionSettings
  /// The T levels of `vp`; nil of a continuous process.
  public let table: NoiseSchedule?
  /// ln s of the table, ascending.
  private let tableLogRatios: [Double]

  /// What networks are trained to predict.
  public var prediction: PredictionTarget { settings.prediction }
  /// Which variance the reverse process draws its noise with.
  public var variance: DiffusionSettings.Variance { settings.variance }

  /// - Throws: `DiffusionError(.badInput)` where the settings have no sense.
  public init(_ settings: DiffusionSettings) throws {
    let settings = try settings.read()
    self.settings = settings
    guard case .vp = settings.process else {
      (table, tableLogRatios) = (nil, [])
      try Self.check(settings.process)
      if level(at: 1).signal == 0, !settings.prediction.survivesPureNoise {
        throw DiffusionError(
          .badInput,
          "diffusion.prediction is \(settings.prediction.rawValue), which says nothing of x0 = (x − σ·ε)/α where "
            + "\(settings.process.kind) begins, at α = 0: take v, x0 or flow")
      }
      return
    }
    let table = try NoiseSchedule(settings)
    self.table = table
    tableLogRatios = table.steps > 0 ? (0..<table.steps).map { table.level($0).logRatio } : []
    if table.alphasCumprod.last == 0, !settings.prediction.survivesPureNoise {
      throw DiffusionError(
        .badInput,
        "diffusion.prediction is \(settings.prediction.rawValue), which says nothing of x0 at zero terminal SNR: "
          + "x0 = (x − σ·ε)/α and α = 0 there; take v or x0, or leave rescale_zero_snr out")
    }
  }

  /// The process of a table.
  public init(_ table: NoiseSchedule, prediction: PredictionTarget = .epsilon) throws {
    try self.init(
      DiffusionSettings(
        steps: table.steps, schedule: .betas(table.betas), prediction: prediction))
  }

  private static func check(_ process: DiffusionSettings.Process) throws {
    func refuse(_ what: String) -> DiffusionError { DiffusionError(.badInput, "diffusion.\(what)") }
    func ascend(_ low: Double, _ high: Double, _ names: String) throws {
      guard low > 0, high > low, high.isFinite else {
        throw refuse("\(names) are \(low) and \(high): above 0, and the first below the second")
      }
    }
    switch process {
    case .vp, .trig: break
    case .subVP(let low, let high): try ascend(low, high, "beta_min and beta_max")
    case .ve(let low, let high): try ascend(low, high, "sigma_min and sigma_max")
    case .edm(let data, let low, let high, let rho):
      try ascend(low, high, "sigma_min and sigma_max")
      guard data > 0, data.isFinite else { throw refuse("sigma_data is \(data): it is above 0") }
      guard rho > 0, rho.isFinite else { throw refuse("rho is \(rho): it is above 0") }
    case .flow(let shift):
      guard shift > 0, shift.isFinite else { throw refuse("shift is \(shift): it is above 0") }
    }
  }

  /// σ_d of the target `edm`.
  public var sigmaData: Double {
    if case .edm(let sigmaData, _, _, _) = settings.process { sigmaData } else { 0.5 }
  }

  /// The smallest u that a sampler visits, where u = 0 is data without noise; the largest is 1.
  static let smallestSampled = 1e-3

  /// What the times that networks hear go up to: the small U-Net's `linear` embedding divides by it.
  public var timeSpan: Double { settings.timeSpan }

  // MARK: Levels

  /// Of `vp`, by its table.
  /// - Parameter timestep: in 0 ..< T.
  public func level(timestep: Int) -> NoiseLevel {
    guard let table else { return level(at: Double(timestep) / Double(max(settings.steps - 1, 1))) }
    return table.level(timestep)
  }

  /// The level at u in [0, 1], from data to noise; of `vp` u·(T−1) is the timestep.
  public func level(at u: Double) -> NoiseLevel {
    switch settings.process {
    case .vp: return level(timestep: u * Double(tableLogRatios.count - 1))
    case .subVP(let low, let high):
      // α = e^{−B/2}, σ = 1 − e^{−B}; expm1 keeps what little noise there is near 0.
      let b = u * low + u * u * (high - low) / 2
      return NoiseLevel(signal: exp(-b / 2), sigma: -expm1(-b), time: 1000 * u)
    case .ve(let low, let high):
      let sigma = low * pow(high / low, u)
      return NoiseLevel(signal: 1, sigma: sigma, time: log(sigma))
    case .edm(_, let low, let high, let rho):
      let (first, last) = (pow(low, 1 / rho), pow(high, 1 / rho))
      let sigma = pow(first + u * (last - first), rho)
      return NoiseLevel(signal: 1, sigma: sigma, time: log(sigma) / 4)
    case .flow(let shift):
      let shifted = shift * u / (1 + (shift - 1) * u)
      return NoiseLevel(signal: 1 - shifted, sigma: shifted, time: 1000 * shifted)
    case .trig:
      // No library's cosine of π/2 is 0.
      return NoiseLevel(
        signal: u == 1 ? 0 : cos(u * .pi / 2), sigma: sin(u * .pi / 2), time: 1000 * u)
    }
  }

  /// Of `vp` between two timesteps of the table: ln s interpolated.
  private func level(timestep: Double) -> NoiseLevel {
    let below = min(max(Int(timestep), 0), tableLogRatios.count - 1)
    let share = timestep - Double(below)
    guard share > 0, below + 1 < tableLogRatios.count else { return level(timestep: below) }
    let logRatio =
      tableLogRatios[below] + share * (tableLogRatios[below + 1] - tableLogRatios[below])
    return NoiseLevel(logRatio: logRatio, time: timestep)
  }

  /// The level whose σ/α is s: what samplers ask for between two of their own. Beyond the ends of `vp`'s table the
  /// network hears of the end.
  /// - Parameter ratio: s ≥ 0; ∞ is pure noise.
  public func level(ratio s: Double) -> NoiseLevel {
    switch settings.process {
    case .vp:
      if s == 0 { return .data }
      return NoiseLevel(logRatio: log(s), time: timestep(logRatio: log(s)))
    case .subVP(let low, let high):
      // s = 2·sinh(B/2), and B is a quadratic in u.
      let b = 2 * asinh(s / 2)
      let slope = high - low
      let u = 2 * b / (low + (low * low + 2 * slope * b).squareRoot())
      return NoiseLevel(signal: exp(-b / 2), sigma: -expm1(-b), time: 1000 * u)
    case .ve: return NoiseLevel(signal: 1, sigma: s, time: log(s))
    case .edm: return NoiseLevel(signal: 1, sigma: s, time: log(s) / 4)
    case .flow:
      guard s < .infinity else { return NoiseLevel(signal: 0, sigma: 1, time: 1000) }
      return NoiseLevel(signal: 1 / (1 + s), sigma: s / (1 + s), time: 1000 * s / (1 + s))
    case .trig:
      guard s < .infinity else { return NoiseLevel(signal: 0, sigma: 1, time: 1000) }
      let length = (1 + s * s).squareRoot()
      return NoiseLevel(
        signal: 1 / length, sigma: s / length, time: 1000 * atan(s) * 2 / .pi)
    }
  }

  /// t of `vp` where ln s is that.
  private func timestep(logRatio: Double) -> Double {
    guard let first = tableLogRatios.first, let last = tableLogRatios.last, logRatio > first else {
      return 0
    }
    guard logRatio < last else { return Double(tableLogRatios.count - 1) }
    // The last that lies at or below.
    var (low, high) = (0, tableLogRatios.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if tableLogRatios[middle] <= logRatio { low = middle } else { high = middle }
    }
    let width = tableLogRatios[high] - tableLogRatios[low]
    return Double(low) + (width > 0 ? (logRatio - tableLogRatios[low]) / width : 0)
  }

  /// What to call a level in a picture: t of `vp`, of the others σ to two digits after the point.
  package func name(_ level: NoiseLevel) -> String {
    if table != nil { return "t=\(Int(level.time.rounded()))" }
    let hundredths = (level.sigma * 100).rounded() / 100
    return "σ=\(hundredths > 0 ? hundredths : level.sigma)"
  }

  /// What standard normals are multiplied by to be x at the level where sampling starts: 1 of processes that end in
  /// the standard normal, σ of those that do not.
  func startScale(at level: NoiseLevel) -> Double {
    switch settings.process {
    case .vp, .trig: 1
    case .subVP, .ve, .edm, .flow: level.sigma
    }
  }

  /// ln s from the cleanest level that samplers visit to the noisiest that is not pure noise.
  var logRatios: ClosedRange<Double> {
    switch settings.process {
    case .vp:
      let last = tableLogRatios.last { $0 < .infinity } ?? 0
      return min(tableLogRatios.first ?? 0, last - 1)...last
    case .ve, .edm: return level(at: 0).logRatio...level(at: 1).logRatio
    case .subVP, .flow, .trig:
      let (low, high) = (Self.smallestSampled, 1 - Self.smallestSampled)
      return level(at: low).logRatio...level(at: high).logRatio
    }
  }

  // MARK: Training

  /// Mean and deviation of ln σ in training `edm` (Karras 2022, table 1).
  static let edmLogSigma = (mean: -1.2, deviation: 1.2)
  /// Below it `sub-vp` has hardly any noise to predict (Song Y. 2021, appendix C).
  static let smallestTrained = 1e-5

  /// The level of one example: a timestep of `vp`, u of the others, ln σ of `edm` normal.
  func trainingLevel(_ random: CounterRandom, image: Int, step: Int) -> NoiseLevel {
    if let table {
      return table.level(
        random.integer(below: table.steps, image: image, step: step, purpose: .timestep))
    }
    if case .edm = settings.process {
      let normal = random.normals(count: 1, image: image, step: step, purpose: .timestep)[0]
      return edmLevel(normal: Double(normal))
    }
    let u = random.uniforms(count: 1, image: image, step: step, purpose: .timestep)[0]
    return trainedLevel(at: Double(u))
  }

  /// The level below which a share u of training's levels lies: u uniform gives their distribution.
  func trainedLevel(at u: Double) -> NoiseLevel {
    switch settings.process {
    case .vp: level(timestep: min(Int(u * Double(tableLogRatios.count)), tableLogRatios.count - 1))
    case .edm: edmLevel(normal: Self.normalQuantile(u))
    case .subVP: level(at: Self.smallestTrained + (1 - Self.smallestTrained) * u)
    case .ve, .flow, .trig: level(at: u)
    }
  }

  private func edmLevel(normal: Double) -> NoiseLevel {
    let logSigma = Self.edmLogSigma.mean + Self.edmLogSigma.deviation * normal
    return NoiseLevel(signal: 1, sigma: exp(logSigma), time: logSigma / 4)
  }

  /// The standard normal's quantile, by Newton's method on erfc.
  private static func normalQuantile(_ p: Double) -> Double {
    var z = 0.0
    for _ in 0..<60 {
      let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
      let step = (erfc(-z / 2.0.squareRoot()) / 2 - p) / max(density, 1e-300)
      z -= max(-1, min(1, step))
      if abs(step) < 1e-14 { break }
    }
    return z
  }
}

extension DiffusionSettings {
  /// What the times that networks hear go up to: T, 1000 where they hear 1000·u, 1 where they hear a logarithm.
  var timeSpan: Double {
    switch process {
    case .vp: Double(steps)
    case .subVP, .flow, .trig: 1000
    case .ve, .edm: 1
    }
  }
}

extension NoiseLevel {
  /// Of a variance-preserving process where ln(σ/α) is that.
  fileprivate init(logRatio: Double, time: Double) {
    self.init(alphaCumprod: 1 / (1 + exp(2 * logRatio)), time: time)
  }
}
