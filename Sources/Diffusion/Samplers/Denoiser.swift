/// Predicts the process's target (`NoiseSchedule.prediction`) of a batch: reads x at a timestep of the dense process and
/// overwrites `output`, which holds as many values as x.
///
/// The sampler hands over the same array at each step, so that a denoiser need not allocate.
/// Layout and guidance are the denoiser's affair: to a sampler a batch is N samples of D values.
public typealias Denoiser = (_ x: [Float], _ timestep: Int, _ output: inout [Float]) throws -> Void

/// Standard normals for the step at a place in the grid (ascending; the first one visited is n−1).
public typealias NoiseSource = (_ gridIndex: Int, _ z: inout [Float]) -> Void

/// Watches a sampler at work; an error thrown ends the sampling.
public typealias SamplingObserver = (SamplingStep) throws -> Void

/// One step that a sampler has just made.
public struct SamplingStep: Sendable {
  /// 0 for the noisiest step, `count` − 1 for the last.
  public let index: Int
  /// n, the number of steps in all.
  public let count: Int
  /// τ, the timestep the denoiser was asked about.
  public let timestep: Int
  /// (N, D): the batch after the step.
  public let x: [Float]
  /// (N, D): x̂_0 that the step went by, clipped if the sampler clips.
  public let x0: [Float]
}
