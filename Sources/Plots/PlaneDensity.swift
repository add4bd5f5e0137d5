import Foundation

/// A density over a window of the plane, on a grid of even steps from one end of the window to the other.
package struct PlaneDensity: Sendable {
  /// Points of the grid along each axis.
  package let side: Int
  /// (side, side), from the lower left, row by row.
  package let values: [Double]

  /// - Precondition: side·side values, at least two a side.
  package init(side: Int, values: [Double]) {
    precondition(side > 1 && values.count == side * side)
    self.side = side
    self.values = values
  }

  /// The mean of Gaussians about points: what points look like that have each been moved by N(0, deviation²·I).
  ///
  /// - Parameters:
  ///   - deviation: above 0.
  ///   - window: of both axes.
  package init(
    of points: [Point], deviation: Double, window: ClosedRange<Double>, side: Int = 72
  ) {
    // Along each axis by itself: exp(−(x² + y²)) is a product.
    let step = (window.upperBound - window.lowerBound) / Double(side - 1)
    let reach = Int((4 * deviation / step).rounded(.up))
    var values = [Double](repeating: 0, count: side * side)
    func weights(_ value: Double) -> (first: Int, weights: [Double]) {
      let place = (value - window.lowerBound) / step
      guard place.isFinite, abs(place) < 1e9 else { return (0, []) }
      let centre = Int(place.rounded())
      let (first, last) = (max(0, centre - reach), min(side - 1, centre + reach))
      guard first <= last else { return (0, []) }
      let range = first...last
      return (
        range.lowerBound,
        range.map { index in
          let z = (Double(index) - place) * step / deviation
          return exp(-z * z / 2)
        }
      )
    }
    for point in points {
      let (firstX, xs) = weights(point.x)
      let (firstY, ys) = weights(point.y)
      for (row, y) in ys.enumerated() {
        let start = (firstY + row) * side + firstX
        for (column, x) in xs.enumerated() { values[start + column] += x * y }
      }
    }
    self.init(side: side, values: values)
  }

  /// Shares of the greatest value, each a shade darker than the one before.
  private static let levels = [0.04, 0.15, 0.32, 0.52, 0.75]
  /// Pixels between lines, which are a little higher than that.
  private static let step = 2.0

  /// Shades, each as lines across the frame from where the density rises above a level to where it falls below it.
  func draw(in frame: PlotFrame, on canvas: inout SVGCanvas) {
    let greatest = values.max() ?? 0
    guard greatest > 0, greatest.isFinite else { return }
    let (width, height) = (frame.right - frame.left, frame.bottom - frame.top)
    for level in Self.levels {
      var lines: [[Point]] = []
      var y = Self.step / 2
      while y < height {
        let row = row(at: 1 - y / height)
        for (from, to) in Self.runs(row, above: level * greatest) {
          let scale = width / Double(side - 1)
          lines.append([
            Point(frame.left + from * scale, frame.top + y),
            Point(frame.left + to * scale, frame.top + y),
          ])
        }
        y += Self.step
      }
      canvas.polyline(lines, class: "\(PlotTheme.stroke(.series(0))) mist")
    }
  }

  /// The grid's values at a height, 0 at the bottom, 1 at the top.
  private func row(at height: Double) -> [Double] {
    let place = height * Double(side - 1)
    let below = min(side - 2, max(0, Int(place)))
    let t = place - Double(below)
    return (0..<side).map { column in
      (1 - t) * values[below * side + column] + t * values[(below + 1) * side + column]
    }
  }

  /// Where a row of values is above a level, in places of the row, between two of them on the straight line.
  static func runs(_ row: [Double], above level: Double) -> [(from: Double, to: Double)] {
    var runs: [(from: Double, to: Double)] = []
    var start: Double? = row.first.map { $0 > level } == true ? 0 : nil
    for i in row.indices.dropFirst() {
      let (before, after) = (row[i - 1], row[i])
      guard (before > level) != (after > level) else { continue }
      let crossing = Double(i - 1) + (level - before) / (after - before)
      if let from = start {
        runs.append((from, crossing))
        start = nil
      } else {
        start = crossing
      }
    }
    if let start { runs.append((start, Double(row.count - 1))) }
    return runs
  }
}
