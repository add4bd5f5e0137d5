import Kernels

/// The directions in which images vary most: eigenvectors of their covariance, largest first.
///
/// Up to 1,200 values an image the (D, D) covariance of at most 10,000 images is taken apart; beyond
/// that the (N, N) products XXᵀ of at most 1,500 images, which have the same eigenvalues:
/// XXᵀ·u = λ·u makes Xᵀu/√λ an eigenvector of XᵀX. All in double.
public struct PrincipalComponents: Sendable {
  /// (D): the mean of the images.
  public let mean: [Double]
  /// (k, D), orthonormal rows, of either sign.
  public let components: [Double]
  /// (k): the variance along each, largest first.
  public let variances: [Double]

  /// D, values of an image.
  public var elements: Int { mean.count }
  /// k: what was asked for, or fewer where the images vary in fewer directions.
  public var count: Int { variances.count }

  static let largestCovariance = 1200
  static let mostImagesOfProducts = 1500

  /// - Parameters:
  ///   - images: how many at most are looked at, spread over the whole set.
  ///   - count: k, at most D and N−1.
  /// - Throws: `DiffusionError(.badInput)` if there are fewer than two images, if they are all
  ///   alike, or if a value is not finite.
  public init(_ data: DataSet, images: Int = 10_000, count: Int = 64) throws {
    try self.init(EvaluationImages(data, count: images), count: count)
  }

  init(
    _ images: EvaluationImages, count: Int, largestCovariance: Int = Self.largestCovariance
  ) throws {
    let name = images.data.name
    let ofCovariance = images.elements <= largestCovariance
    let images = ofCovariance ? images : images.prefix(Self.mostImagesOfProducts)
    guard images.count > 1 else {
      throw DiffusionError(
        .badInput,
        "\(name): principal components take two training images or more; there are "
          + "\(images.count). Raise data.limit, or remove frechet-pca64 from evaluation.metrics")
    }
    mean = Self.mean(images)
    let wanted = min(count, images.elements, images.count - 1)
    guard
      let (variances, components) = ofCovariance
        ? Self.ofCovariance(images, mean: mean, count: wanted)
        : Self.ofProducts(images, mean: mean, count: wanted)
    else {
      throw DiffusionError(
        .badInput, "\(name): the training images hold values that are not finite")
    }
    // Directions of no variance are rounding errors, and no two methods agree on them.
    let largest = variances.first ?? 0
    let kept = variances.prefix { $0 > 1e-12 * largest }.count
    guard largest > 0, kept > 0 else {
      throw DiffusionError(
        .badInput,
        "\(name): the training images are all alike and have no principal components; remove "
          + "frechet-pca64 from evaluation.metrics")
    }
    self.variances = Array(variances.prefix(kept))
    self.components = Array(components.prefix(kept * images.elements))
  }

  /// Coordinates along each component, from the mean.
  ///
  /// - Parameter samples: (N, D).
  /// - Returns: (N, k).
  public func project(_ samples: [Float]) -> [Double] {
    let elements = mean.count
    precondition(
      samples.count.isMultiple(of: elements),
      "\(samples.count) values do not form rows of \(elements)")
    return stride(from: 0, to: samples.count, by: 256 * elements).flatMap { first in
      BLAS.productOfRows(
        Self.centred(samples[first..<min(first + 256 * elements, samples.count)], mean),
        components, inner: elements)
    }
  }

  /// (N, k) of real images, piece by piece.
  func project(_ images: EvaluationImages) -> [Double] {
    images.chunks().flatMap { project(images.values($0)) }
  }

  private static func mean(_ images: EvaluationImages) -> [Double] {
    let elements = images.elements
    var sum = [Double](repeating: 0, count: elements)
    for chunk in images.chunks() {
      let values = images.values(chunk)
      for row in 0..<chunk.count {
        for k in 0..<elements {
          sum[k] += Double(values[row * elements + k])
        }
      }
    }
    return sum.map { $0 / Double(images.count) }
  }

  /// Rows less the mean.
  private static func centred(_ values: ArraySlice<Float>, _ mean: [Double]) -> [Double] {
    let elements = mean.count
    return [Double](unsafeUninitializedCapacity: values.count) { buffer, initialized in
      for row in 0..<values.count / elements {
        for k in 0..<elements {
          let place = row * elements + k
          buffer[place] = Double(values[values.startIndex + place]) - mean[k]
        }
      }
      initialized = values.count
    }
  }

  private static func ofCovariance(
    _ images: EvaluationImages, mean: [Double], count: Int
  ) -> (variances: [Double], components: [Double])? {
    var sum = CovarianceSum(dimension: mean.count)
    for chunk in images.chunks() {
      sum.add(centred(images.values(chunk)[...], mean))
    }
    return SymmetricEigen(sum.covariance, size: mean.count, largest: count)
      .map { ($0.values, $0.vectors) }
  }

  private static func ofProducts(
    _ images: EvaluationImages, mean: [Double], count: Int
  ) -> (variances: [Double], components: [Double])? {
    let rows = centred(images.values(0..<images.count)[...], mean)
    let products = BLAS.productOfRows(rows, rows, inner: mean.count)
    guard let eigen = SymmetricEigen(products, size: images.count, largest: count) else {
      return nil
    }
    var components = BLAS.product(eigen.vectors, rows, inner: images.count)
    for (j, value) in eigen.values.enumerated() where value > 0 {
      for k in 0..<mean.count {
        components[j * mean.count + k] /= value.squareRoot()
      }
    }
    return (eigen.values.map { max($0, 0) / Double(images.count - 1) }, components)
  }
}
