import Foundation

/// Adams and Bashforth's method on uneven steps: ε̂ as a polynomial in s through the last levels, integrated over the step
/// (Liu 2022, PNDM, section 3.2, after Adams; in s as Karras 2022 has the ODE).
///
/// y ← y + Σ_j ∫ L_j(s) ds·ε̂_{i−j}: one evaluation a step; orders 1, 2, … as it starts.
///
/// - Parameter order: evaluations that a step looks back on, 1 to 4.
/// - Returns: (N, D).
public func lms<Value>(_ descent: Descent<Value>, order: Int = 4) throws -> [Value] {
  try multistep(descent, order: order) { knots, from, to in
    Lagrange.integrals(knots: knots, from: from, to: to)
  }
}

/// DEIS: the same with the polynomial in ln s (Zhang & Chen 2023, section 3.3, tAB-DEIS in log ρ), the last step to data
/// of order 1.
///
/// - Parameter order: evaluations that a step looks back on, 1 to 3.
/// - Returns: (N, D).
public func deis<Value>(_ descent: Descent<Value>, order: Int = 2) throws -> [Value] {
  try multistep(descent, order: order) { knots, from, to in
    guard to > 0 else { return [to - from] }
    // ds = e^w·dw, w = ln s.
    return Lagrange.integrals(
      knots: knots.map { log($0) }, from: log(from), to: log(to), weight: { exp($0) })
  }
}

/// - Parameter integrals: of Lagrange's polynomials through the knots s_i, s_{i−1} …, from s_i to s_{i+1}; fewer are of a
///   lower order.
private func multistep<Value>(
  _ descent: Descent<Value>, order: Int,
  integrals: (_ knots: [Double], _ from: Double, _ to: Double) -> [Double]
) throws -> [Value] {
  var history: [(s: Double, noise: [Value])] = []
  return try descent.walk { x, step in
    let estimate = try descent.estimate(x, at: step.from)
    guard !step.isFromPureNoise else { return (descent.move(estimate, to: step.to), estimate.x0) }
    history = [(step.from.ratio, estimate.noise)] + history.prefix(order - 1)
    let weights = integrals(history.map(\.s), step.from.ratio, step.to.ratio)
    var terms = [(step.to.signal / step.from.signal, x)]
    for (weight, past) in zip(weights, history) {
      terms.append((step.to.signal * weight, past.noise))
    }
    return (Value.combine(terms), estimate.x0)
  }
}
