/// Of each pair of settings the mean and the variance of its differences, seed by seed.
struct PairMoments: Sendable {
  struct Pair: Sendable {
    /// Of setting a less setting b, a < b; NaN without a seed in common.
    var mean: Double
    var variance: Double
    /// That both have.
    var seeds: Int
    /// Whether the two are the same in every seed.
    var areEqual: Bool

    init(_ differences: some RandomAccessCollection<Double>) {
      seeds = differences.count
      guard let origin = differences.first else {
        (mean, variance, areEqual) = (.nan, 0, false)
        return
      }
      let count = Double(seeds)
      // Summed around the first, so that a large offset does not eat the digits.
      var (sum, allZero) = (0.0, true)
      for value in differences {
        sum += origin.isFinite ? value - origin : value
        if value != 0 { allZero = false }
      }
      mean = origin.isFinite ? origin + sum / count : sum / count
      var squares = 0.0
      for value in differences { squares += (value - mean) * (value - mean) }
      variance = squares / Double(max(1, seeds - 1))
      areEqual = allZero && seeds > 1
    }

    /// Whether there are two seeds in common and all is finite.
    var isSound: Bool { seeds > 1 && variance.isFinite && mean.isFinite }
  }

  /// Where differences come from.
  private enum Source: Sendable {
    case values([[Double?]])
    /// Of pairs, as they lie in `all`.
    case differences([[Double]])
  }

  let settings: Int
  /// Pair a < b at b·(b − 1)/2 + a.
  private let all: [Pair]
  private let source: Source

  init(of settings: Int, differences: (_ a: Int, _ b: Int) throws -> [Double]) rethrows {
    var kept: [[Double]] = []
    for b in 0..<settings {
      for a in 0..<b { kept.append(try differences(a, b)) }
    }
    self.settings = settings
    all = kept.map { Pair($0) }
    source = .differences(kept)
  }

  /// Of values by setting and seed, nil where a setting lacks a seed.
  init(_ values: [[Double?]]) {
    settings = values.count
    source = .values(values)
    // Most tables lack nothing.
    let whole = values.map { $0.compactMap { $0 } }
    let isWhole = zip(whole, values).allSatisfy {
      $0.count == $1.count && $1.count == values[0].count
    }
    var all: [Pair] = []
    all.reserveCapacity(values.count * max(0, values.count - 1) / 2)
    var differences: [Double] = []
    for b in values.indices {
      for a in 0..<b {
        differences.removeAll(keepingCapacity: true)
        if isWhole {
          for seed in whole[a].indices { differences.append(whole[a][seed] - whole[b][seed]) }
        } else {
          for (x, y) in zip(values[a], values[b]) {
            if let x, let y { differences.append(x - y) }
          }
        }
        all.append(Pair(differences))
      }
    }
    self.all = all
  }

  private static func place(_ a: Int, _ b: Int) -> Int {
    let (low, high) = a < b ? (a, b) : (b, a)
    return high * (high - 1) / 2 + low
  }

  subscript(a: Int, b: Int) -> Pair { all[Self.place(a, b)] }

  /// Setting a less setting b, of each seed that both have.
  func differences(_ a: Int, _ b: Int) -> [Double] {
    switch source {
    case .values(let values):
      zip(values[a], values[b]).compactMap { x, y in x.flatMap { x in y.map { x - $0 } } }
    case .differences(let kept):
      a < b ? kept[Self.place(a, b)] : kept[Self.place(a, b)].map { -$0 }
    }
  }
}
