/// The best noise predictor there is for data N(m, v) in each element, in closed form: a check on
/// schedules and samplers that needs no training.
///
/// x_t is then N(√ᾱ·m, ᾱ·v + 1 − ᾱ) and its covariance with ε is √(1−ᾱ), so that
/// E[ε | x_t] = √(1−ᾱ_t)·(x_t − √ᾱ_t·m)/(ᾱ_t·v + 1 − ᾱ_t).
public struct ExactGaussian: Sendable {
  /// m, the same for all elements.
  public let mean: Double
  /// v, the same for all elements, which are independent.
  public let variance: Double
  public let schedule: NoiseSchedule

  public init(mean: Double, variance: Double, schedule: NoiseSchedule) {
    self.mean = mean
    self.variance = variance
    self.schedule = schedule
  }

  /// E[ε | x_t]; a `Denoiser`.
  public func denoise(_ x: [Float], timestep: Int, epsilon: inout [Float]) {
    let alphaCumprod = schedule.alphasCumprod[timestep]
    let gain =
      schedule.sqrtOneMinusAlphasCumprod[timestep] / (alphaCumprod * variance + 1 - alphaCumprod)
    let centre = schedule.sqrtAlphasCumprod[timestep] * mean
    for k in x.indices {
      epsilon[k] = Float(gain * (Double(x[k]) - centre))
    }
  }
}
