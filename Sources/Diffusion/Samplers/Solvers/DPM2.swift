/// DPM-Solver-2: the probability-flow ODE's midpoint in ln s (Lu 2022, algorithm 1; Karras 2022, table 1's DPM2):
/// order 2, two evaluations a step but for the one to data.
///
/// y ← y + (s_{i+1} − s_i)·ε̂ at √(s_i·s_{i+1}), where Euler leads.
///
/// - Returns: (N, D).
public func dpm2<Value>(_ descent: Descent<Value>) throws -> [Value] {
  try descent.walk { x, step in
    let estimate = try descent.estimate(x, at: step.from)
    guard !step.isToData, !step.isFromPureNoise else {
      return (descent.move(estimate, to: step.to), estimate.x0)
    }
    let noise = try descent.noiseBetween(estimate, from: step.from, to: step.to.ratio)
    return (
      descent.combine(
        (step.to.signal / step.from.signal, x),
        (step.to.signal * (step.to.ratio - step.from.ratio), noise)), estimate.x0
    )
  }
}

/// The same down to s_down of an ancestral step, with fresh noise of one Brownian path.
///
/// - Returns: (N, D).
public func dpm2Ancestral<Value>(_ descent: Descent<Value>) throws -> [Value] {
  try descent.walk { x, step in
    let estimate = try descent.estimate(x, at: step.from)
    guard !step.isToData else { return (descent.move(estimate, to: step.to), estimate.x0) }
    let (down, up) = step.ancestral
    let fresh = descent.normals(.path(from: step.from, to: step.to))
    guard !step.isFromPureNoise else {
      return (descent.combine((step.to.signal, estimate.x0), (step.to.sigma, fresh)), estimate.x0)
    }
    let target = step.to.ratio * down
    let noise = try descent.noiseBetween(estimate, from: step.from, to: target)
    return (
      descent.combine(
        (step.to.signal / step.from.signal, x),
        (step.to.signal * (target - step.from.ratio), noise), (step.to.sigma * up, fresh)),
      estimate.x0
    )
  }
}

extension Descent {
  /// ε̂ half-way in ln s.
  fileprivate func noiseBetween(
    _ estimate: Estimate<Value>, from: NoiseLevel, to ratio: Double
  ) throws -> [Value] {
    let middle = process.level(ratio: (from.ratio * ratio).squareRoot())
    return try self.estimate(move(estimate, to: middle), at: middle).noise
  }
}
