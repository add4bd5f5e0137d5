import Plots
import Text
import Values

extension ReportPage {
  mutating func curves() -> String {
    let names = Set(input.runs.flatMap { $0.curves.keys })
    var metrics = names.contains(MetricName.trainLoss) ? [MetricName.trainLoss] : []
    metrics += MetricName.ordered(names.filter(MetricName.isResult), objective: input.objective)
    if names.contains(MetricName.lossScale) { metrics.append(MetricName.lossScale) }
    let pictures = metrics.compactMap { curve($0) }
    return pictures.isEmpty ? "" : (["## Curves"] + pictures).joined(separator: "\n\n")
  }

  private mutating func curve(_ metric: String) -> String? {
    let (shown, note) = shown(Self.mostLines)
    let smooths = metric == MetricName.trainLoss
    var lines: [LinePlot.Line] = []
    // Settings that differ only in how they sample have been trained as one.
    var drawn: [(curves: [Curve], settings: [Setting])] = []
    for setting in shown {
      let curves = self.curves(metric, of: setting)
      guard !curves.isEmpty else { continue }
      if let place = drawn.firstIndex(where: { $0.curves == curves }) {
        drawn[place].settings.append(setting)
      } else {
        drawn.append((curves, [setting]))
      }
    }
    guard !drawn.isEmpty, isWorthDrawing(metric, drawn.flatMap(\.curves)) else { return nil }
    for (curves, settings) in drawn {
      let label =
        settings.count > 1 && settings.count == shown.count
        ? "all settings" : settings.map(\.label).joined(separator: ", ")
      let smooth = smooths ? curves.map { $0.smoothed() } : curves
      var line = LinePlot.Line(label: label, color: settings[0].color, curve: smooth[0])
      if curves.count > 1 {
        let across = Curve.across(smooth)
        line.curve = across.mean
        line.band = (across.low, across.high)
      } else if smooths {
        line.raw = curves[0]
      }
      lines.append(line)
    }

    let values = lines.flatMap { $0.curve.points.map(\.y) }.filter(\.isFinite)
    guard !values.isEmpty else { return nil }
    // A loss that falls by much shows its later part on a logarithmic axis only.
    let scale = Self.scale(values)
    let explanation = [MetricName.explanation(metric), scale == .logarithmic ? "log scale" : nil]
      .compactMap { $0 }.joined(separator: ", ")
    let plot = LinePlot(
      title: metric, xTitle: "training step",
      yTitle: metric + (explanation.isEmpty ? "" : " (\(explanation))"), yScale: scale,
      lines: lines, references: references(metric))
    let file = SafeText.fileName(metric) + ".svg"
    let caption = caption(lines, smooths: smooths) + note
    return picture(file, svg: plot.svg(), alternative: "\(metric) over training steps")
      + (caption.isEmpty ? "" : "\n\n*\(caption.drop { $0 == " " })*")
  }

  private func caption(_ lines: [LinePlot.Line], smooths: Bool) -> String {
    let hasBand = lines.contains { $0.band != nil }
    var caption = ""
    if smooths {
      caption = "Strong lines are running means over 4 % of the points"
      if hasBand { caption += ", averaged over seeds" }
      if lines.contains(where: { $0.raw != nil }) { caption += "; light ones every logged value" }
    } else if hasBand {
      caption = "Lines are means over seeds"
    }
    if hasBand { caption += "; bands reach from the lowest to the highest seed" }
    return caption.isEmpty ? "" : caption + "."
  }

  /// Of finished runs, or, before there are any, of those under way.
  private func curves(_ metric: String, of setting: Setting) -> [Curve] {
    let runs = setting.finished.isEmpty ? Array(setting.runs.prefix(1)) : setting.finished
    return runs.compactMap { $0.curves[metric] }
  }

  private func isWorthDrawing(_ metric: String, _ curves: [Curve]) -> Bool {
    // Two points make no curve; a loss scale that never moved is no news.
    guard curves.contains(where: { $0.points.count > 2 }) else { return false }
    if metric != MetricName.lossScale { return true }
    return curves.contains { Set($0.points.map(\.y)).count > 1 }
  }
}
