import Foundation

// Samplers of the reverse-time SDE dx = (f·x − g²·∇ ln p)·du + g·dw (Song Y. 2021, eq. 6), whatever the process:
// f·Δu = ln(α_{i+1}/α_i), g²·Δu = α²·(s_i² − s_{i+1}²), ∇ ln p = −ε̂/σ. The step to data is x̂_0, as Tweedie has it, and so
// is that from pure noise, with fresh noise added.

/// Euler and Maruyama's method (Song Y. 2021, section 4.1): weak order 1.
///
/// x ← x + ln(α_{i+1}/α_i)·x + g²·∇ ln p + g·z, noise of one Brownian path.
///
/// - Returns: (N, D).
public func eulerMaruyama<Value>(_ descent: Descent<Value>) throws -> [Value] {
  try descent.walk { x, step in
    let estimate = try descent.estimate(x, at: step.from)
    if let end = descent.end(estimate, step) { return (end, estimate.x0) }
    let (s, t) = (step.from.ratio, step.to.ratio)
    let diffusion = step.from.signal * (s * s - t * t).squareRoot()
    return (
      descent.combine(
        (1 + log(step.to.signal / step.from.signal), x),
        (-diffusion * diffusion / step.from.sigma, estimate.noise),
        (diffusion, descent.normals(.path(from: step.from, to: step.to)))), estimate.x0
    )
  }
}

/// Predictor and corrector (Song Y. 2021, algorithms 2 to 5): reverse diffusion, then Langevin steps at the level it
/// comes to.
///
/// Predictor: x ← (2 − √α')·x + β'·∇ ln p + √β'·z. Corrector: x ← x + ε·∇ ln p + √(2ε)·z with ε = 2α'·(r·‖z‖/‖∇ ln p‖)²,
/// where the paper takes the norms' means over the batch. Of a sample by itself ‖∇ ln p‖ may be next to nothing, and in few
/// dimensions is now and then: such a step leads anywhere. A sample shall not depend on others either, so it is
/// ‖z‖/‖∇ ln p‖ = σ here, the quotient of the roots of E‖z‖² = D and E‖∇ ln q(x | x_0)‖² = D/σ²: ε = 2α'·(r·σ)².
///
/// - Parameters:
///   - signalToNoise: r.
///   - corrections: Langevin steps at each level: one evaluation each.
/// - Returns: (N, D).
public func predictorCorrector<Value>(
  _ descent: Descent<Value>, signalToNoise: Double = 0.16, corrections: Int = 1
) throws -> [Value] {
  try descent.walk { x, step in
    let estimate = try descent.estimate(x, at: step.from)
    if let end = descent.end(estimate, step), step.isToData { return (end, estimate.x0) }
    let (keep, added) = (step.transition.keep, step.transition.added)
    var x =
      descent.end(estimate, step)
      ?? descent.combine(
        (2 - keep.squareRoot(), x), (-added / step.from.sigma, estimate.noise),
        (added.squareRoot(), descent.normals(.path(from: step.from, to: step.to))))
    let ratio = signalToNoise * step.to.sigma
    let size = 2 * keep * ratio * ratio
    for correction in 0..<corrections {
      let noise = try descent.estimate(x, at: step.to).noise
      x = descent.combine(
        (1, x), (-size / step.to.sigma, noise),
        (
          (2 * size).squareRoot(),
          descent.normals(.step(step.place + correction * step.count))
        ))
    }
    return (x, estimate.x0)
  }
}

extension Descent {
  /// The steps that x̂_0 makes alone: to data, and from pure noise; nil of the others.
  fileprivate func end(_ estimate: Estimate<Value>, _ step: Step) -> [Value]? {
    if step.isToData { return move(estimate, to: step.to) }
    guard step.isFromPureNoise else { return nil }
    return combine(
      (step.to.signal, estimate.x0),
      (step.to.sigma, normals(.path(from: step.from, to: step.to))))
  }
}
