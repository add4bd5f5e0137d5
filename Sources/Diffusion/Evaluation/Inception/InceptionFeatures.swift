import Kernels

/// The features of images in an ``InceptionNetwork``, (N, 2048), an image at a time: the same bits whichever images are
/// beside it, and for any number of workers.
struct InceptionFeatures: Sendable {
  private let network: InceptionNetwork
  private let input: InceptionInput
  private let pool: WorkerPool
  /// What the features of a data set's images are kept under, beside the data: weights and input.
  private let key: String
  private let cache: MeasureCache?

  /// Images between two looks at whether to stop.
  private static let piece = 32

  /// - Throws: `DiffusionError` where a tensor cannot be read.
  init(
    _ file: InceptionFile, input: InceptionInput, pool: WorkerPool,
    cache: MeasureCache? = .features
  ) throws(DiffusionError) {
    network = try file.network()
    self.input = input
    self.pool = pool
    self.cache = cache
    key = "\(file.contentHash) \(input.rawValue) \(BLAS.coreName) \(BLAS.version)"
  }

  /// D.
  var dimension: Int { network.features }

  /// Features of samples; NaN of one that is not finite.
  ///
  /// - Parameters:
  ///   - samples: (N, H, W, C), of one channel or three.
  ///   - shape: of one, (1, H, W, C).
  ///   - progress: told how many are done, after some each; what it throws ends the work.
  func callAsFunction(
    _ samples: [Float], shape: Shape,
    progress: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
  ) rethrows -> FeatureRows {
    try rows(samples.count / shape.stride, progress) { i in
      prepared(samples[i * shape.stride..<(i + 1) * shape.stride], shape)
    }
  }

  /// Features of a data set's images, which are kept for the next run.
  func callAsFunction(
    _ images: EvaluationImages, progress: (_ done: Int, _ of: Int) throws -> Void = { _, _ in }
  ) rethrows -> FeatureRows {
    let data = images.data
    let shape = Shape(count: 1, height: data.height, width: data.width, channels: data.channels)
    var hash = SHA256()
    hash.update("inception features 1 \(self.key) \(data.fingerprint)\n")
    images.indices.withUnsafeBytes { hash.update($0) }
    let key = hash.hexadecimal()
    if let kept = cache?.read(key, count: images.count * dimension) {
      return FeatureRows(kept.map(Double.init), dimension: dimension)
    }
    let rows = try rows(images.count, progress) { i in
      prepared(images.values(i..<i + 1)[...], shape)
    }
    cache?.write(rows.values.map { Float($0) }, key)
    return rows
  }

  /// Nil where a value is not finite.
  private func prepared(_ values: ArraySlice<Float>, _ shape: Shape) -> FeatureMap? {
    guard values.allSatisfy(\.isFinite) else { return nil }
    return input.prepared(
      values, height: shape.height, width: shape.width, channels: shape.channels)
  }

  private func rows(
    _ count: Int, _ progress: (Int, Int) throws -> Void,
    _ image: @escaping @Sendable (Int) -> FeatureMap?
  ) rethrows -> FeatureRows {
    let table = ResultTable(count: count * dimension)
    for first in stride(from: 0, to: count, by: Self.piece) {
      let piece = first..<min(first + Self.piece, count)
      pool.forEach(piece.count) { [network, dimension] item, _ in
        let i = first + item
        let row = image(i).map { network($0) }
        // As the programs have them that people compute the FID with, and as they are kept: in single precision.
        for d in 0..<dimension {
          table[i * dimension + d] = row.map { Double(Float($0[d])) } ?? .nan
        }
      }
      try progress(piece.upperBound, count)
    }
    return FeatureRows(
      (0..<count * dimension).map { table[$0] }, dimension: dimension)
  }
}
