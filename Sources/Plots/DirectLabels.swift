/// Names beside the ends of lines.
struct DirectLabels {
  private struct Label {
    var text: String
    /// nil: a reference.
    var color: PlotColor?
    /// Of the line's end.
    var value: Double
    /// Centre of the text.
    var y: Double
  }

  /// Pixels of the widest.
  let width: Double
  private var labels: [Label]

  private static let widest = 210.0

  /// nil where they do not fit, or a line has no name or no end.
  init?(_ plot: XYPlot, y: AxisScale, top: Double, bottom: Double, width page: Double) {
    let lines = plot.panels.flatMap(\.lines)
    var labels: [Label] = []
    for line in lines {
      guard let text = line.label, let last = line.curve.points.last(where: { !$0.y.isNaN }),
        let place = y.position(last.y, from: bottom, to: top)
      else { return nil }
      labels.append(Label(text: text, color: line.color, value: last.y, y: place))
    }
    for reference in plot.references {
      guard let place = y.position(reference.value, from: bottom, to: top) else { continue }
      labels.append(Label(text: reference.label, value: reference.value, y: place))
    }
    width =
      (lines.compactMap(\.label) + plot.references.map(\.label))
      .map { TextWidth.estimate($0) }.max() ?? 0
    guard width <= min(Self.widest, 0.3 * page),
      let spread = LabelSpacing.spread(
        labels.map(\.y), distance: XYPlot.rowHeight, within: top...bottom)
    else { return nil }
    for index in labels.indices { labels[index].y = spread[index] }
    self.labels = labels
  }

  func draw(in frame: PlotFrame, on canvas: inout SVGCanvas) {
    for label in labels {
      guard let end = frame.y.position(label.value, from: frame.bottom, to: frame.top) else {
        continue
      }
      if let color = label.color {
        let bend = [
          Point(frame.right + 2, end), Point(frame.right + 6, end),
          Point(frame.right + 13, label.y), Point(frame.right + 17, label.y),
        ]
        canvas.polyline([bend], class: "\(PlotTheme.stroke(color)) leader")
      }
      canvas.text(
        label.text, x: frame.right + 20, y: label.y + 4.3,
        class: label.color == nil ? "muted" : "ink")
    }
  }
}
