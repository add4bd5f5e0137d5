/// Points of a scatter plot: colour and shape together tell series apart, so that a grey print does
/// too. Many points are drawn softly, as one path a colour.
struct PlotMarks {
  /// Of all panels: from this many on points are drawn in short.
  private static let many = 400
  static let radius = 4.0

  private let isShort: Bool

  init(count: Int) { isShort = count >= Self.many }

  func draw(_ dots: XYPlot.Dots, in frame: PlotFrame, on canvas: inout SVGCanvas) {
    for (point, half) in zip(dots.points, dots.whiskers) {
      guard let half, let low = frame.place(Point(point.x, point.y - half)),
        let high = frame.place(Point(point.x, point.y + half)), low.y - high.y > 1
      else { continue }
      canvas.line(low.x, low.y, high.x, high.y, class: "whisker")
    }
    let places = dots.points.compactMap(frame.place)
    if isShort {
      // Points on the same pixel show as one.
      var seen: Set<Point> = []
      let distinct = places.filter {
        seen.insert(Point(($0.x * 2).rounded(), ($0.y * 2).rounded())).inserted
      }
      canvas.dots(
        distinct, class: "\(PlotTheme.stroke(dots.color)) dots \(Self.weight(dots.isFaint))")
    } else {
      for place in places {
        // Beside lines, which the legend shows, points have no shape of their own.
        if dots.label == nil, case .series = dots.color {
          canvas.circle(
            x: place.x, y: place.y, radius: Self.radius,
            class: "\(PlotTheme.fill(dots.color)) \(Self.weight(dots.isFaint))")
        } else {
          Self.draw(dots.color, isFaint: dots.isFaint, at: place, on: &canvas)
        }
      }
    }
  }

  /// One mark.
  static func draw(
    _ color: PlotColor, isFaint: Bool = false, at place: Point, on canvas: inout SVGCanvas
  ) {
    let looks = "\(PlotTheme.fill(color)) \(weight(isFaint))"
    guard case .series(let index) = color, let corners = shape(index) else {
      canvas.circle(x: place.x, y: place.y, radius: radius, class: looks)
      return
    }
    canvas.polygon(
      corners.map { Point(place.x + $0.x * radius, place.y + $0.y * radius) }, class: looks)
  }

  /// Each round of the palette begins with another shape, so that colour and shape do not repeat
  /// together.
  private static func weight(_ isFaint: Bool) -> String { isFaint ? "faint" : "soft" }

  private static func shape(_ index: Int) -> [Point]? {
    shapes[(index + index / PlotTheme.seriesCount) % shapes.count]
  }

  /// Corners in radii, areas about alike; nil: a circle.
  private static let shapes: [[Point]?] = [
    nil,
    [Point(-0.9, -0.9), Point(0.9, -0.9), Point(0.9, 0.9), Point(-0.9, 0.9)],
    [Point(0, -1.3), Point(1.2, 0.9), Point(-1.2, 0.9)],
    [Point(0, -1.3), Point(1.3, 0), Point(0, 1.3), Point(-1.3, 0)],
    [Point(0, 1.3), Point(1.2, -0.9), Point(-1.2, -0.9)],
    [
      Point(-0.4, -1.2), Point(0.4, -1.2), Point(0.4, -0.4), Point(1.2, -0.4), Point(1.2, 0.4),
      Point(0.4, 0.4), Point(0.4, 1.2), Point(-0.4, 1.2), Point(-0.4, 0.4), Point(-1.2, 0.4),
      Point(-1.2, -0.4), Point(-0.4, -0.4),
    ],
  ]
}
