import Kernels

/// How samples and real images lie among each other, by balls around each that reach to its k-th nearest of its own kind
/// (itself not counted, the ball closed).
///
/// - precision: the share of samples in a real image's ball, k = 3 (Kynkäänniemi 2019, eq. 2);
/// - recall: the share of real images in a sample's ball, k = 3 (the same);
/// - density: 1/k times the mean number of real images' balls that a sample is in, k = 5 (Naeem 2020, eq. 4);
/// - coverage: the share of real images whose ball holds a sample, k = 5 (Naeem 2020, eq. 5).
struct ManifoldMeasures: Sendable, Hashable {
  var precision: Double
  var recall: Double
  var density: Double
  var coverage: Double

  /// k of precision and recall.
  static let nearestOfPrecision = 3
  /// k of density and coverage.
  static let nearestOfDensity = 5

  /// - Parameters:
  ///   - real: (N, D), more than 5 rows.
  ///   - samples: (M, D), more than 3 rows.
  /// - Returns: NaN where a feature is not finite.
  init(real: FeatureRows, samples: FeatureRows) {
    guard real.isFinite, samples.isFinite else {
      (precision, recall, density, coverage) = (.nan, .nan, .nan, .nan)
      return
    }
    let realColumns = FeatureColumns(real)
    let radii = Self.radii(
      real, realColumns, nearest: [Self.nearestOfPrecision, Self.nearestOfDensity])
    let sampleRadii = Self.radii(
      samples, FeatureColumns(samples), nearest: [Self.nearestOfPrecision])[0]
    var isRecalled = [Bool](repeating: false, count: real.count)
    var isCovered = isRecalled
    var distances = [Double](repeating: 0, count: real.count)
    var (precise, balls) = (0, 0)
    let (narrow, wide) = (radii[0], radii[1])
    for row in 0..<samples.count {
      realColumns.squaredDistances(from: samples[row], into: &distances)
      var isPrecise = false
      let own = sampleRadii[row]
      for i in distances.indices {
        let distance = distances[i]
        // The wide balls hold the narrow ones.
        if distance <= wide[i] {
          if distance <= narrow[i] { isPrecise = true }
          balls += 1
          isCovered[i] = true
        }
        if distance <= own { isRecalled[i] = true }
      }
      if isPrecise { precise += 1 }
    }
    let (n, m) = (Double(real.count), Double(samples.count))
    precision = Double(precise) / m
    recall = Double(isRecalled.count { $0 }) / n
    density = Double(balls) / (Double(Self.nearestOfDensity) * m)
    coverage = Double(isCovered.count { $0 }) / n
  }

  /// Squared distances to the k-th nearest other row: of each k, in ascending order, and each row.
  private static func radii(
    _ rows: FeatureRows, _ columns: FeatureColumns, nearest: [Int]
  ) -> [[Double]] {
    let most = nearest.last ?? 1
    var radii = nearest.map { _ in [Double](repeating: 0, count: rows.count) }
    var distances = [Double](repeating: 0, count: rows.count)
    var least = [Double](repeating: 0, count: most)
    for row in 0..<rows.count {
      columns.squaredDistances(from: rows[row], into: &distances)
      for k in least.indices { least[k] = .infinity }
      var largest = Double.infinity
      for i in distances.indices where distances[i] < largest && i != row {
        let distance = distances[i]
        // Inserted where it belongs; the largest falls out.
        var place = most - 1
        while place > 0, least[place - 1] > distance {
          least[place] = least[place - 1]
          place -= 1
        }
        least[place] = distance
        largest = least[most - 1]
      }
      for (part, k) in nearest.enumerated() { radii[part][row] = least[k - 1] }
    }
    return radii
  }
}

extension ManifoldMeasures {
  /// The four with their intervals.
  struct Estimates: Sendable, Hashable {
    let precision: IntervalEstimate
    let recall: IntervalEstimate
    let density: IntervalEstimate
    let coverage: IntervalEstimate
  }

  /// Halvings that the intervals are made of.
  static let halvings = 8
  /// Samples, and real images, at least: each half has more than k of both.
  static let leastSamples = 40

  /// The measures and, from how those of halves differ, the intervals of what as many real images and as many samples
  /// have on average.
  ///
  /// Whether an image is in a ball depends on all that are near, so that no share here is one of independent trials, and
  /// samples drawn twice would be their own neighbours, which rules out the bootstrap. But both sets cut into halves at
  /// random give two independent values whose difference has 4 times the variance of the whole's, as far as n·variance
  /// does not depend on n: the mean of (T_A − T_B)²/4 over halvings estimates it (Politis, Romano & Wolf 1999, chapter 2,
  /// have the theory of subsamples), each halving giving Student's t one degree of freedom. Where all halves agree, shares
  /// have Wilson's interval.
  ///
  /// - Parameter pool: shares the work out; the result does not depend on it.
  static func estimates(
    real: FeatureRows, samples: FeatureRows, pool: WorkerPool
  ) -> Estimates {
    let halves = Halvings(real: real, samples: samples)
    let table = ResultTable(count: 4 * (1 + 2 * halvings))
    pool.forEach(1 + 2 * halvings) { item, _ in
      let measures =
        item == 0
        ? ManifoldMeasures(real: real, samples: samples) : halves.measures(item - 1)
      for (part, value) in measures.all.enumerated() { table[4 * item + part] = value }
    }
    func estimate(_ part: Int, isShare: Bool) -> IntervalEstimate {
      let value = table[part]
      guard value.isFinite else { return .none }
      var variance = 0.0
      for halving in 0..<halvings {
        let difference = table[4 * (1 + 2 * halving) + part] - table[4 * (2 + 2 * halving) + part]
        variance += difference * difference / 4
      }
      variance /= Double(halvings)
      if isShare, variance == 0 {
        return IntervalEstimate(share: value, of: Double(min(real.count, samples.count)))
      }
      return IntervalEstimate(
        value: value, variance: variance, degreesOfFreedom: Double(halvings),
        within: 0...(isShare ? 1 : Double.infinity))
    }
    return Estimates(
      precision: estimate(0, isShare: true), recall: estimate(1, isShare: true),
      density: estimate(2, isShare: false), coverage: estimate(3, isShare: true))
  }

  private var all: [Double] { [precision, recall, density, coverage] }

  /// Both sets cut in two, again and again, the same way each time.
  private struct Halvings: Sendable {
    let real: FeatureRows
    let samples: FeatureRows

    /// Of half `item` mod 2 of halving `item`/2.
    func measures(_ item: Int) -> ManifoldMeasures {
      func half(_ rows: FeatureRows, set: Int) -> FeatureRows {
        let order = CounterRandom(seed: 0).permutation(
          count: rows.count, image: set, step: item / 2, purpose: .halves)
        let size = rows.count / 2
        return rows.picked(order[item % 2 * size..<(item % 2 + 1) * size])
      }
      return ManifoldMeasures(real: half(real, set: 0), samples: half(samples, set: 1))
    }
  }
}
