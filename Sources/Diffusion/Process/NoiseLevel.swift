import Kernels

/// How much data and how much noise a noisy image is made of: x_t = signal·x_0 + sigma·ε (Ho 2020, eq. 4).
public struct NoiseLevel: Sendable, Hashable {
  /// √ᾱ_t.
  public let signal: Double
  /// √(1 − ᾱ_t).
  public let sigma: Double

  /// x_t of one value.
  func noised(x0: Float, noise: Float) -> Float {
    Float(signal) * x0 + Float(sigma) * noise
  }

  /// The same for buffers of as many values, in place over x_0, with the kernels' fused multiply-adds.
  func addNoise(
    _ noise: UnsafeMutableBufferPointer<Float>, to x0: UnsafeMutableBufferPointer<Float>,
    kernels: KernelSet
  ) {
    guard let x = x0.baseAddress, let noise = noise.baseAddress else { return }
    kernels.blend(x, Float(signal), noise, Float(sigma), into: x, count: x0.count)
  }

  /// The x_0 that x_t holds beside this noise.
  func x0(xt: Double, noise: Double) -> Double { (xt - sigma * noise) / signal }

  /// The noise that x_t holds beside this x_0.
  func noise(xt: Double, x0: Double) -> Double { (xt - signal * x0) / sigma }
}

extension NoiseSchedule {
  /// - Parameter timestep: in 0 ..< T.
  public func level(_ timestep: Int) -> NoiseLevel {
    NoiseLevel(
      signal: sqrtAlphasCumprod[timestep], sigma: sqrtOneMinusAlphasCumprod[timestep])
  }

  /// x_t = √ᾱ_t·x_0 + √(1 − ᾱ_t)·ε (Ho 2020, eq. 4), element by element.
  ///
  /// - Parameters:
  ///   - x0: data around [−1, 1], any shape.
  ///   - noise: ε, standard normal, as many values as `x0`.
  ///   - timestep: in 0 ..< T.
  public func addNoise(to x0: [Float], noise: [Float], timestep: Int) -> [Float] {
    precondition(x0.count == noise.count, "\(x0.count) values, \(noise.count) of noise")
    let level = level(timestep)
    return zip(x0, noise).map { level.noised(x0: $0, noise: $1) }
  }
}
