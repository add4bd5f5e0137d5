/// The legend below panels of the plane.
struct PlaneKey {
  private enum Sample: Hashable {
    case cloud(PlotColor), density, arrow
  }

  private struct Entry: Hashable {
    var text: String
    var sample: Sample
  }

  private var places: [(x: Double, row: Int, entry: Entry)] = []
  let width: Double
  let height: Double

  init(_ plot: PlanePlot, from left: Double, width: Double) {
    var entries: [Entry] = []
    func add(_ text: String?, _ sample: Sample) {
      guard let text else { return }
      let entry = Entry(text: text, sample: sample)
      if !entries.contains(entry) { entries.append(entry) }
    }
    for panel in plot.panels.compactMap({ $0 }) {
      for cloud in panel.clouds { add(cloud.label, .cloud(cloud.color)) }
    }
    add(plot.arrowLabel, .arrow)
    add(plot.densityLabel, .density)
    var (x, row, widest) = (0.0, 0, 0.0)
    for entry in entries {
      let length = 18 + TextWidth.estimate(entry.text) + 18
      if x + length > width, x > 0 { (x, row) = (0, row + 1) }
      places.append((left + x, row, entry))
      x += length
      widest = max(widest, x)
    }
    self.width = widest
    height = entries.isEmpty ? 0 : Double(row + 1) * XYPlot.rowHeight
  }

  func draw(top: Double, on canvas: inout SVGCanvas) {
    for (x, row, entry) in places {
      let y = top + XYPlot.rowHeight * (Double(row) + 0.5)
      switch entry.sample {
      case .cloud(let color):
        canvas.circle(x: x + 6, y: y, radius: 3.2, class: PlotTheme.fill(color))
      case .density:
        canvas.rectangle(
          x: x, y: y - 5, width: 13, height: 10, class: "\(PlotTheme.fill(.series(0))) shade",
          radius: 2)
      case .arrow:
        canvas.polyline(
          [
            [Point(x, y), Point(x + 13, y)],
            [Point(x + 9.5, y - 3), Point(x + 13, y), Point(x + 9.5, y + 3)],
          ], class: "whisker thin")
      }
      canvas.text(entry.text, x: x + 18, y: y + 4.3)
    }
  }
}
