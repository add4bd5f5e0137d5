private import COpenBLAS

extension BLAS {
  /// C ← A·B in single precision, row by row.
  ///
  /// - Parameters:
  ///   - a: (M, K).
  ///   - b: (K, N).
  ///   - c: (M, N), overwritten.
  static func multiply(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into c: UnsafeMutablePointer<Float>,
    rows m: Int, inner k: Int, columns n: Int
  ) {
    singleThreaded
    cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(m), Int32(n), Int32(k), 1, a, Int32(k), b,
      Int32(n), 0, c, Int32(n))
  }
}
