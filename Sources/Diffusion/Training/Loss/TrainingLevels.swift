import Foundation
import Kernels

/// The levels of one step's examples: a function of seed, step and position, and, where they follow the losses, of what
/// came before.
struct TrainingLevels: Sendable {
  private let process: NoiseProcess
  private let timesteps: TrainingSettings.Timesteps?
  private let random: CounterRandom
  private let batch: Int
  /// p_t and the sums of p up to and with it, of `loss-aware` where there are losses enough.
  private let probabilities: (each: [Double], sums: [Double])?

  /// - Parameters:
  ///   - timesteps: nil: as the process has it.
  ///   - batch: examples of a step.
  ///   - history: of `loss-aware`.
  init(
    _ timesteps: TrainingSettings.Timesteps?, process: NoiseProcess, random: CounterRandom,
    batch: Int, history: LossHistory? = nil
  ) {
    (self.process, self.random, self.batch) = (process, random, batch)
    self.timesteps = timesteps == process.settings.process.usualTimesteps ? nil : timesteps
    guard timesteps == .lossAware, let each = history?.probabilities() else {
      probabilities = nil
      return
    }
    var sum = 0.0
    probabilities = (
      each,
      each.map {
        sum += $0
        return sum
      }
    )
  }

  /// The level of an example, and how much it counts for having been drawn as often as it is.
  func callAsFunction(position: Int, step: Int) -> (level: NoiseLevel, weight: Double) {
    guard let timesteps else {
      return (process.trainingLevel(random, image: position, step: step), 1)
    }
    func uniform() -> Double {
      Double(random.uniforms(count: 1, image: position, step: step, purpose: .timestep)[0])
    }
    func normal() -> Double {
      Double(random.normals(count: 1, image: position, step: step, purpose: .timestep)[0])
    }
    switch timesteps {
    case .uniform: return (process.uniformLevel(at: uniform()), 1)
    case .stratified:
      return (process.trainedLevel(at: (Double(position) + uniform()) / Double(batch)), 1)
    case .logNormal(let mean, let deviation):
      return (process.level(logRatio: mean + deviation * normal()), 1)
    case .logitNormal(let mean, let deviation):
      return (process.uniformLevel(at: 1 / (1 + exp(-(mean + deviation * normal())))), 1)
    case .lossAware:
      return byLosses(uniform())
        ?? (process.trainingLevel(random, image: position, step: step), 1)
    }
  }

  /// By the losses: the timestep below which a share u of them lies; nil while there are too few.
  func byLosses(_ u: Double) -> (level: NoiseLevel, weight: Double)? {
    guard let probabilities else { return nil }
    let place = u * (probabilities.sums.last ?? 1)
    // The first whose sum is beyond.
    var (low, high) = (0, probabilities.sums.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if probabilities.sums[middle] > place { high = middle } else { low = middle + 1 }
    }
    let share = probabilities.each[low] * Double(probabilities.each.count)
    return (process.level(timestep: low), 1 / share)
  }
}

extension DiffusionSettings.Process {
  /// How levels are drawn where nothing is said of it.
  package var usualTimesteps: TrainingSettings.Timesteps {
    if case .edm = self {
      .logNormal(
        mean: NoiseProcess.edmLogSigma.mean, deviation: NoiseProcess.edmLogSigma.deviation)
    } else {
      .uniform
    }
  }
}

extension NoiseProcess {
  /// The level at u, uniform levels of which are uniform in t or u, also of `edm`.
  fileprivate func uniformLevel(at u: Double) -> NoiseLevel {
    if case .edm = settings.process { return level(at: u) }
    return trainedLevel(at: u)
  }

  /// The level where ln(σ/α) is that; of `vp` the nearest of its table.
  fileprivate func level(logRatio: Double) -> NoiseLevel {
    let level = level(ratio: exp(logRatio))
    return table == nil ? level : self.level(timestep: Int(level.time.rounded()))
  }
}
