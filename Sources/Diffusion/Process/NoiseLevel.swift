import Foundation
import Kernels

/// How much data and how much noise a noisy image is made of, x = α·x_0 + σ·ε, and what the network is told of it.
///
/// All samplers go by levels, and so work with every process. Where α > 0 they see the same equation whatever the
/// process: of y = x/α at the ratio s = σ/α (Karras 2022, section 3).
public struct NoiseLevel: Sendable, Hashable {
  /// α; √ᾱ_t of a variance-preserving process.
  public let signal: Double
  /// σ; √(1 − ᾱ_t) of a variance-preserving process.
  public let sigma: Double
  /// What the network hears: t, ln σ, ¼·ln σ or 1000·u, as its process has it.
  public let time: Double
  /// α².
  let signalVariance: Double
  /// σ².
  let noiseVariance: Double
  /// α² + σ² = 1 by construction.
  let preservesVariance: Bool

  /// A level of any process.
  public init(signal: Double, sigma: Double, time: Double) {
    self.signal = signal
    self.sigma = sigma
    self.time = time
    signalVariance = signal * signal
    noiseVariance = sigma * sigma
    preservesVariance = false
  }

  /// A level of a variance-preserving process: α² = ᾱ, σ² = 1 − ᾱ.
  public init(alphaCumprod: Double, time: Double) {
    signal = alphaCumprod.squareRoot()
    sigma = (1 - alphaCumprod).squareRoot()
    self.time = time
    signalVariance = alphaCumprod
    noiseVariance = 1 - alphaCumprod
    preservesVariance = true
  }

  /// Data without noise: where every sampler ends unless it is told otherwise. No network is asked about it.
  public static let data = NoiseLevel(alphaCumprod: 1, time: 0)

  /// s = σ/α, the σ of Karras 2022; ∞ where nothing is left of the data.
  public var ratio: Double {
    preservesVariance ? ((1 - signalVariance) / signalVariance).squareRoot() : sigma / signal
  }

  /// ln s = −λ/2, half of the negative log-SNR.
  var logRatio: Double { log(ratio) }

  /// x of one value.
  func noised(x0: Float, noise: Float) -> Float {
    Float(signal) * x0 + Float(sigma) * noise
  }

  /// x of as many values of x_0 and ε.
  public func addNoise(to x0: [Float], noise: [Float]) -> [Float] {
    precondition(x0.count == noise.count, "\(x0.count) values, \(noise.count) of noise")
    return zip(x0, noise).map { noised(x0: $0, noise: $1) }
  }

  /// The same for buffers of as many values, in place over x_0, with the kernels' fused multiply-adds.
  func addNoise(
    _ noise: UnsafeMutableBufferPointer<Float>, to x0: UnsafeMutableBufferPointer<Float>,
    kernels: KernelSet
  ) {
    guard let x = x0.baseAddress, let noise = noise.baseAddress else { return }
    kernels.blend(x, Float(signal), noise, Float(sigma), into: x, count: x0.count)
  }

  /// The x_0 that x holds beside this noise.
  func x0(xt: Double, noise: Double) -> Double { (xt - sigma * noise) / signal }

  /// The noise that x holds beside this x_0.
  func noise(xt: Double, x0: Double) -> Double { (xt - signal * x0) / sigma }
}

extension NoiseSchedule {
  /// - Parameter timestep: in 0 ..< T.
  public func level(_ timestep: Int) -> NoiseLevel {
    NoiseLevel(alphaCumprod: alphasCumprod[timestep], time: Double(timestep))
  }

  /// x_t = √ᾱ_t·x_0 + √(1 − ᾱ_t)·ε (Ho 2020, eq. 4), element by element.
  ///
  /// - Parameters:
  ///   - x0: data around [−1, 1], any shape.
  ///   - noise: ε, standard normal, as many values as `x0`.
  ///   - timestep: in 0 ..< T.
  public func addNoise(to x0: [Float], noise: [Float], timestep: Int) -> [Float] {
    level(timestep).addNoise(to: x0, noise: noise)
  }
}
