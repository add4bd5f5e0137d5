extension NoiseSchedule {
  /// x_t = √ᾱ_t·x_0 + √(1 − ᾱ_t)·ε (Ho 2020, eq. 4), element by element.
  ///
  /// - Parameters:
  ///   - x0: data around [−1, 1], any shape.
  ///   - noise: ε, standard normal, as many values as `x0`.
  ///   - timestep: in 0 ..< T.
  public func addNoise(to x0: [Float], noise: [Float], timestep: Int) -> [Float] {
    precondition(x0.count == noise.count, "\(x0.count) values, \(noise.count) of noise")
    let signal = Float(sqrtAlphasCumprod[timestep])
    let sigma = Float(sqrtOneMinusAlphasCumprod[timestep])
    return zip(x0, noise).map { x, epsilon in signal * x + sigma * epsilon }
  }
}
