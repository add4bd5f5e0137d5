import Foundation

func decimalLogarithm(_ value: Double) -> Double { log10(value) }
func decimalPower(_ exponent: Double) -> Double { pow(10, exponent) }

/// A sequence of measurements, x rising, unless it is a path; a y that is NaN is a gap.
package struct Curve: Sendable, Hashable {
  package var points: [Point]
  /// A way through the plane, whose x goes where it will.
  package var isPath = false

  package init(_ points: [Point], isPath: Bool = false) {
    self.points = points
    self.isPath = isPath
  }

  /// A centred running mean over about `share` of the values.
  ///
  /// The window shrinks towards the start, where losses fall fastest, so that the first value
  /// stays what it was; at the end it becomes one-sided. Gaps stay gaps and count for nothing.
  package static func smoothed(_ values: [Double], share: Double) -> [Double] {
    let reach = Int((Double(values.count) * share / 2).rounded())
    guard reach > 0 else { return values }
    // Sums of the finite values and their number before each index.
    var sums = [0.0]
    var counts = [0]
    for value in values {
      let finite = value.isFinite
      sums.append(sums[sums.count - 1] + (finite ? value : 0))
      counts.append(counts[counts.count - 1] + (finite ? 1 : 0))
    }
    return values.indices.map { index in
      guard values[index].isFinite else { return values[index] }
      let start = max(0, index - min(index, reach))
      let end = min(values.count, index + min(index, reach) + 1)
      return (sums[end] - sums[start]) / Double(counts[end] - counts[start])
    }
  }

  /// At most two points a bin of x: its lowest and its highest, in their order, so that no spike
  /// is lost. First and last stay.
  ///
  /// - Parameter extent: which the bins divide; nil: from the first x to the last. Of one that stays while a curve grows,
  ///   what is kept of the curve stays too.
  package func decimated(bins: Int, over extent: ClosedRange<Double>? = nil) -> Curve {
    if isPath { return thinned(bins: bins) }
    guard points.count > 2 * bins + 2, let first = points.first, let last = points.last,
      last.x > first.x
    else { return self }
    let (low, high) = (extent?.lowerBound ?? first.x, extent?.upperBound ?? last.x)
    var kept: [Point] = [first]
    var start = 1
    let inner = points.count - 1
    while start < inner {
      let bin = bin(points[start].x, low, high, bins)
      var end = start + 1
      while end < inner, self.bin(points[end].x, low, high, bins) == bin { end += 1 }
      kept += extremes(points[start..<end])
      start = end
    }
    kept.append(last)
    return Curve(kept)
  }

  private func bin(_ x: Double, _ low: Double, _ high: Double, _ bins: Int) -> Int {
    Int((x - low) / (high - low) * Double(bins))
  }

  private func extremes(_ slice: ArraySlice<Point>) -> [Point] {
    // A gap must not vanish among the values around it.
    if let gap = slice.first(where: { !$0.y.isFinite }) { return [gap] }
    guard let low = slice.min(by: { $0.y < $1.y }), let high = slice.max(by: { $0.y < $1.y })
    else { return [] }
    return low == high ? [low] : low.x < high.x ? [low, high] : [high, low]
  }
}
