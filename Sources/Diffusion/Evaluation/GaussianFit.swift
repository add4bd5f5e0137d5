import Kernels

/// The Gaussian with the mean and the covariance of a set of points.
public struct GaussianFit: Sendable, Hashable {
  /// (k).
  public let mean: [Double]
  /// (k, k), unbiased (divided by N−1).
  public let covariance: [Double]

  /// A Gaussian of known mean and covariance.
  public init(mean: [Double], covariance: [Double]) {
    precondition(
      covariance.count == mean.count * mean.count,
      "\(covariance.count) values do not form a covariance in \(mean.count) dimensions")
    self.mean = mean
    self.covariance = covariance
  }

  /// - Parameters:
  ///   - points: (N, k); the covariance of fewer than two is NaN.
  ///   - dimension: k.
  public init(points: [Double], dimension: Int) {
    precondition(
      points.count.isMultiple(of: dimension),
      "\(points.count) values do not form rows of \(dimension)")
    let count = points.count / dimension
    var mean = [Double](repeating: 0, count: dimension)
    for row in 0..<count {
      for k in 0..<dimension {
        mean[k] += points[row * dimension + k]
      }
    }
    for k in 0..<dimension {
      mean[k] /= Double(count)
    }
    var centred = points
    for row in 0..<count {
      for k in 0..<dimension {
        centred[row * dimension + k] -= mean[k]
      }
    }
    var sum = CovarianceSum(dimension: dimension)
    sum.add(centred)
    self.init(mean: mean, covariance: sum.covariance)
  }
}
