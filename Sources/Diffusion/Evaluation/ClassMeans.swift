import Kernels

/// The mean image of each class, and how often the nearest of them (L2) is that of an image's own
/// class.
///
/// A crude classifier on purpose: nothing is trained, so that the measure is the same for everyone.
public struct ClassMeans: Sendable {
  /// (classes, D).
  public let means: [Double]
  /// (classes) images of each; a class of none is never the nearest.
  public let counts: [Int]
  /// D, values of an image.
  public let elements: Int

  /// The means of a labelled data set's images.
  ///
  /// - Parameter images: how many images at most are looked at, spread over the whole set.
  /// - Throws: `DiffusionError(.badInput)` if the data set has no labels.
  public init(_ data: DataSet, images: Int = 10_000) throws {
    try self.init(EvaluationImages(data, count: images))
  }

  init(_ images: EvaluationImages) throws {
    guard let labels = images.labels else {
      throw DiffusionError(
        .badInput,
        "\(images.data.name) has no classes, which class-agreement compares with: remove it from "
          + "evaluation.metrics")
    }
    let elements = images.elements
    var sums = [Double](repeating: 0, count: images.data.classes * elements)
    var counts = [Int](repeating: 0, count: images.data.classes)
    for chunk in images.chunks() {
      let values = images.values(chunk)
      for (row, place) in chunk.enumerated() {
        let label = labels[place]
        counts[label] += 1
        for k in 0..<elements {
          sums[label * elements + k] += Double(values[row * elements + k])
        }
      }
    }
    for (label, count) in counts.enumerated() {
      for k in 0..<elements {
        sums[label * elements + k] /= Double(max(count, 1))
      }
    }
    means = sums
    self.counts = counts
    self.elements = elements
  }

  /// The class whose mean is nearest to each image, the first of several; nil for an image that
  /// holds a value which is not finite.
  ///
  /// - Parameter samples: (N, D).
  public func nearest(to samples: [Float]) -> [Int?] {
    precondition(
      samples.count.isMultiple(of: elements),
      "\(samples.count) values do not form rows of \(elements)")
    // |x − m|² less |x|², which is the same for all classes.
    let norms = counts.indices.map { label -> Double in
      guard counts[label] > 0 else { return .infinity }
      return means[label * elements..<(label + 1) * elements].reduce(0) { $0 + $1 * $1 }
    }
    let total = samples.count / elements
    return stride(from: 0, to: total, by: 256).flatMap { first -> [Int?] in
      let rows = first..<min(first + 256, total)
      let values = samples[rows.lowerBound * elements..<rows.upperBound * elements]
        .map(Double.init)
      let products = BLAS.productOfRows(values, means, inner: elements)
      return rows.indices.map { row in
        let row = row - rows.lowerBound
        var best: (label: Int, score: Double)?
        for (label, norm) in norms.enumerated() {
          let score = norm - 2 * products[row * norms.count + label]
          guard !score.isNaN, score > -.infinity else { return nil }
          if score < best?.score ?? .infinity { best = (label, score) }
        }
        return best?.label
      }
    }
  }

  /// The share of images whose nearest class mean is that of their own class; NaN of none, and if one
  /// holds a value that is not finite.
  ///
  /// - Parameters:
  ///   - samples: (N, D).
  ///   - labels: (N) the class that each was asked for.
  public func agreement(samples: [Float], labels: [Int]) -> Double {
    precondition(
      samples.count == labels.count * elements,
      "\(samples.count) values for \(labels.count) labels of \(elements) values each")
    let nearest = nearest(to: samples)
    guard !nearest.contains(nil) else { return .nan }
    let hits = zip(nearest, labels).count { $0 == $1 }
    return Double(hits) / Double(labels.count)
  }

  /// The share of real images, piece by piece.
  func agreement(_ images: EvaluationImages) -> Double {
    guard let labels = images.labels else { return .nan }
    let hits = images.chunks().reduce(0) { hits, chunk in
      hits + zip(nearest(to: images.values(chunk)), labels[chunk]).count { $0 == $1 }
    }
    return Double(hits) / Double(images.count)
  }
}
