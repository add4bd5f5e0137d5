import Kernels

/// What a network is trained to predict: how its target is made of x_0 and ε, and how both are estimated from its output.
///
/// Each target is linear in x_0 and ε, so that guidance combines outputs as they are.
public enum PredictionTarget: String, Sendable, Hashable, Codable, CaseIterable {
  /// The noise ε (Ho 2020, eq. 14).
  case epsilon

  /// What the network should say of one value.
  func target(x0: Double, noise: Double, at level: NoiseLevel) -> Double {
    switch self {
    case .epsilon: noise
    }
  }

  /// Turns x_0 and ε into x_t and the network's target, in place: as many values each.
  func makeExample(
    x0 x: UnsafeMutableBufferPointer<Float>, noise: UnsafeMutableBufferPointer<Float>,
    at level: NoiseLevel, kernels: KernelSet
  ) {
    switch self {
    case .epsilon: level.addNoise(noise, to: x, kernels: kernels)
    }
  }

  /// x̂_0 and ε̂ of one value of a network's output: together they make up x_t.
  func estimates(
    from output: Double, xt: Double, at level: NoiseLevel
  ) -> (x0: Double, noise: Double) {
    switch self {
    case .epsilon: (level.x0(xt: xt, noise: output), output)
    }
  }
}
