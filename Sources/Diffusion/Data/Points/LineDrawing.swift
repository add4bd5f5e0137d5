/// Lines from point to point, to be drawn from evenly along their length.
struct LineDrawing: Sendable {
  typealias Point = (x: Double, y: Double)

  /// From where to where, and how far along all lines its end is.
  private struct Segment: Sendable {
    let start: Point
    let end: Point
    let reach: Double
  }

  private let segments: [Segment]
  /// Of all lines.
  let length: Double

  init(_ lines: [[Point]]) {
    var reach = 0.0
    var segments: [Segment] = []
    for line in lines {
      for (start, end) in zip(line, line.dropFirst()) {
        let (dx, dy) = (end.x - start.x, end.y - start.y)
        reach += (dx * dx + dy * dy).squareRoot()
        segments.append(Segment(start: start, end: end, reach: reach))
      }
    }
    self.segments = segments
    length = reach
  }

  /// The point at a share of the length, in [0, 1).
  func point(at share: Double) -> Point {
    let place = share * length
    // The first that ends beyond it.
    var (low, high) = (0, segments.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if segments[middle].reach > place { high = middle } else { low = middle + 1 }
    }
    let segment = segments[low]
    let begin = low == 0 ? 0 : segments[low - 1].reach
    let t = min(1, (place - begin) / (segment.reach - begin))
    return (
      segment.start.x + t * (segment.end.x - segment.start.x),
      segment.start.y + t * (segment.end.y - segment.start.y)
    )
  }

  /// A cat that sits, y upwards.
  static let cat = LineDrawing([
    // Ears, back, paws
    [
      (-0.52, 0.92), (-0.46, 0.7), (-0.56, 0.56), (-0.6, 0.4), (-0.55, 0.26), (-0.44, 0.16),
      (-0.47, -0.02), (-0.49, -0.24), (-0.5, -0.48), (-0.52, -0.68), (-0.6, -0.76),
      (-0.6, -0.84), (-0.48, -0.86), (-0.3, -0.86), (-0.06, -0.87), (0.2, -0.87), (0.4, -0.84),
      (0.52, -0.74), (0.58, -0.58), (0.58, -0.4), (0.52, -0.2), (0.4, -0.02), (0.24, 0.1),
      (0.06, 0.18), (-0.02, 0.28), (0.02, 0.42), (0.0, 0.58), (-0.08, 0.7), (-0.08, 0.94),
      (-0.22, 0.77), (-0.35, 0.77), (-0.52, 0.92),
    ],
    // Tail
    [
      (0.5, -0.78), (0.66, -0.8), (0.8, -0.7), (0.88, -0.52), (0.86, -0.32), (0.76, -0.18),
      (0.74, -0.04), (0.82, 0.06), (0.92, 0.06),
    ],
    // Hind leg
    [(0.16, -0.87), (0.06, -0.72), (0.06, -0.54), (0.16, -0.4), (0.3, -0.36)],
    // Between the forelegs
    [(-0.28, -0.86), (-0.3, -0.6), (-0.28, -0.34)],
    // Eyes
    [(-0.46, 0.5), (-0.4, 0.53), (-0.35, 0.49), (-0.41, 0.46), (-0.46, 0.5)],
    [(-0.2, 0.49), (-0.15, 0.53), (-0.09, 0.5), (-0.14, 0.46), (-0.2, 0.49)],
    // Nose
    [(-0.33, 0.37), (-0.23, 0.37), (-0.28, 0.31), (-0.33, 0.37)],
    // Mouth
    [
      (-0.38, 0.24), (-0.33, 0.22), (-0.28, 0.26), (-0.28, 0.31), (-0.28, 0.26), (-0.23, 0.22),
      (-0.18, 0.24),
    ],
    // Whiskers
    [(-0.44, 0.34), (-0.76, 0.42)],
    [(-0.44, 0.3), (-0.76, 0.26)],
    [(-0.12, 0.34), (0.2, 0.42)],
    [(-0.12, 0.3), (0.2, 0.26)],
  ])
}
