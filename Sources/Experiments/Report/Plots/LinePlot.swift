/// Curves over steps or time, each with its name at its end.
struct LinePlot {
  struct Line {
    var label: String
    /// Colour and dash pattern: the setting's place in the report.
    var color: Int
    var curve: Curve
    /// The measurements behind a smoothed `curve`, drawn lightly.
    var raw: Curve?
    /// Lowest and highest over seeds.
    var band: (low: Curve, high: Curve)?
  }

  /// A level to compare with.
  struct Reference {
    var label: String
    var value: Double
  }

  var title: String
  var xTitle: String
  var yTitle: String
  var yScale = AxisScale.Kind.linear
  var lines: [Line]
  var references: [Reference] = []

  private static let width = 760.0
  private static let plotHeight = 264.0
  private static let top = 38.0
  private static let rowHeight = 17.0
  private static let swatch = 22.0

  func svg() -> String {
    let x = AxisScale.linear(
      covering: lines.flatMap { $0.curve.points.map(\.x) }, about: 7, widened: false)
    let heights =
      lines.flatMap { line in
        // Raw spikes may leave the frame: the curves are what is to be seen.
        line.curve.points.map(\.y) + (line.band?.low.points.map(\.y) ?? [])
          + (line.band?.high.points.map(\.y) ?? [])
      } + references.map(\.value)
    let y =
      yScale == .linear
      ? AxisScale.linear(covering: heights, about: 5) : AxisScale.logarithmic(covering: heights)
    let left = 14 + (y.ticks.compactMap(\.label).map { TextWidth.estimate($0) }.max() ?? 0)
    let labels = labelPlan(y: y)
    let right = Self.width - (labels == nil ? 28 : labelWidth + 24)
    let bottom = Self.top + Self.plotHeight
    let legend = labels == nil ? legendRows(from: left) : []

    var canvas = SVGCanvas(
      width: Self.width,
      height: bottom + 46 + (legend.isEmpty ? 0 : 12 + Self.rowHeight * Double(legend.count)))
    let frame = Frame(left: left, right: right, top: Self.top, bottom: bottom, x: x, y: y)
    draw(axes: frame, on: &canvas)
    for reference in references {
      guard let y = y.position(reference.value, from: bottom, to: Self.top) else { continue }
      canvas.line(left, y, right, y, class: "reference")
    }
    for line in lines { draw(line, in: frame, on: &canvas) }
    if let labels {
      for label in labels { draw(label, in: frame, on: &canvas) }
    } else {
      draw(legend: legend, top: bottom + 50, on: &canvas)
    }
    return canvas.document(
      title: title,
      summary: "\(yTitle) against \(xTitle): " + lines.map(\.label).joined(separator: ", "))
  }

  /// Pixels and the scales that fill them.
  private struct Frame {
    var left, right, top, bottom: Double
    var x, y: AxisScale

    func place(_ point: Point) -> Point? {
      guard let x = x.position(point.x, from: left, to: right),
        let y = y.position(point.y, from: bottom, to: top)
      else { return nil }
      return Point(x, y)
    }

    /// The curve in pixels, cut where it has gaps.
    func pieces(_ curve: Curve) -> [[Point]] {
      var pieces: [[Point]] = [[]]
      for point in curve.decimated(bins: Int(right - left)).points {
        if let place = place(point) {
          pieces[pieces.count - 1].append(place)
        } else if !pieces[pieces.count - 1].isEmpty {
          pieces.append([])
        }
      }
      return pieces
    }
  }

  // MARK: - Axes

  private func draw(axes frame: Frame, on canvas: inout SVGCanvas) {
    canvas.text(yTitle, x: 8, y: 18, class: "muted")
    for tick in frame.y.ticks {
      guard let y = frame.y.position(tick.value, from: frame.bottom, to: frame.top) else {
        continue
      }
      canvas.line(frame.left, y, frame.right, y, class: "grid")
      if let label = tick.label {
        canvas.text(label, x: frame.left - 7, y: y + 4.3, anchor: .end, class: "muted")
      }
    }
    canvas.line(frame.left, frame.bottom, frame.right, frame.bottom, class: "axis")
    for tick in frame.x.ticks {
      guard let x = frame.x.position(tick.value, from: frame.left, to: frame.right) else {
        continue
      }
      canvas.line(x, frame.bottom, x, frame.bottom + 4, class: "axis")
      if let label = tick.label {
        canvas.text(label, x: x, y: frame.bottom + 18, anchor: .middle, class: "muted")
      }
    }
    canvas.text(
      xTitle, x: (frame.left + frame.right) / 2, y: frame.bottom + 37, anchor: .middle,
      class: "muted")
  }

  // MARK: - Lines

  private func draw(_ line: Line, in frame: Frame, on canvas: inout SVGCanvas) {
    let stroke = PlotTheme.stroke(line.color)
    if let band = line.band {
      let bins = Int(frame.right - frame.left) / 2
      let low = band.low.decimated(bins: bins).points.compactMap(frame.place)
      let high = band.high.decimated(bins: bins).points.compactMap(frame.place)
      canvas.polygon(high + low.reversed(), class: "\(PlotTheme.fill(line.color)) band")
    }
    if let raw = line.raw {
      canvas.polyline(frame.pieces(raw), class: "\(stroke) raw")
    }
    canvas.polyline(
      frame.pieces(line.curve), class: "\(stroke) line", extra: PlotTheme.dash(line.color))
  }

  // MARK: - Names

  private struct Label {
    var text: String
    /// nil: a reference.
    var color: Int?
    /// Of the line's end.
    var value: Double
    /// Centre of the text.
    var y: Double
  }

  private static let widestLabel = 210.0

  private var labelWidth: Double {
    (lines.map(\.label) + references.map(\.label)).map { TextWidth.estimate($0) }.max() ?? 0
  }

  /// Names beside the ends of the lines; nil where they do not fit.
  private func labelPlan(y: AxisScale) -> [Label]? {
    guard labelWidth <= Self.widestLabel else { return nil }
    let bottom = Self.top + Self.plotHeight
    var labels = lines.compactMap { line -> Label? in
      guard let last = line.curve.points.last(where: { !$0.y.isNaN }),
        let place = y.position(last.y, from: bottom, to: Self.top)
      else { return nil }
      return Label(text: line.label, color: line.color, value: last.y, y: place)
    }
    guard labels.count == lines.count else { return nil }
    for reference in references {
      guard let place = y.position(reference.value, from: bottom, to: Self.top) else { continue }
      labels.append(Label(text: reference.label, value: reference.value, y: place))
    }
    guard
      let spread = LabelSpacing.spread(
        labels.map(\.y), distance: Self.rowHeight, within: Self.top...bottom)
    else { return nil }
    for index in labels.indices { labels[index].y = spread[index] }
    return labels
  }

  private func draw(_ label: Label, in frame: Frame, on canvas: inout SVGCanvas) {
    guard let end = frame.y.position(label.value, from: frame.bottom, to: frame.top) else { return }
    if let color = label.color {
      let bend = [
        Point(frame.right + 2, end), Point(frame.right + 6, end), Point(frame.right + 13, label.y),
        Point(frame.right + 17, label.y),
      ]
      canvas.polyline([bend], class: "\(PlotTheme.stroke(color)) leader")
    }
    canvas.text(
      label.text, x: frame.right + 20, y: label.y + 4.3, class: label.color == nil ? "muted" : "ink"
    )
  }

  /// Entries of each row of a legend: place of the swatch, text, colour.
  private func legendRows(from left: Double) -> [[(x: Double, text: String, color: Int?)]] {
    var rows: [[(x: Double, text: String, color: Int?)]] = [[]]
    var x = left
    let entries =
      lines.map { ($0.label, Int?.some($0.color)) } + references.map { ($0.label, nil) }
    for (text, color) in entries {
      let fitted = TextWidth.fitted(text, width: Self.width - left - Self.swatch - 24)
      let width = Self.swatch + 6 + TextWidth.estimate(fitted) + 18
      if x + width > Self.width, x > left {
        rows.append([])
        x = left
      }
      rows[rows.count - 1].append((x, fitted, color))
      x += width
    }
    return rows
  }

  private func draw(
    legend rows: [[(x: Double, text: String, color: Int?)]], top: Double, on canvas: inout SVGCanvas
  ) {
    for (index, row) in rows.enumerated() {
      let y = top + Self.rowHeight * (Double(index) + 0.5)
      for entry in row {
        let looks = entry.color.map { "\(PlotTheme.stroke($0)) line" } ?? "reference"
        canvas.line(
          entry.x, y, entry.x + Self.swatch, y, class: looks,
          extra: entry.color.map(PlotTheme.dash) ?? "")
        canvas.text(entry.text, x: entry.x + Self.swatch + 6, y: y + 4.3)
      }
    }
  }
}
