/// Heun's second method for the probability-flow ODE (Karras 2022, algorithm 1): order 2, two evaluations a step but for
/// the one to data.
///
/// y ← y + (s_{i+1} − s_i)·(ε̂(y_i, s_i) + ε̂(y', s_{i+1}))/2, y' being Euler's step.
///
/// - Returns: (N, D).
public func heun<Value>(_ descent: Descent<Value>) throws -> [Value] {
  try descent.walk { x, step in
    let estimate = try descent.estimate(x, at: step.from)
    return (try descent.heunStep(x, estimate, from: step.from, to: step.to), estimate.x0)
  }
}

/// Heun's method after some noise is added at each step, so that errors of earlier steps are forgotten (Karras 2022,
/// algorithm 2).
///
/// ŝ = s_i·(1 + γ) with γ = min(churn/n, √2 − 1) where s_i lies within the range, else 0.
///
/// - Parameters:
///   - churn: S_churn; 0 is Heun's method.
///   - range: S_tmin to S_tmax.
///   - noiseScale: S_noise.
/// - Returns: (N, D).
public func edm<Value>(
  _ descent: Descent<Value>, churn: Double, range: ClosedRange<Double> = 0...Double.infinity,
  noiseScale: Double = 1
) throws -> [Value] {
  try descent.walk { x, step in
    let s = step.from.ratio
    let gamma =
      s < .infinity && range.contains(s)
      ? min(churn / Double(step.count), 2.0.squareRoot() - 1) : 0
    guard gamma > 0 else {
      let estimate = try descent.estimate(x, at: step.from)
      return (try descent.heunStep(x, estimate, from: step.from, to: step.to), estimate.x0)
    }
    let higher = descent.process.level(ratio: s * (1 + gamma))
    // ŷ = y + √(ŝ² − s²)·S_noise·z
    let deviation = higher.signal * (higher.ratio * higher.ratio - s * s).squareRoot()
    let noisier = descent.combine(
      (higher.signal / step.from.signal, x),
      (deviation * noiseScale, descent.normals(.step(step.place))))
    let estimate = try descent.estimate(noisier, at: higher)
    return (try descent.heunStep(noisier, estimate, from: higher, to: step.to), estimate.x0)
  }
}

extension Descent {
  fileprivate func heunStep(
    _ x: [Value], _ estimate: Estimate<Value>, from: NoiseLevel, to: NoiseLevel
  ) throws -> [Value] {
    let moved = move(estimate, to: to)
    guard to.sigma > 0, from.signal > 0 else { return moved }
    let next = try self.estimate(moved, at: to)
    let half = to.signal * (to.ratio - from.ratio) / 2
    return combine((to.signal / from.signal, x), (half, estimate.noise), (half, next.noise))
  }
}
