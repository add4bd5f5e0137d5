/// Curves over steps or time, each with its name at its end.
package struct LinePlot {
  package struct Line {
    package var label: String
    /// Colour and dash pattern: the setting's place in the report.
    package var color: Int
    package var curve: Curve
    /// The measurements behind a smoothed `curve`, drawn lightly.
    package var raw: Curve?
    /// Lowest and highest over seeds.
    package var band: (low: Curve, high: Curve)?

    package init(
      label: String, color: Int, curve: Curve, raw: Curve? = nil,
      band: (low: Curve, high: Curve)? = nil
    ) {
      self.label = label
      self.color = color
      self.curve = curve
      self.raw = raw
      self.band = band
    }
  }

  package typealias Reference = XYPlot.Reference

  package var title: String
  package var xTitle: String
  package var xScale = AxisScale.Kind.linear
  package var yTitle: String
  package var yScale = AxisScale.Kind.linear
  package var lines: [Line]
  package var references: [Reference] = []
  /// Draws a dot at every measurement: where there are few of them.
  package var marksPoints = false

  package init(
    title: String, xTitle: String, xScale: AxisScale.Kind = .linear, yTitle: String,
    yScale: AxisScale.Kind = .linear, lines: [Line], references: [Reference] = [],
    marksPoints: Bool = false
  ) {
    self.title = title
    self.xTitle = xTitle
    self.xScale = xScale
    self.yTitle = yTitle
    self.yScale = yScale
    self.lines = lines
    self.references = references
    self.marksPoints = marksPoints
  }

  package func svg() -> String {
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
  package var axis: PlotAxis.Kind { self == .linear ? .linear : .logarithmic }
}
