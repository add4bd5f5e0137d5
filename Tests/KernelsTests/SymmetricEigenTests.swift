import Foundation
import Kernels
import TestSupport
import Testing

@Suite struct SymmetricEigenTests {
  @Test func ofTwoByTwo() throws {
    // (2 1; 1 2): λ = 3 along (1, 1)/√2 and 1 along (1, −1)/√2.
    let eigen = try #require(SymmetricEigen([2, 1, 1, 2], size: 2))
    let half = 0.5.squareRoot()
    expectClose(eigen.values, [3, 1], within: 1e-15)
    expectClose(eigen.vectors.map(abs), [half, half, half, half], within: 1e-15)
    #expect(abs(eigen.vector(0).reduce(0, +)) > 1.4 && abs(eigen.vector(1).reduce(0, +)) < 1e-15)
  }

  /// The path's second differences: λ_j = 2 − 2cos(jπ/(n+1)), v_j(i) ∝ sin(ijπ/(n+1)).
  @Test(arguments: [1, 2, 7, 64, 200]) func ofSecondDifferences(n: Int) throws {
    let matrix = (0..<n * n).map { place -> Double in
      switch abs(place / n - place % n) {
      case 0: 2
      case 1: -1
      default: 0
      }
    }
    func value(_ j: Int) -> Double { 2 - 2 * cos(Double(j) * .pi / Double(n + 1)) }
    let all = try #require(SymmetricEigen(matrix, size: n))
    // LAPACK is backward stable: errors of a few ε·‖A‖ = 4ε, grown a little with n.
    expectClose(all.values, (1...n).reversed().map(value), within: 1e-14 * Double(n))
    for j in 0..<n {
      let order = Double(n - j)
      let expected = (1...n).map { sin(Double($0) * order * .pi / Double(n + 1)) }
      let norm = expected.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let cosine = zip(all.vector(j), expected).reduce(0) { $0 + $1.0 * $1.1 } / norm
      #expect(abs(abs(cosine) - 1) < 1e-10)
    }

    // The largest few alone are the same ones.
    let few = min(n, 5)
    let largest = try #require(SymmetricEigen(matrix, size: n, largest: few))
    expectClose(largest.values, Array(all.values.prefix(few)), within: 1e-13 * Double(n))
    for j in 0..<few {
      let cosine = zip(largest.vector(j), all.vector(j)).reduce(0) { $0 + $1.0 * $1.1 }
      #expect(abs(abs(cosine) - 1) < 1e-10)
    }
    #expect(largest.vectors.count == few * n)
    let bare = try #require(SymmetricEigen(matrix, size: n, largest: few, vectors: false))
    expectClose(bare.values, largest.values, within: 1e-13 * Double(n))
    #expect(bare.vectors.isEmpty)
  }

  @Test func theLowerTriangleIsRead() throws {
    let eigen = try #require(SymmetricEigen([2, 99, 1, 2], size: 2))
    expectClose(eigen.values, [3, 1], within: 1e-15)
  }

  @Test func whatHasNoEigenvaluesGivesNone() {
    #expect(SymmetricEigen([1, 0, 0, .nan], size: 2) == nil)
    #expect(SymmetricEigen([.infinity], size: 1) == nil)
    #expect(SymmetricEigen([1, 0, 0, 1], size: 2, largest: 0)?.values == [])
  }

  @Test func covarianceOfAFewRows() {
    // Rows (1, 2), (−1, 0), (0, −2): sums of products 2, 2 and 8, over 2.
    var sum = CovarianceSum(dimension: 2)
    sum.add([1, 2])
    sum.add([-1, 0, 0, -2])
    #expect(sum.count == 3)
    #expect(sum.covariance == [1, 1, 1, 4])
    var one = CovarianceSum(dimension: 1)
    one.add([3])
    #expect(one.covariance[0].isNaN)
  }

  @Test func products() {
    // (1 2 3; 4 5 6) by rows (1 0 −1; 2 1 0; 0 0 1) and by columns of the same.
    let a: [Double] = [1, 2, 3, 4, 5, 6]
    let b: [Double] = [1, 0, -1, 2, 1, 0, 0, 0, 1]
    #expect(BLAS.productOfRows(a, b, inner: 3) == [-2, 4, 3, -2, 13, 6])
    #expect(BLAS.product(a, b, inner: 3) == [5, 2, 2, 14, 5, 2])
  }
}
