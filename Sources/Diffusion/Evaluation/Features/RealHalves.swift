import Kernels

/// Two halves of a data set's images that share none, as many in each as there are samples, or as many as the data have:
/// how far they are apart is what a measure cannot be told from 0 by.
struct RealHalves: Sendable {
  /// What the halves are cut from: first one, then the other. Where 10,000 are enough it is what samples are measured
  /// against.
  let choice: EvaluationImages
  /// Images of each half.
  let count: Int

  init(of data: DataSet, samples: Int) {
    choice = EvaluationImages(data, count: max(ReferenceStatistics.mostImages, 2 * samples))
    count = min(samples, choice.count / 2)
  }

  /// - Parameter features: of the images of the choice.
  func split(_ features: FeatureRows) -> (FeatureRows, FeatureRows) {
    (features.rows(0..<count), features.rows(count..<2 * count))
  }
}

/// Fréchet distances between two halves of real data.
struct FrechetHalves {
  private let first: FeatureRows
  private let second: FeatureRows
  private let pool: WorkerPool

  init(_ first: FeatureRows, _ second: FeatureRows, pool: WorkerPool) {
    (self.first, self.second, self.pool) = (first, second, pool)
  }

  /// The distance, too large by the number of images as that of as many samples is.
  var distance: Double { Self.distance(first, second) }

  /// Extrapolated to infinitely many images in both, in the way of ``FrechetReference/infinity(_:)``: near 0.
  var infinity: Double {
    let parts = (1...FrechetReference.mostBlocks).flatMap { blocks in
      (0..<blocks).map { (blocks, $0) }
    }
    let table = ResultTable(count: parts.count)
    pool.forEach(parts.count) { [first, second] item, _ in
      let (blocks, block) = parts[item]
      let size = first.count / blocks
      let range = block * size..<(block + 1) * size
      table[item] = Self.distance(first.rows(range), second.rows(range))
    }
    var item = 0
    return FrechetReference.extrapolated(samples: first.count) { blocks in
      defer { item += blocks }
      return (item..<item + blocks).reduce(0) { $0 + table[$1] } / Double(blocks)
    }
  }

  /// Under the names of a measure's floors: NAME_floor and, where there are enough images, NAME_infinity_floor.
  func floors(of name: String) -> [SessionEvent.MetricValue] {
    var values: [SessionEvent.MetricValue] = [.init(name: name + "_floor", value: distance)]
    if first.count >= FrechetReference.leastSamples(dimension: first.dimension) {
      values.append(.init(name: name + "_infinity_floor", value: infinity))
    }
    return values
  }

  private static func distance(_ a: FeatureRows, _ b: FeatureRows) -> Double {
    if b.count <= b.dimension { return FrechetOfFew(a.fit, b).distance() }
    return FrechetReference(a.fit)?.distance(to: b.fit) ?? .nan
  }
}
