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
/// norms of each sample by itself (the paper's program takes their means over the batch).
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
    for correction in 0..<corrections {
      let noise = try descent.estimate(x, at: step.to).noise
      let z = descent.normals(.step(step.place + correction * step.count))
      let scores = Value.norms(of: noise, elements: descent.elements)
      let lengths = Value.norms(of: z, elements: descent.elements)
      var next: [Value] = []
      for sample in scores.indices {
        let places = sample * descent.elements..<(sample + 1) * descent.elements
        let ratio = signalToNoise * lengths[sample] * step.to.sigma / max(scores[sample], 1e-30)
        let size = 2 * keep * ratio * ratio
        next += descent.combine(
          (1, Array(x[places])), (-size / step.to.sigma, Array(noise[places])),
          ((2 * size).squareRoot(), Array(z[places])))
      }
      x = next
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
