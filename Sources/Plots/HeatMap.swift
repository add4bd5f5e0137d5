package import Statistics
import Text

/// A value for each pair of two parameters: cells in the colours of viridis with the value printed
/// in them, so that nobody depends on the colour, and a colour bar.
package struct HeatMap {
  package struct Cell: Sendable {
    package var value: Statistics.Interval
    /// Of less weight than the others.
    package var isFaint: Bool

    package init(value: Statistics.Interval, isFaint: Bool = false) {
      self.value = value
      self.isFaint = isFaint
    }
  }

  package var title: String
  package var xTitle: String
  package var yTitle: String
  /// Of the colours: the metric and which way is better.
  package var colorTitle: String
  package var columns: [String]
  /// From the top.
  package var rows: [String]
  /// (rows, columns); nil: no run has a value.
  package var cells: [[Cell?]]
  package var kind = AxisScale.Kind.linear
  /// Row and column of the best.
  package var best: (row: Int, column: Int)?

  package init(
    title: String, xTitle: String, yTitle: String, colorTitle: String, columns: [String],
    rows: [String], cells: [[Cell?]], kind: AxisScale.Kind = .linear,
    best: (row: Int, column: Int)? = nil
  ) {
    self.title = title
    self.xTitle = xTitle
    self.yTitle = yTitle
    self.colorTitle = colorTitle
    self.columns = columns
    self.rows = rows
    self.cells = cells
    self.kind = kind
    self.best = best
  }

  private static let top = 38.0
  private static let widestLabel = 200.0
  private static let widestCell = 120.0
  private static let barWidth = 12.0

  /// - Precondition: `cells` has as many rows as `rows`, each as long as `columns`.
  package func svg(_ page: PlotPage = PlotPage()) -> String {
    let width = page.room
    let values = cells.flatMap { $0.compactMap { $0?.value.mean } }
    let scale = ColorScale(title: colorTitle, kind: kind, covering: values)
    let axis =
      kind == .linear
      ? AxisScale.linear(covering: [scale.low, scale.high], about: 5, widened: false)
      : AxisScale.logarithmic(covering: [scale.low, scale.high])
    let barLabels = axis.ticks.compactMap(\.label).map { TextWidth.estimate($0) }.max() ?? 0

    let widest = min(Self.widestLabel, 0.3 * width)
    let names = rows.map { TextWidth.fitted($0, width: widest) }
    let left = 16 + (names.map { TextWidth.estimate($0) }.max() ?? 0)
    let room = width - left - 34 - Self.barWidth - barLabels - 8
    let cellWidth = min(Self.widestCell, room / Double(max(1, columns.count)))
    let cellHeight = rows.count > 20 ? 20.0 : 34.0
    let right = left + cellWidth * Double(columns.count)
    let bottom = Self.top + cellHeight * Double(rows.count)
    let x = AxisScale.categories(columns)
    let foot = bottom + x.labelHeight(width: right - left)
    let barBottom = max(bottom, Self.top + 120)

    var canvas = SVGCanvas(width: width, height: max(foot + 24, barBottom + 14), page: page)
    canvas.usesAmounts = true
    canvas.text(yTitle, x: 8, y: 18, class: "muted")
    let barLeft = right + 30
    drawTitle(
      from: left + TextWidth.estimate(yTitle), over: barLeft, width: width, on: &canvas)
    for (row, name) in names.enumerated() {
      let middle = Self.top + cellHeight * (Double(row) + 0.5)
      canvas.text(name, x: left - 8, y: middle + 4.3, anchor: .end)
      for column in columns.indices {
        draw(
          cells[row][column], isBest: best.map { $0 == (row, column) } ?? false, scale: scale,
          x: left + cellWidth * Double(column), y: Self.top + cellHeight * Double(row),
          width: cellWidth, height: cellHeight, on: &canvas)
      }
    }
    if let best {
      canvas.outline(
        x: left + cellWidth * Double(best.column), y: Self.top + cellHeight * Double(best.row),
        width: cellWidth, height: cellHeight, class: "frame")
    }
    drawColumnNames(x, left: left, right: right, bottom: bottom, on: &canvas)
    canvas.text(
      TextWidth.fitted(xTitle, width: right - left + 60), x: (left + right) / 2, y: foot + 15,
      anchor: .middle, class: "muted")
    draw(scale, axis, left: barLeft, top: Self.top, bottom: barBottom, on: &canvas)
    return canvas.document(title: title, summary: summary)
  }

  private var summary: String {
    "\(colorTitle) by \(yTitle) (rows: \(rows.joined(separator: ", "))) and \(xTitle) (columns: "
      + "\(columns.joined(separator: ", ")))"
  }

  /// The bar's title, ending where the bar's labels do if it is long.
  private func drawTitle(
    from left: Double, over bar: Double, width: Double, on canvas: inout SVGCanvas
  ) {
    let title = TextWidth.fitted(
      colorTitle + (kind == .logarithmic ? " (log scale)" : ""), width: (width - left) * 0.85)
    // Bold letters are a tenth wider.
    if bar + 1.1 * TextWidth.estimate(title) > width - 8 {
      canvas.text(title, x: width - 8, y: 18, anchor: .end, class: "ink strong")
    } else {
      canvas.text(title, x: bar, y: 18, class: "ink strong")
    }
  }

  private func drawColumnNames(
    _ x: AxisScale, left: Double, right: Double, bottom: Double, on canvas: inout SVGCanvas
  ) {
    let labels = x.labels(width: right - left, left: left)
    for (tick, label) in zip(x.ticks, labels) {
      guard let label, let place = x.position(tick.value, from: left, to: right) else { continue }
      if x.slants(width: right - left) {
        canvas.text(label, x: place + 4, y: bottom + 15, anchor: .end, angle: AxisScale.slant)
      } else {
        canvas.text(label, x: place, y: bottom + 18, anchor: .middle)
      }
    }
  }

  private func draw(
    _ cell: Cell?, isBest: Bool, scale: ColorScale, x: Double, y: Double, width: Double,
    height: Double, on canvas: inout SVGCanvas
  ) {
    guard let cell else {
      canvas.rectangle(x: x + 1, y: y + 1, width: width - 2, height: height - 2, class: "none")
      write("–", "", x: x, y: y, width: width, height: height, class: "muted", on: &canvas)
      return
    }
    var looks = (fill: "none", text: "ink")
    if case .scale(let place) = scale.color(cell.value.mean) {
      looks = PlotTheme.cell(place)
      if cell.isFaint { looks = (looks.fill + " faint", "ink") }
    }
    canvas.rectangle(x: x + 1, y: y + 1, width: width - 2, height: height - 2, class: looks.fill)
    let texts = Self.texts(cell.value, width: width - 8)
    write(
      texts.value, texts.half, x: x, y: y, width: width, height: height,
      class: looks.text + (isBest ? " strong" : ""), on: &canvas)
  }

  /// Mean over half width where both lines have room, else the mean, else nothing.
  private func write(
    _ value: String, _ half: String, x: Double, y: Double, width: Double, height: Double,
    class name: String, on canvas: inout SVGCanvas
  ) {
    let middle = x + width / 2
    guard !half.isEmpty, height >= 30 else {
      canvas.text(value, x: middle, y: y + height / 2 + 4, anchor: .middle, class: "small \(name)")
      return
    }
    canvas.text(value, x: middle, y: y + height / 2 - 1, anchor: .middle, class: "small \(name)")
    canvas.text(half, x: middle, y: y + height / 2 + 11, anchor: .middle, class: "small \(name)")
  }

  private static func texts(
    _ value: Statistics.Interval, width: Double
  ) -> (value: String, half: String) {
    let parts = DecimalText.interval(value, digits: 3).split(separator: " ± ").map(String.init)
    func fits(_ text: String) -> Bool { TextWidth.estimate(text, fontSize: 11) <= width }
    if parts.count == 2, fits(parts[0]), fits("± " + parts[1]) {
      return (parts[0], "± " + parts[1])
    }
    for digits in [3, 2, 1] {
      let text = DecimalText.significant(value.mean, digits: digits)
      if fits(text) { return (text, "") }
    }
    return ("", "")
  }

  private func draw(
    _ scale: ColorScale, _ axis: AxisScale, left: Double, top: Double, bottom: Double,
    on canvas: inout SVGCanvas
  ) {
    let step = (bottom - top) / Double(PlotTheme.rampCount)
    for index in 0..<PlotTheme.rampCount {
      canvas.rectangle(
        x: left, y: bottom - step * Double(index + 1), width: Self.barWidth,
        height: step + (index > 0 ? 0.4 : 0), class: "h\(index)")
    }
    let span = scale.high > scale.low
    for tick in axis.ticks where tick.value >= scale.low && tick.value <= scale.high {
      // The bar spans the values, the axis may reach further.
      guard let label = tick.label, case .scale(let place) = scale.color(tick.value) else {
        continue
      }
      let y = bottom - (bottom - top) * place
      canvas.line(left + Self.barWidth, y, left + Self.barWidth + 4, y, class: "axis")
      canvas.text(label, x: left + Self.barWidth + 8, y: y + 4.3, class: "muted")
    }
    if !span, let value = cells.joined().compactMap({ $0?.value.mean }).first {
      canvas.text(
        DecimalText.significant(value, digits: 3), x: left + Self.barWidth + 8,
        y: (top + bottom) / 2 + 4.3, class: "muted")
    }
  }
}
