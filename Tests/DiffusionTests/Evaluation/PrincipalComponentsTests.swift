import Kernels
import TestSupport
import Testing

@testable import Diffusion

@Suite struct PrincipalComponentsTests {
  @Test func ofACross() throws {
    // (±3, 0) and (0, ±1) about (5, 2): variances 18/3 and 2/3 along the axes.
    let data = try SyntheticImages.vectors([8, 2, 2, 2, 5, 3, 5, 1], elements: 2)
    let pca = try PrincipalComponents(data)
    #expect(pca.mean == [5, 2])
    expectClose(pca.variances, [6, 2.0 / 3], within: 1e-15)
    expectClose(pca.components.map(abs), [1, 0, 0, 1], within: 1e-15)
    expectClose(pca.project([6, 4, 5, 2]).map(abs), [1, 2, 0, 0], within: 1e-14)
    #expect(pca.project([6, 4])[0] * pca.components[0] > 0)
  }

  /// The two ways of finding them are two definitions of the same thing.
  @Test(arguments: [(40, 12), (12, 40), (700, 20)])
  func ofCovarianceAndOfProducts(images: Int, elements: Int) throws {
    let chosen = EvaluationImages(
      try SyntheticImages.correlated(images, elements: elements, seed: 8), count: images)
    let a = try PrincipalComponents(chosen, count: 10, largestCovariance: elements)
    let b = try PrincipalComponents(chosen, count: 10, largestCovariance: 0)
    #expect(a.count == 10 && b.count == 10 && a.elements == elements)
    // Relative to the largest; vectors by the gaps between eigenvalues, here above 10⁻³ of it.
    expectClose(a.variances, b.variances, within: 1e-12 * a.variances[0])
    let cosines = BLAS.productOfRows(a.components, b.components, inner: elements)
    expectClose(cosines.map(abs), (0..<100).map { $0 / 10 == $0 % 10 ? 1 : 0 }, within: 1e-9)
    #expect(zip(a.variances, a.variances.dropFirst()).allSatisfy(>))

    for pca in [a, b] {
      let gram = BLAS.productOfRows(pca.components, pca.components, inner: elements)
      expectClose(
        gram, (0..<100).map { $0 / 10 == $0 % 10 ? 1 : 0 }, within: 1e-12)
      // What is projected has those variances, and no covariance.
      let fit = GaussianFit(points: pca.project(chosen), dimension: 10)
      expectClose(fit.mean, [Double](repeating: 0, count: 10), within: 1e-12 * a.variances[0])
      let diagonal = (0..<100).map { $0 / 10 == $0 % 10 ? pca.variances[$0 / 10] : 0 }
      expectClose(fit.covariance, diagonal, within: 1e-11 * a.variances[0])
    }
  }

  @Test func thereAreNoMoreThanTheImagesAllow() throws {
    let wide = try SyntheticImages.correlated(6, elements: 30, seed: 2)
    #expect(try PrincipalComponents(wide).count == 5)
    let narrow = try SyntheticImages.correlated(30, elements: 6, seed: 2)
    #expect(try PrincipalComponents(narrow).count == 6)
    #expect(try PrincipalComponents(narrow, count: 2).count == 2)
    // All on one line.
    let line = try SyntheticImages.vectors([0, 0, 1, 2, 2, 4, 3, 6], elements: 2)
    let pca = try PrincipalComponents(line)
    #expect(pca.count == 1)
    let fifth = (0.2).squareRoot()
    expectClose(pca.components.map(abs), [fifth, 2 * fifth], within: 1e-15)
  }

  @Test func whatHasNoneIsRefused() throws {
    for (values, text) in [
      ([1, 2] as [Float], "two training images or more"),
      ([1, 2, 1, 2, 1, 2], "all alike"), ([1, 2, .nan, 2], "not finite"),
      ([1, 2, .infinity, 2], "not finite"),
    ] {
      let data = try SyntheticImages.vectors(values, elements: 2)
      let error = #expect(throws: DiffusionError.self) { try PrincipalComponents(data) }
      #expect(error?.kind == .badInput)
      #expect(error?.description.contains(text) == true)
    }
  }
}
