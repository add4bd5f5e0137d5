/// Predicts the process's target (`NoiseProcess.prediction`) of a batch: reads x at a level and overwrites `output`,
/// which holds as many values as x; of a process with learned variances (`DiffusionSettings.Variance`) twice as many may be
/// asked for, the second half for what is said of the variances.
///
/// The sampler hands over the same array at each step, so that a denoiser need not allocate.
/// Layout and guidance are the denoiser's affair: to a sampler a batch is N samples of D values.
public typealias Denoiser<Value> =
  (_ x: [Value], _ level: NoiseLevel, _ output: inout [Value]) throws -> Void

/// Which standard normals a sampler asks for.
public enum NoiseDraw: Sendable, Hashable {
  /// Its own for each number; the steps of a sampler count down to 0, the last.
  case step(Int)
  /// What one Brownian path of each sample does from one level to a cleaner one, over the root of its clock's time: more
  /// steps refine the same path.
  case path(from: NoiseLevel, to: NoiseLevel)
}

/// Standard normals: overwrites z, N samples of D values.
public typealias NoiseSource = (_ draw: NoiseDraw, _ z: inout [Float]) -> Void

/// Watches a sampler at work; an error thrown ends the sampling.
public typealias SamplingObserver = (SamplingStep) throws -> Void

/// One step that a sampler has just made.
public struct SamplingStep: Sendable {
  /// 0 for the noisiest step, `count` − 1 for the last.
  public let index: Int
  /// n, the number of steps.
  public let count: Int
  /// The level that the step began at.
  public let level: NoiseLevel
  /// Network evaluations so far.
  public let evaluations: Int
  /// (N, D): the batch after the step.
  public let x: [Float]
  /// (N, D): x̂_0 that the step went by, clipped if the sampler clips.
  public let x0: [Float]
}

/// How far x̂_0 may go.
public enum EstimateLimit: Sendable, Hashable {
  /// Anywhere.
  case none
  /// Held within [−range, range].
  case clip(range: Double)
  /// Within the given quantile of a sample's |x̂_0|, and that scaled to 1 where it is larger (Saharia 2022, section 2.3).
  case dynamic(quantile: Double)

  /// Of a fixed range, the same for all samples.
  var range: Double? { if case .clip(let range) = self { range } else { nil } }
}
