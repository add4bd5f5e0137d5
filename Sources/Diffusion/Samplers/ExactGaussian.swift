/// The best predictor there is for data N(m, v) in each element, in closed form: a check on
/// schedules and samplers that needs no training.
///
/// x_t is then N(√ᾱ·m, ᾱ·v + 1 − ᾱ) and its covariance with ε is √(1−ᾱ), so that
/// E[ε | x_t] = √(1−ᾱ_t)·(x_t − √ᾱ_t·m)/(ᾱ_t·v + 1 − ᾱ_t), and what that leaves of x_t is E[x_0 | x_t].
public struct ExactGaussian: Sendable {
  /// m, the same for all elements.
  public let mean: Double
  /// v, the same for all elements, which are independent.
  public let variance: Double
  /// The process whose x_t it is asked about.
  public let schedule: NoiseSchedule

  /// A predictor for data N(mean, variance) in each element.
  public init(mean: Double, variance: Double, schedule: NoiseSchedule) {
    self.mean = mean
    self.variance = variance
    self.schedule = schedule
  }

  /// The expected target given x_t; a `Denoiser`.
  public func denoise(_ x: [Float], timestep: Int, output: inout [Float]) {
    let alphaCumprod = schedule.alphasCumprod[timestep]
    let level = schedule.level(timestep)
    let gain = level.sigma / (alphaCumprod * variance + 1 - alphaCumprod)
    let centre = level.signal * mean
    for k in x.indices {
      let xt = Double(x[k])
      let noise = gain * (xt - centre)
      output[k] = Float(
        schedule.prediction.target(x0: level.x0(xt: xt, noise: noise), noise: noise, at: level))
    }
  }
}
