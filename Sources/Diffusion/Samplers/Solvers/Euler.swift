/// Euler's method for the probability-flow ODE dy = ε̂·ds, y = x/α (Karras 2022, eq. 1 and 4): order 1.
///
/// x ← α_{i+1}·x̂_0 + σ_{i+1}·ε̂, which is DDIM's step of η = 0, whatever the process.
///
/// - Returns: (N, D).
public func euler<Value>(_ descent: Descent<Value>) throws -> [Value] {
  try descent.descend { step in ReverseStep(x0: step.to.signal, epsilon: step.to.sigma) }
}

/// Euler's method with part of the noise made anew: down to s_down, and up again with fresh noise (Karras 2022,
/// section 4, of Song J. 2021's η = 1).
///
/// s_down = s_{i+1}²/s_i and s_up² = s_{i+1}² − s_down²: the mean and variance of an ancestral step, with noise of one
/// Brownian path.
///
/// - Returns: (N, D).
public func eulerAncestral<Value>(_ descent: Descent<Value>) throws -> [Value] {
  try descent.walk { x, step in
    let estimate = try descent.estimate(x, at: step.from)
    let (down, up) = step.ancestral
    guard up > 0 else { return (descent.move(estimate, to: step.to), estimate.x0) }
    return (
      descent.combine(
        (step.to.signal, estimate.x0), (step.to.sigma * down, estimate.noise),
        (step.to.sigma * up, descent.normals(.path(from: step.from, to: step.to)))), estimate.x0
    )
  }
}

extension Descent.Step {
  /// s_down and s_up of an ancestral step as shares of s_{i+1}: the squares add up to 1.
  var ancestral: (down: Double, up: Double) {
    let down = isToData ? 0 : transition.ratio
    return (down, isToData ? 0 : (1 - down * down).squareRoot())
  }
}
