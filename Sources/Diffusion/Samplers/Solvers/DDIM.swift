/// DDIM (Song J. 2021, eq. 12).
///
/// x ← α_{i−1}·x̂_0 + √(σ_{i−1}² − Σ²)·ε̂ + Σ·z, with Σ² = η²·β̃'. η = 0 is deterministic, η = 1 is ancestral sampling
/// with the fixed-small variance. When x̂_0 is clipped, ε̂ is what it leaves of x.
///
/// - Parameter eta: η ≥ 0; noise is asked for where η > 0.
/// - Returns: (N, D).
public func ddim<Value>(_ descent: Descent<Value>, eta: Double = 0) throws -> [Value] {
  try descent.descend { step in
    let variance = eta * eta * step.transition.posteriorVariance
    return ReverseStep(
      x0: step.to.signal,
      epsilon: max(0, step.to.noiseVariance - variance).squareRoot(),
      noise: variance.squareRoot())
  }
}

/// DDIM with η = 0 backwards: from data to the noise that DDIM would draw them from (Song J. 2021, section 5.4).
///
/// The levels ascend: the first is data, and each step asks the denoiser about the level it goes to at the image as it is
/// (x̂_0 and ε̂ hardly change over a small step), as DDIM inversion is done.
///
/// - Parameter descent: `start` is images, `levels` are of rising s.
/// - Returns: (N, D), x at the last level.
public func ddimInversion<Value>(_ descent: Descent<Value>) throws -> [Value] {
  try descent.walk { x, step in
    // Data have no noise to be asked about: their x stands for that of the first level.
    let estimate = try descent.estimate(x, at: step.from.sigma == 0 ? step.to : step.from)
    return (descent.move(estimate, to: step.to), estimate.x0)
  }
}
