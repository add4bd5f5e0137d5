import Kernels

extension GaussianFit {
  /// The squared Fréchet (Wasserstein-2) distance of two Gaussians (Dowson & Landau 1982, eq. 4):
  /// |m₁ − m₂|² + tr(Σ₁ + Σ₂ − 2·(Σ₁^½·Σ₂·Σ₁^½)^½).
  ///
  /// Of fits to samples it is biased upwards, more so the fewer the samples (a covariance of few
  /// points is off even where the distribution is right): compare it at equal counts only, and
  /// beside the distance that as many real images have. It is no FID, which measures features of
  /// one particular network.
  ///
  /// - Returns: at least 0, in the points' units squared; NaN if a mean or covariance is not finite.
  public func frechetDistance(to other: GaussianFit) -> Double {
    let k = mean.count
    precondition(other.mean.count == k, "\(k) dimensions against \(other.mean.count)")
    return FrechetReference(self)?.distance(to: other) ?? .nan
  }
}

/// A Gaussian that others are measured against by their squared Fréchet distance: what of it can be computed once is.
struct FrechetReference: Sendable {
  let fit: GaussianFit
  /// (k, k): R = Λ^½·Vᵀ of Σ = VΛVᵀ.
  private let root: [Double]

  /// - Returns: nil if a covariance is not finite.
  init?(_ fit: GaussianFit) {
    let k = fit.mean.count
    guard let own = SymmetricEigen(fit.covariance, size: k) else { return nil }
    var root = own.vectors
    for j in 0..<k {
      let scale = max(own.values[j], 0).squareRoot()
      for i in 0..<k {
        root[j * k + i] *= scale
      }
    }
    self.fit = fit
    self.root = root
  }

  /// |m₁ − m₂|² + tr(Σ₁ + Σ₂ − 2·(Σ₁^½·Σ₂·Σ₁^½)^½) (Dowson & Landau 1982, eq. 4).
  ///
  /// - Returns: at least 0; NaN if a mean or covariance is not finite.
  func distance(to other: GaussianFit) -> Double {
    let k = fit.mean.count
    precondition(other.mean.count == k, "\(k) dimensions against \(other.mean.count)")
    // R·Σ₂·Rᵀ has the eigenvalues of Σ₁^½·Σ₂·Σ₁^½.
    let inner = BLAS.productOfRows(
      BLAS.product(root, other.covariance, inner: k), root, inner: k)
    guard let cross = SymmetricEigen(inner, size: k, vectors: false) else { return .nan }

    var distance = 0.0
    for i in 0..<k {
      let shift = fit.mean[i] - other.mean[i]
      distance += shift * shift
      distance += fit.covariance[i * k + i] + other.covariance[i * k + i]
      distance -= 2 * max(cross.values[i], 0).squareRoot()
    }
    // Equal Gaussians may come out a rounding error below 0.
    return distance < 0 ? 0 : distance
  }
}
