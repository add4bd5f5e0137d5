import Foundation
import Kernels

/// The Vendi score of features: how many different ones there are in effect, exp(−Σ λ_i·ln λ_i) of the eigenvalues λ of
/// K/N, K_ij = x_i·x_j/(|x_i||x_j|) the cosine of each pair (Friedman & Dieng 2023, eq. 4).
///
/// 1 where all point the same way, at most N. K/N has the eigenvalues of A = (1/N)·Σ x̂·x̂ᵀ, D by D, and zeros.
func vendiScore(_ features: FeatureRows) -> IntervalEstimate {
  let (count, dimension) = (features.count, features.dimension)
  var rows = features.values
  for row in 0..<count {
    let norm = features[row].reduce(0) { $0 + $1 * $1 }.squareRoot()
    for d in row * dimension..<(row + 1) * dimension { rows[d] /= norm }
  }
  var sum = CovarianceSum(dimension: dimension)
  sum.add(rows)
  let share = Double(count - 1) / Double(count)
  guard
    let eigen = SymmetricEigen(sum.covariance.map { $0 * share }, size: dimension)
  else { return .none }
  // Rounding errors of the largest, which is at least 1/D.
  let logs = eigen.values.map { $0 > 1e-15 ? log($0) : 0 }
  let entropy = -zip(eigen.values, logs).reduce(0) { $0 + $1.0 * $1.1 }
  // −x̂ᵀ·ln(A)·x̂, whose mean the entropy is: up to a constant what each sample adds to it (infinitesimal jackknife).
  let products = BLAS.productOfRows(rows, eigen.vectors, inner: dimension)
  let parts = (0..<count).map { row in
    -logs.indices.reduce(0.0) {
      let product = products[row * dimension + $1]
      return $0 + logs[$1] * product * product
    }
  }
  let square = parts.reduce(0) { $0 + ($1 - entropy) * ($1 - entropy) }
  let interval = IntervalEstimate(
    value: entropy, variance: square / (Double(count) * Double(count - 1)),
    within: 0...log(Double(max(count, 1))))
  return IntervalEstimate(value: exp(entropy), low: exp(interval.low), high: exp(interval.high))
}
