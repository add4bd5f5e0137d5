import Text

/// Small heat maps side by side whose rows are layers and whose columns are training steps, all in the same colours.
///
/// What is next to nothing has no colour of the scale but the page's own grey, so that it is told from little.
package struct LayerMaps {
  package struct Panel {
    package var title: String
    /// (layers, steps); nil: not known.
    package var values: [[Double?]]

    package init(title: String, values: [[Double?]]) {
      self.title = title
      self.values = values
    }
  }

  package var title: String
  /// From the top.
  package var layers: [String]
  package var steps: [Int]
  /// Of each row of panels, with its title.
  package var rows: [(title: String, panels: [Panel])]
  package var scale: ColorScale
  /// What is below it is next to nothing; nil: there is no such thing.
  package var least: Double?
  /// What a value is called in the legend.
  package var name: @Sendable (Double) -> String

  package init(
    title: String, layers: [String], steps: [Int], rows: [(title: String, panels: [Panel])],
    scale: ColorScale, least: Double? = nil, name: @escaping @Sendable (Double) -> String
  ) {
    self.title = title
    self.layers = layers
    self.steps = steps
    self.rows = rows
    self.scale = scale
    self.least = least
    self.name = name
  }

  private static let gap = 14.0
  private static let line = 18.0
  private static let widestLabel = 190.0
  /// Columns of a panel: more steps than that are thinned out.
  private static let mostColumns = 60

  /// - Precondition: every panel's values have a row for each layer, as long as `steps`.
  package func svg(_ page: PlotPage = PlotPage()) -> String {
    let width = page.room
    let names = layers.map {
      TextWidth.fitted($0, width: min(Self.widestLabel, 0.3 * width))
    }
    let left = 12 + (names.map { TextWidth.estimate($0, fontSize: 11) }.max() ?? 0)
    let across = Double(rows.map(\.panels.count).max() ?? 1)
    let panelWidth = (width - left - 12 - Self.gap * (across - 1)) / max(1, across)
    let cellHeight = layers.count > 30 ? 11.5 : 14.0
    let panelHeight = cellHeight * Double(layers.count)
    let height =
      8 + Double(rows.count) * (2 * Self.line + panelHeight + Self.gap) + Self.line + 34
    var canvas = SVGCanvas(width: width, height: height, page: page)
    canvas.usesAmounts = true
    let kept = keptSteps
    var y = 8.0
    for (index, row) in rows.enumerated() {
      canvas.text(row.title, x: left, y: y + 13, class: "ink strong small")
      y += 2 * Self.line
      for (layer, name) in names.enumerated() {
        canvas.text(
          name, x: left - 6, y: y + cellHeight * (Double(layer) + 0.5) + 3.8, anchor: .end,
          class: "ink small")
      }
      for (column, panel) in row.panels.enumerated() {
        let x = left + Double(column) * (panelWidth + Self.gap)
        canvas.text(
          TextWidth.fitted(panel.title, width: panelWidth), x: x, y: y - 6, class: "muted small")
        draw(
          panel, kept, x: x, y: y, cell: (panelWidth / Double(max(1, kept.count)), cellHeight),
          on: &canvas)
        if index == rows.count - 1 {
          drawSteps(kept, x: x, y: y + panelHeight, width: panelWidth, on: &canvas)
        }
      }
      y += panelHeight + Self.gap
    }
    canvas.text(
      "training step", x: width - 12, y: y + Self.line - 2, anchor: .end, class: "muted small")
    drawKey(left: left, top: y + Self.line + 4, on: &canvas)
    return canvas.document(
      title: title,
      summary: ([title] + rows.flatMap { row in row.panels.map { "\(row.title), \($0.title)" } })
        .joined(separator: "; "))
  }

  /// Places of the steps that are drawn, the last among them.
  private var keptSteps: [Int] {
    guard steps.count > Self.mostColumns else { return Array(steps.indices) }
    return (0..<Self.mostColumns).map { $0 * (steps.count - 1) / (Self.mostColumns - 1) }
  }

  private func looks(_ value: Double?) -> String? {
    guard let value else { return nil }
    guard value >= least ?? -.infinity, case .scale(let place) = scale.color(value) else {
      return "none"
    }
    return PlotTheme.cell(place).fill
  }

  /// Cells side by side that look alike are one rectangle.
  private func draw(
    _ panel: Panel, _ kept: [Int], x: Double, y: Double, cell: (width: Double, height: Double),
    on canvas: inout SVGCanvas
  ) {
    for (layer, values) in panel.values.enumerated() {
      let fills = kept.map { looks(values[$0]) }
      var start = 0
      while start < fills.count {
        var end = start + 1
        while end < fills.count, fills[end] == fills[start] { end += 1 }
        if let fill = fills[start] {
          canvas.rectangle(
            x: x + cell.width * Double(start), y: y + cell.height * Double(layer) + 0.5,
            width: cell.width * Double(end - start) + (end < fills.count ? 0.2 : 0),
            height: cell.height - 1, class: fill)
        }
        start = end
      }
    }
  }

  /// As many as fit, from the last on.
  private func drawSteps(
    _ kept: [Int], x: Double, y: Double, width: Double, on canvas: inout SVGCanvas
  ) {
    let cell = width / Double(max(1, kept.count))
    var end = x + width + 8
    for (column, place) in kept.enumerated().reversed() {
      let label = String(steps[place])
      let half = TextWidth.estimate(label, fontSize: 11) / 2
      let middle = min(x + cell * (Double(column) + 0.5), x + width - half)
      guard middle + half < end - 8, middle - half >= x - 2 else { continue }
      canvas.text(label, x: middle, y: y + 13, anchor: .middle, class: "muted small")
      end = middle - half
    }
  }

  private func drawKey(left: Double, top: Double, on canvas: inout SVGCanvas) {
    let (length, thickness) = (160.0, 9.0)
    let base = top + thickness
    var x = left
    func write(_ text: String, _ looks: String = "ink") {
      canvas.text(text, x: x, y: base, class: "\(looks) small")
      x += TextWidth.estimate(text, fontSize: 11) + 8
    }
    write(scale.title, "muted")
    if let least {
      canvas.rectangle(x: x, y: top, width: 13, height: thickness, class: "none")
      x += 18
      write("below \(name(least))")
      x += 6
    }
    write(name(max(scale.low, least ?? scale.low)))
    let step = length / Double(PlotTheme.rampCount)
    for index in 0..<PlotTheme.rampCount {
      canvas.rectangle(
        x: x + Double(index) * step, y: top,
        width: step + (index + 1 < PlotTheme.rampCount ? 0.4 : 0), height: thickness,
        class: "h\(index)")
    }
    x += length + 8
    write(name(scale.high) + (scale.kind == .logarithmic ? " (log scale)" : ""))
  }
}
