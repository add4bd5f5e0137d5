extension Curve {
  /// A way through the plane, whose x may go back: as many pieces of consecutive points as keep two points a bin, each
  /// with its outermost points in x and in y, in their order. First and last stay, and of gaps one a piece.
  func thinned(bins: Int) -> Curve {
    guard points.count > 2 * bins + 2, let first = points.first, let last = points.last else {
      return self
    }
    let inner = points.count - 2
    // Four extremes and a gap, of at most 2·bins points.
    let pieces = max(1, 2 * bins / 5)
    var kept: [Point] = [first]
    for piece in 0..<pieces {
      let (start, end) = (1 + inner * piece / pieces, 1 + inner * (piece + 1) / pieces)
      kept += outermost(start..<end).map { points[$0] }
    }
    kept.append(last)
    return Curve(kept, isPath: true)
  }

  private func outermost(_ range: Range<Int>) -> [Int] {
    var places: Set<Int> = []
    if let gap = range.first(where: { points[$0].x.isNaN || points[$0].y.isNaN }) {
      places.insert(gap)
    }
    let sound = range.filter { !points[$0].x.isNaN && !points[$0].y.isNaN }
    for value in [\Point.x, \Point.y] {
      if let low = sound.min(by: { points[$0][keyPath: value] < points[$1][keyPath: value] }) {
        places.insert(low)
      }
      if let high = sound.max(by: { points[$0][keyPath: value] < points[$1][keyPath: value] }) {
        places.insert(high)
      }
    }
    return places.sorted()
  }
}
