/// Lines and points over two axes, in one panel or in several that share them.
package struct XYPlot {
  package struct Line {
    /// Names it beside its end or in the legend; nil: not named.
    package var label: String?
    package var color: PlotColor
    package var curve: Curve
    /// The measurements behind a smoothed `curve`, drawn lightly.
    package var raw: Curve?
    /// Around the curve, at the same x.
    package var band: (low: Curve, high: Curve)?
    /// Of less weight than the others.
    package var isFaint = false

    package init(
      label: String? = nil, color: PlotColor, curve: Curve, raw: Curve? = nil,
      band: (low: Curve, high: Curve)? = nil, isFaint: Bool = false
    ) {
      self.isFaint = isFaint
      self.label = label
      self.color = color
      self.curve = curve
      self.raw = raw
      self.band = band
    }
  }

  /// Points of one colour.
  package struct Dots {
    package var label: String?
    package var color: PlotColor
    package var points: [Point]
    /// Half widths of the interval in y, one a point.
    package var whiskers: [Double?] = []
    /// Of less weight than the others.
    package var isFaint = false

    package init(
      label: String? = nil, color: PlotColor, points: [Point], whiskers: [Double?] = [],
      isFaint: Bool = false
    ) {
      self.isFaint = isFaint
      self.label = label
      self.color = color
      self.points = points
      self.whiskers = whiskers
    }
  }

  package struct Panel {
    /// Above it, where there are several.
    package var title = ""
    package var lines: [Line] = []
    package var dots: [Dots] = []

    package init(title: String = "", lines: [Line] = [], dots: [Dots] = []) {
      self.title = title
      self.lines = lines
      self.dots = dots
    }
  }

  /// A level to compare with.
  package struct Reference {
    package var label: String
    package var value: Double

    package init(label: String, value: Double) {
      self.label = label
      self.value = value
    }
  }

  package var title: String
  package var x: PlotAxis
  package var y: PlotAxis
  package var panels: [Panel]
  package var references: [Reference] = []
  /// What the colours by an amount mean.
  package var colors: ColorScale?
  /// What the colours by a name mean, on top of the legend.
  package var colorTitle: String?
  /// Draws a dot at every measurement: where there are few of them.
  package var marksPoints = false
  /// What the x axis shows at least: where curves still grow, so that they grow into it.
  package var extent: ClosedRange<Double>?

  package init(
    title: String, x: PlotAxis, y: PlotAxis, panels: [Panel], references: [Reference] = [],
    colors: ColorScale? = nil, colorTitle: String? = nil, marksPoints: Bool = false
  ) {
    self.title = title
    self.x = x
    self.y = y
    self.panels = panels
    self.references = references
    self.colors = colors
    self.colorTitle = colorTitle
    self.marksPoints = marksPoints
  }

  private static let plotHeight = 264.0
  package static let top = 38.0
  package static let rowHeight = 17.0
  /// From this many lines in a panel on they are thin and translucent.
  package static let crowd = 25
  /// Points of all lines together: keeps the file below some 400 KB.
  private static let mostPoints = 40_000

  package func svg(_ page: PlotPage = PlotPage()) -> String {
    let width = page.room
    let plotHeight = min(Self.plotHeight, 0.62 * width)
    let all = panels.flatMap(\.lines)
    let xs = all.flatMap { $0.curve.points.map(\.x) } + dots.flatMap { $0.points.map(\.x) }
    let layout = FacetLayout(count: panels.count, width: width)
    let ticks = layout.columns == 1 ? 7 : layout.columns == 2 ? 5 : 4
    // Lines end at the frame, points keep off it.
    let ends = extent.map { [$0.lowerBound, $0.upperBound] } ?? []
    let x = self.x.scale(
      covering: xs + ends, about: ticks, widened: all.allSatisfy(\.curve.isPath))
    let y = self.y.scale(covering: heights, about: 5, widened: true)

    let left = 14 + (y.ticks.compactMap(\.label).map { TextWidth.estimate($0) }.max() ?? 0)
    let names = all.compactMap(\.label)
    let directly =
      panels.count == 1 && colors == nil && Set(names).count == names.count
      && !all.contains(where: \.curve.isPath)
      && (dots.isEmpty || !all.isEmpty && dots.allSatisfy { $0.label == nil })
    let labels =
      directly
      ? DirectLabels(self, y: y, top: Self.top, bottom: Self.top + plotHeight, width: width) : nil
    let right = width - (labels.map { $0.width + 24 } ?? 28)
    let key = labels == nil ? PlotKey(self, from: left, width: width) : nil

    var frames = layout.frames(
      left: left, right: right, top: Self.top, height: plotHeight, x: x, y: y)
    for index in frames.indices { frames[index].extent = extent }
    if !dots.isEmpty, !x.isCategorical {
      for index in frames.indices { frames[index].inset = PlotMarks.radius + 3 }
    }
    let bottom = frames.map(\.bottom).max() ?? Self.top
    let foot = bottom + x.labelHeight(width: frames.first.map { $0.right - $0.left } ?? 0)
    var canvas = SVGCanvas(
      width: width, height: foot + 24 + (key.map { $0.height > 0 ? $0.height + 12 : 0 } ?? 0),
      page: page)
    canvas.usesAmounts = colors != nil
    canvas.frames = frames.map(\.description)
    canvas.text(
      TextWidth.fitted(self.y.title, width: width - 16), x: 8, y: 18, class: "muted")
    for (index, frame) in frames.enumerated() {
      if panels.count > 1 {
        canvas.text(
          TextWidth.fitted(panels[index].title, width: frame.right - frame.left), x: frame.left,
          y: frame.top - 7, class: "ink strong small")
      }
      frame.drawAxes(
        on: &canvas, labelsX: layout.isLowest(index), labelsY: layout.isLeftmost(index))
    }
    canvas.text(
      TextWidth.fitted(self.x.title, width: right - left), x: (left + right) / 2, y: foot + 15,
      anchor: .middle, class: "muted")
    for (panel, frame) in zip(panels, frames) { draw(panel, in: frame, on: &canvas) }
    if let labels, let frame = frames.first { labels.draw(in: frame, on: &canvas) }
    key?.draw(top: foot + 28, on: &canvas)
    return canvas.document(title: title, summary: summary)
  }

  private var dots: [Dots] { panels.flatMap(\.dots) }

  /// Raw spikes may leave the frame: the curves are what is to be seen.
  private var heights: [Double] {
    var heights = references.map(\.value)
    for line in panels.flatMap(\.lines) {
      for curve in [line.curve, line.band?.low, line.band?.high] {
        heights += curve?.points.map(\.y) ?? []
      }
    }
    for dots in panels.flatMap(\.dots) {
      heights += dots.points.map(\.y)
      for (point, half) in zip(dots.points, dots.whiskers) {
        if let half { heights += [point.y - half, point.y + half] }
      }
    }
    return heights
  }

  private var summary: String {
    let names = PlotKey.entries(of: self).map(\.text)
    return "\(y.title) against \(x.title): "
      + (names.isEmpty
        ? "\(panels.reduce(0) { $0 + $1.lines.count }) lines" : names.joined(separator: ", "))
  }

  // MARK: - Marks

  private func draw(_ panel: Panel, in frame: PlotFrame, on canvas: inout SVGCanvas) {
    for reference in references {
      guard let y = frame.y.position(reference.value, from: frame.bottom, to: frame.top) else {
        continue
      }
      canvas.line(frame.left, y, frame.right, y, class: "reference")
    }
    for line in panel.lines { draw(bandOf: line, in: frame, on: &canvas) }
    let isCrowded = panel.lines.count >= Self.crowd
    let lines = panels.reduce(0) { $0 + $1.lines.count }
    let bins = min(Int(frame.right - frame.left), max(8, Self.mostPoints / 2 / max(1, lines)))
    for line in panel.lines {
      if let raw = line.raw {
        canvas.polyline(
          frame.pieces(raw, bins: bins), class: "\(PlotTheme.stroke(line.color)) raw")
      }
      let looks =
        isCrowded
        ? panel.lines.count >= 4 * Self.crowd || line.isFaint ? "thin faint" : "thin soft"
        : line.isFaint ? "line faint" : "line"
      canvas.polyline(
        frame.pieces(line.curve, bins: bins), class: "\(PlotTheme.stroke(line.color)) \(looks)",
        extra: isCrowded ? "" : PlotTheme.dash(line.color))
      // A single value is no line.
      if line.curve.points.count == 1, let place = line.curve.points.first.flatMap(frame.place) {
        canvas.circle(
          x: place.x, y: place.y, radius: 3,
          class: PlotTheme.fill(line.color) + (line.isFaint ? " faint" : ""))
      }
      guard marksPoints, !isCrowded else { continue }
      for point in line.curve.points.compactMap(frame.place) {
        canvas.circle(x: point.x, y: point.y, radius: 3.5, class: PlotTheme.fill(line.color))
      }
    }
    let marks = PlotMarks(
      count: panels.reduce(0) { $0 + $1.dots.reduce(0) { $0 + $1.points.count } })
    for dots in panel.dots { marks.draw(dots, in: frame, on: &canvas) }
  }

  private func draw(bandOf line: Line, in frame: PlotFrame, on canvas: inout SVGCanvas) {
    guard let band = line.band else { return }
    let bins = Int(frame.right - frame.left) / 2
    for area in frame.areas(band.low, band.high, bins: bins) {
      canvas.polygon(area, class: "\(PlotTheme.fill(line.color)) band")
    }
  }
}
