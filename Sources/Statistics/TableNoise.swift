/// How noisy the settings of a table are, from the variances of their pairs' differences.
struct TableNoise: Sendable {
  /// Each setting's own, σ²; those that are not pooled are absent.
  private(set) var own: [Int: Double] = [:]
  /// The whole table's.
  private(set) var table = 0.0

  /// A setting whose differences vary this many times more than the median setting's is not pooled.
  private static let outOfProportion = 100.0

  /// - Parameter settings: those that are compared; of two there is nothing to pool.
  init(among settings: [Int], of pairs: PairMoments) {
    guard settings.count > 2 else { return }
    let pooled = Self.inProportion(settings, pairs)
    guard pooled.count > 2 else { return }
    let k = Double(pooled.count)
    // Means by degrees of freedom: over a setting's pairs, and over all.
    var ofSetting = [(weight: Double, sum: Double)](repeating: (0, 0), count: pooled.count)
    var (weight, sum) = (0.0, 0.0)
    for b in pooled.indices {
      for a in 0..<b {
        let pair = pairs[pooled[a], pooled[b]]
        guard pair.isSound else { continue }
        let freedom = Double(pair.seeds - 1)
        let share = freedom * pair.variance
        weight += freedom
        sum += share
        ofSetting[a].weight += freedom
        ofSetting[a].sum += share
        ofSetting[b].weight += freedom
        ofSetting[b].sum += share
      }
    }
    let mean = sum / weight
    for (setting, its) in zip(pooled, ofSetting) where its.weight > 0 {
      // Shukla's stability variance, in variances of differences.
      own[setting] = max(0, ((k - 1) * (its.sum / its.weight) - k / 2 * mean) / (k - 2))
    }
    table = mean / 2
  }

  private static func inProportion(_ settings: [Int], _ pairs: PairMoments) -> [Int] {
    var variances: [[Double]] = []
    for a in settings {
      var its: [Double] = []
      its.reserveCapacity(settings.count)
      for b in settings where b != a {
        let pair = pairs[a, b]
        guard pair.isSound else { continue }
        // Of two seeds a variance says too little.
        if pair.seeds == 2 { return settings }
        its.append(pair.variance)
      }
      variances.append(its)
    }
    let typical = variances.map(lowerMedian)
    let middle = lowerMedian(typical)
    guard middle > 0 else { return settings }
    return zip(settings, typical).filter { $1 <= outOfProportion * middle }.map(\.0)
  }

  private static func lowerMedian(_ values: [Double]) -> Double {
    values.sorted()[(values.count - 1) / 2]
  }
}
