import Plots
import Statistics
import Text
import Values

extension ReportPage {
  /// A metric against the one number that was swept over four values or more: a line for each
  /// setting of the rest.
  mutating func dependence() -> String {
    guard let path = settings.sweptNumber else { return "" }
    let pictures = resultMetrics.prefix(BarPlot.panelsInARow).compactMap { metric in
      dependence(of: metric, on: path)
    }
    return pictures.joined(separator: "\n\n")
  }

  private mutating func dependence(of metric: String, on path: String) -> String? {
    let families = settings.families.map { $0.filter { $0.interval(metric) != nil } }
      .filter { !$0.isEmpty }
    guard families.count <= Self.mostLines, families.contains(where: { $0.count >= 4 }) else {
      return nil
    }
    let lines = families.map { line($0, metric, path) }
    let xs = lines.flatMap { $0.curve.points.map(\.x) }
    let ys = lines.flatMap { $0.curve.points.map(\.y) }.filter(\.isFinite)
    let yScale = Self.scale(ys)
    let name = settings.names[path] ?? path
    let xScale = Self.scale(xs)
    let plot = LinePlot(
      title: "\(metric) by \(name)",
      xTitle: name + (xScale == .logarithmic ? " (log scale)" : ""), xScale: xScale,
      yTitle: metric + (yScale == .logarithmic ? " (log scale)" : ""), yScale: yScale,
      lines: lines, references: references(metric), marksPoints: true)
    let hasBand = lines.contains { $0.band != nil }
    let caption = hasBand ? "\n\n*Bands are 95 % intervals over seeds.*" : ""
    return picture(
      "by-\(SafeText.fileName("\(name)-\(metric)")).svg", svg: plot.svg(),
      alternative: "\(metric) by \(name)") + caption
  }

  private func line(_ family: [Setting], _ metric: String, _ path: String) -> LinePlot.Line {
    let points = family.compactMap { setting -> (x: Double, y: Statistics.Interval)? in
      guard let x = setting.values[path]?.number, let y = setting.interval(metric) else {
        return nil
      }
      return (x, y)
    }.sorted { $0.x < $1.x }
    let label = settings.familyLabel(family[0])
    var line = LinePlot.Line(
      label: label.isEmpty ? "all settings" : label,
      color: family[0].color % PlotTheme.seriesCount,
      curve: Curve(points.map { Point($0.x, $0.y.mean) }))
    if points.allSatisfy({ $0.y.halfWidth != nil }) {
      line.band = (
        Curve(points.map { Point($0.x, $0.y.mean - ($0.y.halfWidth ?? 0)) }),
        Curve(points.map { Point($0.x, $0.y.mean + ($0.y.halfWidth ?? 0)) })
      )
    }
    return line
  }

  /// Logarithmic where the values are positive and the largest is many times the smallest.
  static func scale(_ values: [Double]) -> AxisScale.Kind {
    guard let low = values.min(), let high = values.max() else { return .linear }
    return low > 0 && high / low > 8 ? .logarithmic : .linear
  }

  func references(_ metric: String) -> [LinePlot.Reference] {
    guard let reference = reference(metric), let level = reference.level else { return [] }
    return [LinePlot.Reference(label: reference.text, value: level)]
  }
}
