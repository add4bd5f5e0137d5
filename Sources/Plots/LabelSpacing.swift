/// Labels beside the ends of lines, moved apart as little as possible.
enum LabelSpacing {
  /// Centres at least `distance` apart, in the order of `wanted` by value, within `range`; the
  /// sum of squared moves is the least possible. nil if they do not fit.
  ///
  /// Substituting z_i = y_i − i·distance turns "apart" into "not falling": isotonic regression,
  /// solved by pooling adjacent violators (Barlow 1972).
  static func spread(
    _ wanted: [Double], distance: Double, within range: ClosedRange<Double>
  ) -> [Double]? {
    let slack = range.upperBound - range.lowerBound - distance * Double(max(0, wanted.count - 1))
    guard slack >= 0 else { return nil }
    let order = wanted.indices.sorted { (wanted[$0], $0) < (wanted[$1], $1) }

    var blocks: [(sum: Double, count: Int)] = []
    for (rank, index) in order.enumerated() {
      blocks.append((wanted[index] - Double(rank) * distance, 1))
      while blocks.count > 1,
        mean(blocks[blocks.count - 2]) > mean(blocks[blocks.count - 1])
      {
        let last = blocks.removeLast()
        blocks[blocks.count - 1].sum += last.sum
        blocks[blocks.count - 1].count += last.count
      }
    }

    var result = wanted
    var rank = 0
    for block in blocks {
      let z = max(range.lowerBound, min(range.lowerBound + slack, mean(block)))
      for _ in 0..<block.count {
        result[order[rank]] = z + Double(rank) * distance
        rank += 1
      }
    }
    return result
  }

  private static func mean(_ block: (sum: Double, count: Int)) -> Double {
    block.sum / Double(block.count)
  }
}
