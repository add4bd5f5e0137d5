import Kernels

/// A small classifier trained by the workbench on a data set's own classes: what its features say of samples is measured,
/// and which class it sees in them.
///
/// It is no Inception network: distances of its features are comparable on these data alone. The same data, program and
/// instruction set give the same classifier, bit for bit, in every run.
final class ImageClassifier {
  let network: ClassifierNetwork
  private let tapes: [WorkerTape]
  private let pool: WorkerPool
  /// Images that go through the network together.
  private static let batch = 32

  /// - Parameter values: the weights, laid out as the network's layout says.
  init(_ network: ClassifierNetwork, values: [Float], kernels: KernelSet, pool: WorkerPool) {
    self.network = network
    self.pool = pool
    let weights = Weights(
      layout: network.layout, values: AlignedBuffer(values), kernels: kernels, precision: .fp32,
      forTraining: false)
    weights.packAll()
    tapes = (0..<pool.count).map { _ in
      WorkerTape(kernels: kernels, precision: .fp32, weights: weights, meter: nil)
    }
  }

  /// The classifier of a data set: from the cache, or trained now and kept there.
  ///
  /// - Parameters:
  ///   - data: labelled images.
  ///   - cache: nil: none.
  ///   - progress: told how far the training is, where it is needed.
  static func of(
    _ data: DataSet, kernels: KernelSet, pool: WorkerPool, cache: MeasureCache? = .classifiers,
    progress: (_ done: Int, _ of: Int) -> Void = { _, _ in }
  ) -> ImageClassifier {
    let network = ClassifierNetwork(
      image: Shape(
        count: 1, height: data.height, width: data.width, channels: data.channels),
      classes: data.classes)
    let key = MeasureCache.key(data, kernels: kernels)
    let values =
      cache?.read(key, count: network.layout.count)
      ?? {
        let values = ClassifierTraining(network, data: data, kernels: kernels, pool: pool)
          .run(progress: progress)
        cache?.write(values, key)
        return values
      }()
    return ImageClassifier(network, values: values, kernels: kernels, pool: pool)
  }

  /// What it sees in images.
  struct Sight: Sendable {
    /// (N, 64)
    var features: FeatureRows
    /// (N): the class of the largest logit, the first of several; nil where a logit is not a number.
    var classes: [Int?]
  }

  /// - Parameter images: (N, H, W, C) in [−1, 1].
  func callAsFunction(_ images: [Float]) -> Sight {
    let elements = network.input.image.stride
    precondition(images.count.isMultiple(of: elements))
    let count = images.count / elements
    return images.withUnsafeBufferPointer { images in
      let images = Images(values: images)
      return see(count) { i, place in
        self.network.input.put(
          UnsafeBufferPointer(rebasing: images.values[i * elements..<(i + 1) * elements]),
          into: place)
      }
    }
  }

  /// What it sees in real images, without all of them being in memory.
  func callAsFunction(_ images: EvaluationImages) -> Sight {
    see(images.count) { i, place in
      images.values(i..<i + 1).withUnsafeBufferPointer { self.network.input.put($0, into: place) }
    }
  }

  private struct Images: @unchecked Sendable {
    let values: UnsafeBufferPointer<Float>
  }

  private func see(
    _ count: Int, _ put: @escaping @Sendable (Int, UnsafeMutableBufferPointer<Float>) -> Void
  ) -> Sight {
    let (width, classes) = (ClassifierNetwork.features, network.classes)
    let table = ResultTable(count: count * (width + 1))
    pool.forEach((count + Self.batch - 1) / Self.batch) { chunk, worker in
      let images = (chunk * Self.batch)..<min((chunk + 1) * Self.batch, count)
      let tape = self.tapes[worker].tape
      tape.reset()
      var shape = self.network.input.padded
      shape.count = images.count
      let input = tape.input(shape)
      for (row, i) in images.enumerated() { put(i, input.image(row)) }
      let (features, logits) = self.network(input, on: tape)
      for (row, i) in images.enumerated() {
        let first = i * (width + 1)
        for (d, value) in features.meanOverPixels(row).enumerated() { table[first + d] = value }
        var best: (label: Int, logit: Double) = (-1, -.infinity)
        let means = logits.meanOverPixels(row)
        if !means.contains(where: \.isNaN) {
          for c in 0..<classes where means[c] > best.logit { best = (c, means[c]) }
        }
        table[first + width] = Double(best.label)
      }
    }
    var values: [Double] = []
    values.reserveCapacity(count * width)
    var labels: [Int?] = []
    for i in 0..<count {
      for d in 0..<width { values.append(table[i * (width + 1) + d]) }
      let label = Int(table[i * (width + 1) + width])
      labels.append(label < 0 ? nil : label)
    }
    return Sight(features: FeatureRows(values, dimension: width), classes: labels)
  }
}

// Its mutable parts are one a worker, and `WorkerPool` runs each worker on one thread.
extension ImageClassifier: @unchecked Sendable {}
