private import COpenBLAS

/// OpenBLAS, single-threaded: parallelism is over images, above.
public enum BLAS {
  private static let singleThreaded: Void = openblas_set_num_threads(1)

  /// c (m, n) = a (m, k) · b (k, n) + beta · c, row by row; `transposed` operands are given as (k, m), (n, k).
  public static func product(
    _ a: UnsafePointer<Float>, aTransposed: Bool = false,
    _ b: UnsafePointer<Float>, bTransposed: Bool = false,
    into c: UnsafeMutablePointer<Float>, m: Int, n: Int, k: Int, beta: Float = 0
  ) {
    _ = singleThreaded
    cblas_sgemm(
      CblasRowMajor, aTransposed ? CblasTrans : CblasNoTrans, bTransposed ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), 1, a, blasint(aTransposed ? m : k), b,
      blasint(bTransposed ? k : n), beta, c, blasint(n))
  }

  /// The kernel set that OpenBLAS chose for this processor, and its version.
  public static var coreName: String {
    openblas_get_corename().map { String(cString: $0) } ?? "unknown"
  }

  public static var version: String {
    let config = openblas_get_config().map { String(cString: $0) } ?? "unknown"
    return config.split(separator: " ").prefix(2).joined(separator: " ")
  }
}
