/// Small multiples of one square window of the plane: clouds of points, paths, arrows, and a density behind them.
package struct PlanePlot {
  /// Points of one kind.
  package struct Cloud {
    /// In the legend, once; nil: not there.
    package var label: String?
    package var color: PlotColor
    package var points: [Point]

    package init(label: String? = nil, color: PlotColor, points: [Point]) {
      self.label = label
      self.color = color
      self.points = points
    }
  }

  /// From a place of the plane, so far.
  package struct Arrow: Sendable, Hashable {
    package var start: Point
    package var step: Point

    package init(start: Point, step: Point) {
      self.start = start
      self.step = step
    }
  }

  package struct Panel {
    /// Above it; empty: nothing, and where that is so of a whole row no room is kept.
    package var title: String
    package var density: PlaneDensity?
    package var clouds: [Cloud]
    /// Each a line through its points, with a dot at its end.
    package var paths: [(color: PlotColor, points: [Point])]
    package var arrows: [Arrow]

    package init(
      title: String = "", density: PlaneDensity? = nil, clouds: [Cloud] = [],
      paths: [(color: PlotColor, points: [Point])] = [], arrows: [Arrow] = []
    ) {
      self.title = title
      self.density = density
      self.clouds = clouds
      self.paths = paths
      self.arrows = arrows
    }
  }

  package var title: String
  /// Panels of a row.
  package var columns: Int
  /// Above each row; one without a name has no line.
  package var rows: [String]
  /// (rows, columns); nil: an empty place.
  package var panels: [Panel?]
  /// Of both axes of all panels.
  package var window: ClosedRange<Double>
  /// What the density means, in the legend.
  package var densityLabel: String?
  /// What the arrows mean, in the legend.
  package var arrowLabel: String?

  package init(
    title: String, columns: Int, rows: [String], panels: [Panel?],
    window: ClosedRange<Double>, densityLabel: String? = nil, arrowLabel: String? = nil
  ) {
    self.title = title
    self.columns = columns
    self.rows = rows
    self.panels = panels
    self.window = window
    self.densityLabel = densityLabel
    self.arrowLabel = arrowLabel
  }

  private static let gap = 10.0
  private static let titleHeight = 18.0
  /// Points of all panels together: keeps the file below some 300 KB.
  package static let mostPoints = 18_000

  private static let left = 34.0

  /// Of a panel.
  private func side(in width: Double) -> Double {
    let count = Double(columns)
    let room = (width - Self.left - 12 - Self.gap * (count - 1)) / count
    return min(room, columns == 1 ? 380 : 236)
  }

  /// - Precondition: `panels` has a place for each row and column.
  package func svg(_ page: PlotPage = PlotPage()) -> String {
    let width = page.room
    precondition(panels.count == rows.count * columns)
    let (side, left) = (side(in: width), Self.left)
    let legend = PlaneKey(self, from: left, width: width - left)
    let lines = rows.indices.reduce(0) { $0 + (rows[$1].isEmpty ? 0 : 1) + (hasTitles($1) ? 1 : 0) }
    let top = 8.0
    let height =
      top + Double(lines) * Self.titleHeight + Double(rows.count) * (side + Self.gap) + 16
      + (legend.height > 0 ? legend.height + 6 : 0)
    let across = left + Double(columns) * (side + Self.gap) - Self.gap + 12
    var canvas = SVGCanvas(
      width: min(width, max(across, left + legend.width + 12)), height: height, page: page)
    canvas.usesPlanes = true
    let scale = AxisScale.linear(
      covering: [window.lowerBound, window.upperBound], about: 4, widened: false)
    var y = top
    for (row, name) in rows.enumerated() {
      if !name.isEmpty {
        canvas.text(
          TextWidth.fitted(name, width: across - left), x: left, y: y + 12,
          class: "ink strong small")
        y += Self.titleHeight
      }
      if hasTitles(row) { y += Self.titleHeight }
      for column in 0..<columns {
        let x = left + Double(column) * (side + Self.gap)
        let frame = PlotFrame(
          left: x, right: x + side, top: y, bottom: y + side, x: scale, y: scale)
        guard let panel = panels[row * columns + column] else { continue }
        if !panel.title.isEmpty {
          canvas.text(
            TextWidth.fitted(panel.title, width: side), x: x, y: y - 6, class: "muted small")
        }
        let isLowest = row == rows.count - 1 || panels[(row + 1) * columns + column] == nil
        drawAxes(of: frame, isLeft: column == 0, isLowest: isLowest, on: &canvas)
        draw(panel, in: frame, on: &canvas)
      }
      y += side + Self.gap
    }
    legend.draw(top: y + 16, on: &canvas)
    return canvas.document(title: title, summary: summary)
  }

  private func hasTitles(_ row: Int) -> Bool {
    panels[row * columns..<(row + 1) * columns].contains { !($0?.title.isEmpty ?? true) }
  }

  private var summary: String {
    let titles = panels.compactMap { $0?.title }
    return ([title] + rows + titles).filter { !$0.isEmpty }.joined(separator: "; ")
  }

  // MARK: - Marks

  private func drawAxes(
    of frame: PlotFrame, isLeft: Bool, isLowest: Bool, on canvas: inout SVGCanvas
  ) {
    for tick in frame.x.ticks {
      guard let x = frame.placeX(tick.value),
        let y = frame.y.position(tick.value, from: frame.bottom, to: frame.top)
      else { continue }
      if isLowest, let label = tick.label {
        canvas.line(x, frame.bottom, x, frame.bottom + 3, class: "axis")
        canvas.text(label, x: x, y: frame.bottom + 15, anchor: .middle, class: "muted small")
      }
      if isLeft, let label = tick.label {
        canvas.line(frame.left - 3, y, frame.left, y, class: "axis")
        canvas.text(label, x: frame.left - 6, y: y + 4, anchor: .end, class: "muted small")
      }
    }
    canvas.outline(
      x: frame.left, y: frame.top, width: frame.right - frame.left,
      height: frame.bottom - frame.top, class: "axis thin")
  }

  private func draw(_ panel: Panel, in frame: PlotFrame, on canvas: inout SVGCanvas) {
    panel.density?.draw(in: frame, on: &canvas)
    let total = panels.reduce(0) { $0 + ($1?.clouds.reduce(0) { $0 + $1.points.count } ?? 0) }
    let share = min(1, Double(Self.mostPoints) / Double(max(total, 1)))
    for cloud in panel.clouds {
      let kept = Int((Double(cloud.points.count) * share).rounded(.up))
      canvas.dots(
        cloud.points.prefix(kept).compactMap { place($0, in: frame) },
        class: "\(PlotTheme.stroke(cloud.color)) speck")
    }
    for path in panel.paths {
      // A line leaves the window and comes back in pieces.
      var pieces: [[Point]] = [[]]
      for point in path.points {
        if let place = place(point, in: frame) {
          pieces[pieces.count - 1].append(place)
        } else if pieces.last?.isEmpty == false {
          pieces.append([])
        }
      }
      canvas.polyline(
        pieces.filter { $0.count > 1 }, class: "\(PlotTheme.stroke(path.color)) thin soft")
      if let end = path.points.last, let place = place(end, in: frame) {
        canvas.circle(x: place.x, y: place.y, radius: 1.8, class: PlotTheme.fill(path.color))
      }
    }
    canvas.polyline(
      panel.arrows.flatMap { pieces(of: $0, in: frame) }, class: "whisker thin")
  }

  /// Whether a point is inside of the window.
  package func shows(_ point: Point) -> Bool {
    window.contains(point.x) && window.contains(point.y)
  }

  /// nil: outside of the window.
  private func place(_ point: Point, in frame: PlotFrame) -> Point? {
    shows(point) ? frame.place(point) : nil
  }

  /// A shaft, and two strokes for the head.
  private func pieces(of arrow: Arrow, in frame: PlotFrame) -> [[Point]] {
    guard let start = place(arrow.start, in: frame),
      let end = frame.place(Point(arrow.start.x + arrow.step.x, arrow.start.y + arrow.step.y))
    else { return [] }
    let (dx, dy) = (end.x - start.x, end.y - start.y)
    let length = (dx * dx + dy * dy).squareRoot()
    guard length > 1 else { return [[start]] }
    let head = min(3.2, 0.45 * length)
    let (ux, uy) = (dx / length * head, dy / length * head)
    // 35° to either side.
    let (c, s) = (0.819, 0.574)
    let left = Point(end.x - c * ux + s * uy, end.y - c * uy - s * ux)
    let right = Point(end.x - c * ux - s * uy, end.y - c * uy + s * ux)
    return [[start, end], [left, end, right]]
  }
}
