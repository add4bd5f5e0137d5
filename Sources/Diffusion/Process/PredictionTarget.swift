import Kernels

/// What a network is trained to predict: how its target is made of x_0 and ε, and how both are estimated from its output.
///
/// Each target is linear in x_0 and ε, so that guidance combines outputs as they are. All hold at any level
/// x = α·x_0 + σ·ε of any process; the first three estimate x_0 as the papers have it where α² + σ² = 1, `flow` where
/// α + σ = 1.
public enum PredictionTarget: String, Sendable, Hashable, Codable, CaseIterable {
  /// The noise ε (Ho 2020, eq. 14).
  case epsilon
  /// The data x_0.
  case x0
  /// v = α·ε − σ·x_0 (Salimans & Ho 2022, appendix D).
  case v
  /// The score times σ, σ·∇ ln p(x) = −ε: a plain squared error of it is that of the score weighted by σ² (Song Y. 2021,
  /// eq. 7), whose networks divide by σ at their end.
  case score
  /// The velocity ε − x_0 (Liu 2022, eq. 1; Lipman 2023).
  case flow
  /// F of D(x) = c_skip·x + c_out·F(c_in·x) (Karras 2022, eq. 7), with x/α for x and σ/α for σ.
  case edm

  /// What the network should say of one value.
  /// - Parameter sigmaData: σ_d of `edm`, the standard deviation of the data.
  func target(x0: Double, noise: Double, at level: NoiseLevel, sigmaData: Double) -> Double {
    switch self {
    case .epsilon: noise
    case .x0: x0
    case .v: level.signal * noise - level.sigma * x0
    case .score: -noise
    case .flow: noise - x0
    case .edm:
      // (x_0 − c_skip·x/α)/c_out, where nothing is subtracted that cancels.
      (level.sigma * x0 - sigmaData * sigmaData * level.signal * noise)
        / (sigmaData * level.preconditionedDeviation(sigmaData))
    }
  }

  /// x̂_0 as (x·x_t + output·o)/divisor of what the network says, o: what estimates are made of.
  struct Form: Sendable {
    let x: Double
    let output: Double
    let divisor: Double
    /// o is ε̂ itself; else that is what x̂_0 leaves of x.
    let isNoise: Bool
  }

  func form(at level: NoiseLevel, sigmaData: Double) -> Form {
    let (alpha, sigma) = (level.signal, level.sigma)
    switch self {
    case .epsilon: return Form(x: 1, output: -sigma, divisor: alpha, isNoise: true)
    case .x0: return Form(x: 0, output: 1, divisor: 1, isNoise: false)
    case .v:
      return Form(
        x: alpha, output: -sigma, divisor: level.signalVariance + level.noiseVariance,
        isNoise: false)
    case .score: return Form(x: 1, output: sigma, divisor: alpha, isNoise: false)
    case .flow: return Form(x: 1, output: -sigma, divisor: alpha + sigma, isNoise: false)
    case .edm:
      let deviation = level.preconditionedDeviation(sigmaData)
      return Form(
        x: sigmaData * sigmaData * alpha / (deviation * deviation),
        output: sigmaData * sigma / deviation, divisor: 1, isNoise: false)
    }
  }

  /// x̂_0 and ε̂ of one value of a network's output: together they make up x.
  func estimates(
    from output: Double, xt: Double, at level: NoiseLevel, sigmaData: Double
  ) -> (x0: Double, noise: Double) {
    let form = form(at: level, sigmaData: sigmaData)
    let x0 = (form.x * xt + form.output * output) / form.divisor
    return (x0, form.isNoise ? output : level.noise(xt: xt, x0: x0))
  }

  /// Turns x_0 and ε into what the network sees and its target, in place: as many values each.
  func makeExample(
    x0 x: UnsafeMutableBufferPointer<Float>, noise: UnsafeMutableBufferPointer<Float>,
    at level: NoiseLevel, sigmaData: Double, kernels: KernelSet
  ) {
    if self == .epsilon {
      level.addNoise(noise, to: x, kernels: kernels)
      return
    }
    let scale = Float(inputScale(at: level, sigmaData: sigmaData))
    for i in x.indices {
      let (x0, epsilon) = (x[i], noise[i])
      x[i] = scale * level.noised(x0: x0, noise: epsilon)
      noise[i] = Float(
        target(x0: Double(x0), noise: Double(epsilon), at: level, sigmaData: sigmaData))
    }
  }

  /// What x is multiplied by before the network sees it: c_in of `edm`, 1 of the others.
  func inputScale(at level: NoiseLevel, sigmaData: Double) -> Double {
    self == .edm ? 1 / level.preconditionedDeviation(sigmaData) : 1
  }

  /// Whether x̂_0 follows from it where nothing is left of the data (α = 0).
  public var survivesPureNoise: Bool { self != .epsilon && self != .score }
}

extension NoiseLevel {
  /// √(σ² + α²·σ_d²): the standard deviation of x over data of standard deviation σ_d.
  fileprivate func preconditionedDeviation(_ sigmaData: Double) -> Double {
    (noiseVariance + signalVariance * sigmaData * sigmaData).squareRoot()
  }
}
