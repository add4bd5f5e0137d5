import Kernels

/// The squared maximum mean discrepancy of two sets of features under the kernel k(x, y) = (x·y/D + 1)³, unbiased: the
/// kernel distance (Bińkowski 2018, section 4; the estimator is Gretton 2012, eq. 3).
///
/// MMD² = Σ_{i≠j} k(x_i, x_j)/(n(n−1)) + Σ_{i≠j} k(y_i, y_j)/(m(m−1)) − 2·Σ_{ij} k(x_i, y_j)/(nm). Its mean does not
/// depend on how many samples there are, and it is below 0 about half of the time where the distributions are the same.
struct KernelDistance: Sendable {
  /// (M, D): real images.
  private let reference: FeatureRows
  /// (M): Σ_{j≠i} k(y_i, y_j).
  private let referenceSums: [Double]

  /// - Parameter reference: (M, D), two rows at least.
  init(to reference: FeatureRows) {
    self.reference = reference
    referenceSums = Self.ownSums(reference)
  }

  /// - Parameter samples: (N, D), two rows at least.
  /// - Returns: with the interval of the distance between the two distributions: the jackknife's variance over samples and
  ///   over real images (Arvesen 1969 for two sets), which is that of U-statistics.
  func callAsFunction(_ samples: FeatureRows) -> IntervalEstimate {
    let (n, m) = (Double(samples.count), Double(reference.count))
    let own = Self.ownSums(samples)
    var ofSamples = [Double](repeating: 0, count: samples.count)
    var ofReference = [Double](repeating: 0, count: reference.count)
    Self.forEachRow(samples, reference) { row, values in
      var sum = 0.0
      for (j, value) in values.enumerated() {
        sum += value
        ofReference[j] += value
      }
      ofSamples[row] = sum
    }
    let within = (own.reduce(0, +), referenceSums.reduce(0, +))
    let across = ofSamples.reduce(0, +)
    let value = within.0 / (n * (n - 1)) + within.1 / (m * (m - 1)) - 2 * across / (n * m)
    guard value.isFinite else { return .none }
    // What the terms that a row is in are without it.
    let withoutSample = zip(own, ofSamples).map { own, acrossRow in
      (within.0 - 2 * own) / ((n - 1) * (n - 2)) - 2 * (across - acrossRow) / ((n - 1) * m)
    }
    let withoutReal = zip(referenceSums, ofReference).map { own, acrossColumn in
      (within.1 - 2 * own) / ((m - 1) * (m - 2)) - 2 * (across - acrossColumn) / (n * (m - 1))
    }
    return IntervalEstimate(
      value: value,
      variance: GroupedJackknife.variance(withoutSample) + GroupedJackknife.variance(withoutReal))
  }

  /// (N): Σ_{j≠i} k(x_i, x_j).
  private static func ownSums(_ rows: FeatureRows) -> [Double] {
    var sums = [Double](repeating: 0, count: rows.count)
    forEachRow(rows, rows) { row, values in
      var sum = 0.0
      for (j, value) in values.enumerated() where j != row { sum += value }
      sums[row] = sum
    }
    return sums
  }

  /// Hands out (M) kernels of each of N rows, in order.
  private static func forEachRow(
    _ x: FeatureRows, _ y: FeatureRows, _ body: (Int, UnsafeBufferPointer<Double>) -> Void
  ) {
    let scale = 1 / Double(x.dimension)
    for first in stride(from: 0, to: x.count, by: 256) {
      let chunk = first..<min(first + 256, x.count)
      var products = BLAS.productOfRows(
        x.rows(chunk).values, y.values, inner: x.dimension)
      products.withUnsafeMutableBufferPointer { products in
        for i in products.indices {
          let base = products[i] * scale + 1
          products[i] = base * base * base
        }
        for row in chunk {
          let start = (row - first) * y.count
          body(row, UnsafeBufferPointer(rebasing: products[start..<start + y.count]))
        }
      }
    }
  }
}
