import Kernels

/// Squared Fréchet distances between a Gaussian and those of no more points than there are dimensions, and of subsets of
/// these points, by N×N products in place of D×D ones.
///
/// The distance's last term, tr (Σ₁^½·Σ₂·Σ₁^½)^½ (``FrechetReference/distance(to:)``), is the sum of the roots of the
/// eigenvalues of Σ₁·Σ₂, and with Σ₂ = XᵀX/(N−1), X the centred points, those of XΣ₁Xᵀ/(N−1) are the same but for zeros.
struct FrechetOfFew: Sendable {
  /// (N, D), less the Gaussian's mean.
  private let points: FeatureRows
  /// (N, N): x_iᵀ·Σ₁·x_j of these.
  private let products: [Double]
  /// tr Σ₁
  private let trace: Double

  /// - Parameter points: (N, D), two or more.
  init(_ reference: GaussianFit, _ points: FeatureRows) {
    let dimension = points.dimension
    precondition(reference.mean.count == dimension)
    var values = points.values
    for row in 0..<points.count {
      for d in 0..<dimension { values[row * dimension + d] -= reference.mean[d] }
    }
    self.points = FeatureRows(values, dimension: dimension)
    products = BLAS.productOfRows(
      BLAS.product(values, reference.covariance, inner: dimension), values, inner: dimension)
    trace = (0..<dimension).reduce(0) { $0 + reference.covariance[$1 * dimension + $1] }
  }

  /// - Parameter left: points that are left out.
  /// - Returns: at least 0; NaN if a number is not finite.
  func distance(without left: Range<Int> = 0..<0) -> Double {
    let (all, dimension) = (points.count, points.dimension)
    let kept = Array(0..<left.lowerBound) + Array(left.upperBound..<all)
    let count = Double(kept.count)
    var mean = [Double](repeating: 0, count: dimension)
    var squares = 0.0
    for row in kept {
      for d in 0..<dimension {
        let x = points.values[row * dimension + d]
        mean[d] += x
        squares += x * x
      }
    }
    var shift = 0.0
    for sum in mean { shift += sum / count * (sum / count) }
    // tr Σ₂
    let own = (squares - count * shift) / (count - 1)
    guard let roots = sumOfRoots(kept) else { return .nan }
    // Equal Gaussians may come out a rounding error below 0.
    return max(shift + trace + own - 2 * roots, 0)
  }

  /// Σ √λ of the centred products of some points; nil where they are not finite.
  private func sumOfRoots(_ kept: [Int]) -> Double? {
    let (all, count) = (points.count, kept.count)
    var means = [Double](repeating: 0, count: count)
    for (i, row) in kept.enumerated() {
      for column in kept { means[i] += products[row * all + column] }
      means[i] /= Double(count)
    }
    let whole = means.reduce(0, +) / Double(count)
    var centred = [Double](repeating: 0, count: count * count)
    for (i, row) in kept.enumerated() {
      for (j, column) in kept.enumerated() {
        centred[i * count + j] =
          (products[row * all + column] - means[i] - means[j] + whole) / Double(count - 1)
      }
    }
    return SymmetricEigen(centred, size: count, vectors: false).map { eigen in
      eigen.values.reduce(0) { $0 + max($1, 0).squareRoot() }
    }
  }
}

extension FrechetOfFew {
  /// The distance, biased upwards by the number of points, with the interval of what as many have on average
  /// (``FrechetReference/estimate(_:pool:)``).
  func estimate(pool: WorkerPool?) -> IntervalEstimate {
    IntervalEstimate(
      value: distance(),
      variance: GroupedJackknife.variance(of: points.count, pool: pool) { distance(without: $0) },
      degreesOfFreedom: GroupedJackknife.degreesOfFreedom, within: 0...Double.infinity)
  }
}
