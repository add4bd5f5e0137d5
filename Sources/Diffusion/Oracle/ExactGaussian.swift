/// The best predictor there is for data N(m, v) in each element, in closed form: a check on
/// schedules and samplers that needs no training.
///
/// x = α·x_0 + σ·ε is then N(α·m, α²·v + σ²) and its covariance with ε is σ, so that
/// E[ε | x] = σ·(x − α·m)/(α²·v + σ²), and what that leaves of x is E[x_0 | x].
public struct ExactGaussian: Sendable {
  /// m, the same for all elements.
  public let mean: Double
  /// v, the same for all elements, which are independent.
  public let variance: Double
  /// The process whose x it is asked about.
  public let process: NoiseProcess

  /// A predictor for data N(mean, variance) in each element.
  public init(mean: Double, variance: Double, process: NoiseProcess) {
    self.mean = mean
    self.variance = variance
    self.process = process
  }

  /// The expected target given x; a `Denoiser`.
  public func denoise<Value: SampleValue>(
    _ x: [Value], at level: NoiseLevel, output: inout [Value]
  ) {
    let power = level.signalVariance
    let spread =
      level.preservesVariance
      ? power * variance + 1 - power : power * variance + level.noiseVariance
    let gain = level.sigma / spread
    let centre = level.signal * mean
    for k in x.indices {
      let xt = Double(x[k])
      let noise = gain * (xt - centre)
      // Where nothing is left of the data, its mean is all there is to say.
      let x0 = power > 0 ? level.x0(xt: xt, noise: noise) : mean
      output[k] = Value(
        process.prediction.target(
          x0: x0, noise: noise, at: level, sigmaData: process.sigmaData))
    }
  }
}
