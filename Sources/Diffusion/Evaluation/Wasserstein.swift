import Foundation

/// Distances of optimal transport with squared cost: W₂(p, q)² = min E|x − y|² over all joint distributions of p and q.
enum Wasserstein {
  /// W₂² of two sets of numbers, exactly: the plan pairs equal quantiles (Villani 2003, theorem 2.18).
  ///
  /// - Parameters: sorted upwards, none empty; their counts may differ.
  static func squared(_ x: [Double], _ y: [Double]) -> Double {
    if x.count == y.count {
      return zip(x, y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Double(x.count)
    }
    // Both as steps over 0 … 1: x's i-th reaches to (i + 1)/n, in units of 1/(n·m).
    var (i, j, place, sum) = (0, 0, 0, 0.0)
    while i < x.count, j < y.count {
      let end = min((i + 1) * y.count, (j + 1) * x.count)
      sum += Double(end - place) * (x[i] - y[j]) * (x[i] - y[j])
      place = end
      if end == (i + 1) * y.count { i += 1 }
      if end == (j + 1) * x.count { j += 1 }
    }
    return sum / Double(x.count * y.count)
  }

  /// W₂² of a set of numbers and a mixture of Gaussians in one dimension, exactly: the i-th of n numbers is the image of
  /// the mixture between its quantiles i/n and (i + 1)/n, so that
  /// W₂² = (1/n)·Σ x_i² + E[y²] − 2·Σ x_i·E[y; q_i < y < q_{i+1}].
  ///
  /// - Parameter x: sorted upwards, not empty.
  static func squared(_ x: [Double], to mixture: MixtureParameters) -> Double {
    precondition(mixture.dimensions == 1)
    var squares = 0.0
    var products = 0.0
    var before = 0.0
    for (i, value) in x.enumerated() {
      squares += value * value
      let quantile = mixture.quantile(Double(i + 1) / Double(x.count))
      let moment = mixture.partialMean(below: quantile)
      products += value * (moment - before)
      before = moment
    }
    let second = mixture.variance[0] + mixture.mean[0] * mixture.mean[0]
    return max(0, squares / Double(x.count) + second - 2 * products)
  }

  // MARK: Sliced

  /// SW₂² = the mean over directions θ of W₂² of the projections ⟨θ, x⟩ and ⟨θ, y⟩ (Bonneel et al. 2015).
  ///
  /// - Parameters:
  ///   - projections: of one set, as ``projected(_:onto:)`` gives them.
  ///   - others: of the other.
  static func slicedSquared(_ projections: [[Double]], _ others: [[Double]]) -> Double {
    zip(projections, others).reduce(0) { $0 + squared($1.0, $1.1) } / Double(projections.count)
  }

  /// - Parameters:
  ///   - points: (N, D).
  ///   - directions: (L) of D each.
  /// - Returns: (L) of N each, sorted; empty if a point is not finite.
  static func projected(_ points: [Float], onto directions: [[Double]]) -> [[Double]] {
    guard points.allSatisfy(\.isFinite) else { return [] }
    return directions.map { direction in
      let count = points.count / direction.count
      var projections = [Double](repeating: 0, count: count)
      for row in 0..<count {
        var sum = 0.0
        for d in direction.indices {
          sum += direction[d] * Double(points[row * direction.count + d])
        }
        projections[row] = sum
      }
      projections.sort()
      return projections
    }
  }
}

extension MixtureParameters {
  /// P(y < x) in one dimension.
  func cumulative(_ x: Double) -> Double {
    sum { weight, mean in weight * Self.normal(below: (x - mean) / deviation) }
  }

  /// E[y; y < x] = Σ w_k·(μ_k·Φ(z_k) − σ·φ(z_k)), z_k = (x − μ_k)/σ, in one dimension.
  func partialMean(below x: Double) -> Double {
    if x == .infinity { return mean[0] }
    return sum { weight, mean in
      let z = (x - mean) / deviation
      let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
      return weight * (mean * Self.normal(below: z) - deviation * density)
    }
  }

  /// x with P(y < x) = u, by bisection to the last bit; infinite at 0 and 1.
  func quantile(_ u: Double) -> Double {
    guard u > 0 else { return -.infinity }
    guard u < 1 else { return .infinity }
    let centres = means.map { $0[0] }
    var low = (centres.min() ?? 0) - 40 * deviation
    var high = (centres.max() ?? 0) + 40 * deviation
    while true {
      let middle = low + (high - low) / 2
      guard middle > low, middle < high else { return middle }
      if cumulative(middle) < u { low = middle } else { high = middle }
    }
  }

  private func sum(_ term: (_ weight: Double, _ mean: Double) -> Double) -> Double {
    zip(weights, means).reduce(0) { $0 + term($1.0, $1.1[0]) }
  }

  /// Φ(z)
  private static func normal(below z: Double) -> Double { erfc(-z / 2.0.squareRoot()) / 2 }
}
