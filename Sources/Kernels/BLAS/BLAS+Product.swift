private import COpenBLAS

extension BLAS {
  /// A·Bᵀ in double precision: element (i, j) is the inner product of row i of A and row j of B.
  ///
  /// - Parameters:
  ///   - a: (M, K).
  ///   - b: (N, K).
  ///   - inner: K.
  /// - Returns: (M, N).
  package static func productOfRows(_ a: [Double], _ b: [Double], inner k: Int) -> [Double] {
    precondition(
      k > 0 && a.count.isMultiple(of: k) && b.count.isMultiple(of: k),
      "\(a.count) and \(b.count) values do not form rows of \(k)")
    return product(a, b, rows: a.count / k, inner: k, columns: b.count / k, transposed: true)
  }

  /// A·B in double precision.
  ///
  /// - Parameters:
  ///   - a: (M, K).
  ///   - b: (K, N).
  ///   - inner: K.
  /// - Returns: (M, N).
  package static func product(_ a: [Double], _ b: [Double], inner k: Int) -> [Double] {
    precondition(
      k > 0 && a.count.isMultiple(of: k) && b.count.isMultiple(of: k),
      "\(a.count) and \(b.count) values do not share a side of \(k)")
    return product(a, b, rows: a.count / k, inner: k, columns: b.count / k, transposed: false)
  }

  private static func product(
    _ a: [Double], _ b: [Double], rows m: Int, inner k: Int, columns n: Int, transposed: Bool
  ) -> [Double] {
    singleThreaded
    var c = [Double](repeating: 0, count: m * n)
    guard !c.isEmpty else { return c }
    cblas_dgemm(
      CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans, Int32(m), Int32(n),
      Int32(k), 1, a, Int32(k), b, Int32(transposed ? k : n), 0, &c, Int32(n))
    return c
  }
}
