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

  typealias Reference = XYPlot.Reference

  var title: String
  var xTitle: String
  var xScale = AxisScale.Kind.linear
  var yTitle: String
  var yScale = AxisScale.Kind.linear
  var lines: [Line]
  var references: [Reference] = []
  /// Draws a dot at every measurement: where there are few of them.
  var marksPoints = false

  func svg() -> String {
    XYPlot(
      title: title, x: PlotAxis(title: xTitle, kind: xScale.axis),
      y: PlotAxis(title: yTitle, kind: yScale.axis),
      panels: [
        XYPlot.Panel(
          lines: lines.map {
            XYPlot.Line(
              label: $0.label, color: .series($0.color), curve: $0.curve, raw: $0.raw,
              band: $0.band)
          })
      ],
      references: references, marksPoints: marksPoints
    ).svg()
  }
}

extension AxisScale.Kind {
  var axis: PlotAxis.Kind { self == .linear ? .linear : .logarithmic }
}
