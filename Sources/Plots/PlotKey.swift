import Text

/// The legend below a plot: names with a sample of their line or mark, then the colour scale.
struct PlotKey {
  struct Entry: Hashable {
    enum Sample: Hashable {
      case line(PlotColor), mark(PlotColor), reference
    }

    var text: String
    var sample: Sample
  }

  private var rows: [[(x: Double, entry: Entry)]]
  private let scale: ColorScale?
  private let left: Double

  private static let swatch = 22.0
  /// More names than this tell nothing apart any more.
  private static let most = 24

  init(_ plot: XYPlot, from left: Double, width: Double) {
    self.left = left
    scale = plot.colors
    rows = [[]]
    var entries = Self.entries(of: plot)
    if entries.count > Self.most {
      let rest = entries.count - Self.most
      entries = entries.prefix(Self.most) + [Entry(text: "and \(rest) more", sample: .mark(.none))]
    }
    var x = left
    if let title = plot.colorTitle, !entries.isEmpty {
      heading = title
      x += TextWidth.estimate(title) + 14
      // A title that leaves no room has a row of its own.
      if x > 0.45 * width { (x, rows) = (left, [[], []]) }
    }
    let start = x
    for entry in entries {
      var entry = entry
      entry.text = TextWidth.fitted(entry.text, width: width - start - Self.swatch - 24)
      let length = Self.swatch + 6 + TextWidth.estimate(entry.text) + 18
      if x + length > width, x > start {
        rows.append([])
        x = start
      }
      rows[rows.count - 1].append((x, entry))
      x += length
    }
    if entries.isEmpty { rows = [] }
  }

  private var heading: String?

  var height: Double { XYPlot.rowHeight * Double(rows.count + (scale == nil ? 0 : 1)) }

  /// Each name once, in the order of their first.
  static func entries(of plot: XYPlot) -> [Entry] {
    var seen: Set<Entry> = []
    var entries: [Entry] = []
    func add(_ text: String?, _ sample: Entry.Sample) {
      guard let text else { return }
      let entry = Entry(text: text, sample: sample)
      if seen.insert(entry).inserted { entries.append(entry) }
    }
    for panel in plot.panels {
      for line in panel.lines { add(line.label, .line(line.color)) }
      for dots in panel.dots { add(dots.label, .mark(dots.color)) }
    }
    for reference in plot.references { add(reference.label, .reference) }
    return entries
  }

  func draw(top: Double, on canvas: inout SVGCanvas) {
    for (index, row) in rows.enumerated() {
      let y = top + XYPlot.rowHeight * (Double(index) + 0.5)
      if index == 0, let heading { canvas.text(heading, x: left, y: y + 4.3, class: "muted") }
      for (x, entry) in row {
        draw(entry.sample, x: x, y: y, on: &canvas)
        canvas.text(entry.text, x: x + Self.swatch + 6, y: y + 4.3)
      }
    }
    if let scale {
      let y = top + XYPlot.rowHeight * Double(rows.count)
      ColorBar(scale).draw(left: left, top: y, on: &canvas)
    }
  }

  private func draw(_ sample: Entry.Sample, x: Double, y: Double, on canvas: inout SVGCanvas) {
    switch sample {
    case .line(let color):
      canvas.line(
        x, y, x + Self.swatch, y, class: "\(PlotTheme.stroke(color)) line",
        extra: PlotTheme.dash(color))
    case .mark(let color):
      PlotMarks.draw(color, at: Point(x + Self.swatch / 2 + 4, y), on: &canvas)
    case .reference: canvas.line(x, y, x + Self.swatch, y, class: "reference")
    }
  }
}

/// The colour scale of lines and points, lying: its name, the lowest value, the colours, the highest.
struct ColorBar {
  private let scale: ColorScale
  private static let length = 160.0
  private static let thickness = 9.0

  init(_ scale: ColorScale) { self.scale = scale }

  /// `top` is that of a row of the legend.
  func draw(left: Double, top: Double, on canvas: inout SVGCanvas) {
    let base = top + XYPlot.rowHeight / 2 + 4.3
    let title = TextWidth.fitted(scale.title, width: 300)
    canvas.text(title, x: left, y: base, class: "muted")
    var x = left + TextWidth.estimate(title) + 14
    let low = DecimalText.significant(scale.low, digits: 3)
    canvas.text(low, x: x, y: base)
    x += TextWidth.estimate(low) + 7
    let step = Self.length / Double(PlotTheme.rampCount)
    for index in 0..<PlotTheme.rampCount {
      canvas.rectangle(
        // A little over the next one: no seam.
        x: x + Double(index) * step, y: top + (XYPlot.rowHeight - Self.thickness) / 2,
        width: step + (index + 1 < PlotTheme.rampCount ? 0.4 : 0), height: Self.thickness,
        class: "q\(index)")
    }
    let high = DecimalText.significant(scale.high, digits: 3)
    canvas.text(
      high + (scale.kind == .logarithmic ? " (log scale)" : ""), x: x + Self.length + 7, y: base)
  }
}
