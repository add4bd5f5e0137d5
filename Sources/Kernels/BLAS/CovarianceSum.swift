private import COpenBLAS

/// Σ x·xᵀ over rows x that are already centred, gathered a piece at a time, and the covariance that
/// follows from it.
package struct CovarianceSum: Sendable {
  /// D, the length of a row.
  package let dimension: Int
  /// N, the rows so far.
  package private(set) var count = 0
  /// (D, D); the upper triangle is kept.
  private var sum: [Double]

  package init(dimension: Int) {
    self.dimension = dimension
    sum = [Double](repeating: 0, count: dimension * dimension)
  }

  /// - Parameter rows: (rows, D), each less the mean of all that will be added.
  package mutating func add(_ rows: [Double]) {
    precondition(
      rows.count.isMultiple(of: dimension), "\(rows.count) values do not form rows of \(dimension)")
    BLAS.singleThreaded
    let added = rows.count / dimension
    guard added > 0 else { return }
    let n = Int32(dimension)
    cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, n, Int32(added), 1, rows, n, 1, &sum, n)
    count += added
  }

  /// (D, D): Σ x·xᵀ/(N−1), the unbiased estimate; NaN of fewer than two rows.
  package var covariance: [Double] {
    let scale = count > 1 ? 1 / Double(count - 1) : .nan
    var matrix = [Double](repeating: 0, count: sum.count)
    for row in 0..<dimension {
      for column in row..<dimension {
        let value = sum[row * dimension + column] * scale
        matrix[row * dimension + column] = value
        matrix[column * dimension + row] = value
      }
    }
    return matrix
  }
}
