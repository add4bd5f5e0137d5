private import COpenBLAS

/// OpenBLAS, single-threaded: parallelism is over images, above.
package enum BLAS {
  /// Evaluated once, before the first product.
  static let singleThreaded: Void = openblas_set_num_threads(1)

  /// The kernel set that OpenBLAS chose for this processor, and its version.
  package static var coreName: String {
    openblas_get_corename().map { String(cString: $0) } ?? "unknown"
  }

  package static var version: String {
    let config = openblas_get_config().map { String(cString: $0) } ?? "unknown"
    return config.split(separator: " ").prefix(2).joined(separator: " ")
  }
}
