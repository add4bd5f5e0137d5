import Kernels

/// A fixed choice of a data set's images, the same in every run: `count` images, one from each of as many
/// equal stretches of the set, in shuffled order.
///
/// Stretches, because folders come sorted by class; chosen at random within each, because synthetic
/// data repeat their classes with a period; shuffled, so that an image's place says nothing of it.
struct EvaluationImages: Sendable {
  let data: DataSet
  /// (count) indices into the data set, none twice.
  let indices: [Int]

  var count: Int { indices.count }
  /// D, values of an image.
  var elements: Int { data.valuesPerImage }

  /// - Parameter count: how many; all of them if there are no more.
  init(_ data: DataSet, count: Int) {
    let count = min(max(count, 0), data.count)
    let random = CounterRandom(seed: 0)
    let chosen = (0..<count).map { i in
      let stretch = (i * data.count / count)..<((i + 1) * data.count / count)
      return stretch.lowerBound
        + random.integer(below: stretch.count, image: i, step: 0, purpose: .evaluationImages)
    }
    self.data = data
    indices = random.permutation(count: count, step: 1, purpose: .evaluationImages)
      .map { chosen[$0] }
  }

  private init(data: DataSet, indices: [Int]) {
    self.data = data
    self.indices = indices
  }

  /// The first `count` of the choice.
  func prefix(_ count: Int) -> EvaluationImages {
    EvaluationImages(data: data, indices: Array(indices.prefix(count)))
  }

  /// Their classes; nil: unlabelled.
  var labels: [Int]? {
    data.classes > 0 && !data.labels.isEmpty ? indices.compactMap(data.label) : nil
  }

  /// Places in the choice, at most `size` at a time.
  func chunks(of size: Int = 256) -> [Range<Int>] {
    stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
  }

  /// (places.count, D) in [−1, 1].
  func values(_ places: Range<Int>) -> [Float] {
    [Float](unsafeUninitializedCapacity: places.count * elements) { buffer, initialized in
      for (row, place) in places.enumerated() {
        data.copy(
          indices[place],
          into: UnsafeMutableBufferPointer(
            rebasing: buffer[row * elements..<(row + 1) * elements]))
      }
      initialized = places.count * elements
    }
  }
}
