private import COpenBLAS

/// Eigenvalues and eigenvectors of a symmetric matrix A: A·v_j = λ_j·v_j (LAPACK's `dsyevr`).
package struct SymmetricEigen: Sendable, Hashable {
  /// λ, largest first.
  package let values: [Double]
  /// (values.count, n): row j is v_j, of length 1 and either sign; empty if not asked for.
  package let vectors: [Double]
  /// n, the matrix's rows and columns.
  package let size: Int

  /// - Parameters:
  ///   - matrix: (n, n), of which the lower triangle and the diagonal are read.
  ///   - largest: how many of the largest eigenvalues to find; nil: all.
  ///   - vectors: whether to find the eigenvectors too.
  /// - Returns: nil if an element is not finite, or if LAPACK does not converge.
  package init?(_ matrix: [Double], size n: Int, largest: Int? = nil, vectors: Bool = true) {
    precondition(matrix.count == n * n, "\(matrix.count) values are no \(n)×\(n) matrix")
    let wanted = min(max(largest ?? n, 0), n)
    size = n
    guard matrix.allSatisfy(\.isFinite) else { return nil }
    guard wanted > 0 else {
      values = []
      self.vectors = []
      return
    }
    BLAS.singleThreaded

    var found: Int32 = 0
    var ascending = [Double](repeating: 0, count: n)
    var columns = [Double](repeating: 0, count: vectors ? n * wanted : 1)
    var support = [Int32](repeating: 0, count: 2 * wanted)
    var info: Int32 = 0
    // LAPACK takes columns: its upper triangle is our lower one, and its column j our row j.
    var a = matrix
    func call(
      _ work: inout [Double], _ workCount: Int32, _ integers: inout [Int32], _ integerCount: Int32
    ) {
      let order = Int32(n)
      let range = (first: Int32(n - wanted + 1), last: Int32(n))
      let unused = 0.0
      var (workCount, integerCount) = (workCount, integerCount)
      dsyevr_(
        vectors ? "V" : "N", wanted == n ? "A" : "I", "U", [order], &a, [order], [unused],
        [unused], [range.first], [range.last], [unused], &found, &ascending, &columns, [order],
        &support, &work, &workCount, &integers, &integerCount, &info)
    }
    var work = [0.0]
    var integers: [Int32] = [0]
    call(&work, -1, &integers, -1)  // asks how much room it needs
    let (workCount, integerCount) = (Int32(work[0]), integers[0])
    work = [Double](repeating: 0, count: Int(workCount))
    integers = [Int32](repeating: 0, count: Int(integerCount))
    call(&work, workCount, &integers, integerCount)
    guard info == 0, Int(found) == wanted else { return nil }

    values = ascending[..<wanted].reversed()
    self.vectors =
      vectors ? (0..<wanted).reversed().flatMap { columns[$0 * n..<($0 + 1) * n] } : []
  }

  /// Row j of ``vectors``.
  package func vector(_ j: Int) -> ArraySlice<Double> {
    vectors[j * size..<(j + 1) * size]
  }
}
