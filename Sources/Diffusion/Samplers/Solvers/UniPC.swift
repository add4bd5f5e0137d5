import Foundation

/// UniPC (Zhao 2023, algorithms 1 and 2) of x̂_0 with B(h) = e^h − 1 (bh2): a predictor of order p, and a corrector that
/// makes it p + 1 with the next step's evaluation, so that one a step is enough. The last steps to data are of lower
/// orders, down to 1.
///
/// - Parameter order: p, 1 to 3.
/// - Returns: (N, D).
public func uniPC<Value>(_ descent: Descent<Value>, order: Int = 2) throws -> [Value] {
  // The last levels' x̂_0, the newest first.
  var history: [(x0: [Value], logRatio: Double)] = []
  var last: (x: [Value], step: Descent<Value>.Step, order: Int)?
  return try descent.walk { x, step in
    let x0 = try descent.denoised(x, at: step.from)
    var x = x
    if let last, !last.step.isFromPureNoise {
      x = descent.uniformStep(
        last.x, last.step, history, order: last.order, corrected: x0)
    }
    history = [(x0, step.from.logRatio)] + history.prefix(order - 1)
    if history.count > 1, history[1].logRatio == .infinity { history = [history[0]] }
    let left = descent.endsAtData ? step.place + 1 : order
    let order = min(order, left, history.count)
    last = (x, step, order)
    return (descent.uniformStep(x, step, history, order: order, corrected: nil), x0)
  }
}

extension Descent {
  /// UniP, or UniC where x̂_0 at the end of the step is known.
  ///
  /// x ← σ_{i+1}/σ_i·x + α_{i+1}·(1 − e^{−h})·(x̂_i + Σ_k ρ_k·(x̂_k − x̂_i)/r_k) with R·ρ = b (Zhao 2023, eq. 5, 10 and
  /// theorem 3.1).
  fileprivate func uniformStep(
    _ x: [Value], _ step: Step, _ history: [(x0: [Value], logRatio: Double)], order: Int,
    corrected: [Value]?
  ) -> [Value] {
    let h = step.transition.logStep
    let current = history[0]
    // r_k = (ℓ_{i−k} − ℓ_i)/h, ℓ = −ln s; 1 at the end of the step.
    var nodes = history[1..<max(1, order)].map {
      (r: (current.logRatio - $0.logRatio) / h, x0: $0.x0)
    }
    if let corrected { nodes.append((1, corrected)) }
    let weights = Self.uniformWeights(nodes.map(\.r), h: h)
    var ofCurrent = 1.0
    var terms: [(Double, [Value])] = []
    for (node, weight) in zip(nodes, weights) {
      ofCurrent -= weight / node.r
      terms.append((step.gain * weight / node.r, node.x0))
    }
    return Value.combine(
      [(step.to.sigma / step.from.sigma, x), (step.gain * ofCurrent, current.x0)] + terms)
  }

  /// ρ: one node has ½ whatever h (Zhao 2023, section 3.3).
  private static func uniformWeights(_ r: [Double], h: Double) -> [Double] {
    guard r.count > 1 else { return r.isEmpty ? [] : [0.5] }
    // b_n = n!·h·φ_{n+1}(h)/B(h), with −h for h as x̂_0 has it.
    var phi = expm1(-h) / -h - 1
    var factorial = 1.0
    var rows: [[Double]] = []
    for n in 0..<r.count {
      rows.append(r.map { pow($0, Double(n)) } + [phi * factorial / expm1(-h)])
      factorial *= Double(n + 2)
      phi = phi / -h - 1 / factorial
    }
    return solved(rows)
  }

  /// The solution of a few linear equations, each row its coefficients and what they make.
  private static func solved(_ equations: [[Double]]) -> [Double] {
    var rows = equations
    let count = rows.count
    for column in 0..<count {
      let pivot = (column..<count).max { abs(rows[$0][column]) < abs(rows[$1][column]) } ?? column
      rows.swapAt(column, pivot)
      for row in 0..<count where row != column {
        let factor = rows[row][column] / rows[column][column]
        for k in column...count { rows[row][k] -= factor * rows[column][k] }
      }
    }
    return (0..<count).map { rows[$0][count] / rows[$0][$0] }
  }
}
