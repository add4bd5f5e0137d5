import Kernels

extension FrechetReference {
  /// Parts that the samples are cut into for the extrapolation, at most.
  static let mostBlocks = 4
  /// Samples a dimension that a block has at least: with fewer the bias is no line in 1/n any more.
  static let leastSamplesADimension = 2

  /// Samples that ``infinity(_:)`` takes at least, of features in so many dimensions.
  static func leastSamples(dimension: Int) -> Int {
    mostBlocks * leastSamplesADimension * dimension
  }

  /// The distance of the samples, biased upwards by their number n, with the interval of what n samples of the same
  /// distribution have on average.
  ///
  /// - Parameter pool: shares the work out; the result does not depend on it.
  func estimate(_ samples: FeatureRows, pool: WorkerPool? = nil) -> IntervalEstimate {
    let variance = GroupedJackknife.variance(of: samples, pool: pool) { distance(to: $0.fit) }
    return IntervalEstimate(
      value: distance(to: samples.fit), variance: variance,
      degreesOfFreedom: GroupedJackknife.degreesOfFreedom, within: 0...Double.infinity)
  }

  /// FD∞: the distance of infinitely many samples, extrapolated (Chong & Forsyth 2020, section 3.2), with its interval.
  ///
  /// Its bias falls as 1/n, so that a line through the distances of fewer samples over 1/n meets 1/n = 0 there. The
  /// numbers are N, N/2, N/3 and N/4, and the distance of N/b samples is the mean over b blocks that share none: each
  /// sample counts at each number, so that little noise is added. Where the true distance is near 0 it may be below.
  ///
  /// - Parameter pool: shares the work out; the result does not depend on it.
  func infinity(_ samples: FeatureRows, pool: WorkerPool? = nil) -> IntervalEstimate {
    let variance = GroupedJackknife.variance(of: samples, pool: pool, extrapolated)
    return IntervalEstimate(
      value: extrapolated(samples), variance: variance,
      degreesOfFreedom: GroupedJackknife.degreesOfFreedom)
  }

  /// The line's value at 1/n = 0, by least squares.
  func extrapolated(_ samples: FeatureRows) -> Double {
    Self.extrapolated(samples: samples.count) { blocks in
      let size = samples.count / blocks
      let distances = (0..<blocks).map { block in
        distance(to: samples.rows(block * size..<(block + 1) * size).fit)
      }
      return distances.reduce(0, +) / Double(blocks)
    }
  }

  /// The same of distances that are computed elsewhere.
  ///
  /// - Parameter distance: the mean over so many blocks; asked of 1 to 4, in this order.
  static func extrapolated(samples: Int, _ distance: (_ blocks: Int) -> Double) -> Double {
    let points = (1...mostBlocks).map { blocks -> (x: Double, y: Double) in
      (1 / Double(samples / blocks), distance(blocks))
    }
    let count = Double(points.count)
    let meanX = points.reduce(0) { $0 + $1.x } / count
    let meanY = points.reduce(0) { $0 + $1.y } / count
    let covariance = points.reduce(0) { $0 + ($1.x - meanX) * ($1.y - meanY) }
    let variance = points.reduce(0) { $0 + ($1.x - meanX) * ($1.x - meanX) }
    return meanY - covariance / variance * meanX
  }
}

extension GroupedJackknife {
  /// Of a measure of samples.
  static func variance(
    of samples: FeatureRows, pool: WorkerPool? = nil,
    _ measure: @escaping @Sendable (FeatureRows) -> Double
  ) -> Double {
    variance(of: samples.count, pool: pool) { measure(samples.without($0)) }
  }

  /// Of a measure that some of `count` samples are left out of.
  static func variance(
    of count: Int, pool: WorkerPool?, _ measure: @escaping @Sendable (Range<Int>) -> Double
  ) -> Double {
    guard let pool else { return variance((0..<groups).map { measure(group($0, of: count)) }) }
    let table = ResultTable(count: groups)
    pool.forEach(groups) { item, _ in table[item] = measure(group(item, of: count)) }
    return variance((0..<groups).map { table[$0] })
  }
}
