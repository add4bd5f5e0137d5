import Analysis
import Statistics
import Store
import Text
import Values

extension WatchScreen {
  /// One run: how it stands, its metrics, settings and last events, curves and samples.
  mutating func run(_ area: Area) {
    guard let part = data.run else { return }
    let run = part.run
    var area = area
    canvas.write(
      state(of: run), x: area.x + 1, y: area.y, room: area.width - 2, Self.style(run.state))
    area.y += 1
    area.height -= 1
    if let error = run.error, area.height > 8 {
      for line in Canvas.wrapped(error, width: area.width - 2, most: 2) {
        canvas.write(line, x: area.x + 1, y: area.y, room: area.width - 2, .red)
        area.y += 1
        area.height -= 1
      }
    }
    guard isWide else {
      let top = area.height >= 16 ? min(area.height / 3, run.metrics.count + 2) : 0
      if top > 2 { metrics(part, Area(x: area.x, y: area.y, width: area.width, height: top)) }
      return chartAndSamples(
        Area(
          x: area.x, y: area.y + top, width: area.width, height: area.height - top))
    }
    let left = min(max(area.width * 2 / 5, 44), 64)
    let metricsHeight = min(part.run.metrics.count + 3, max(4, area.height / 2))
    metrics(part, Area(x: area.x, y: area.y, width: left, height: metricsHeight))
    let below = Area(
      x: area.x, y: area.y + metricsHeight, width: left, height: area.height - metricsHeight)
    let settingsHeight = min(below.height, max(0, below.height - min(6, part.events.count + 2)))
    settings(run, Area(x: below.x, y: below.y, width: left, height: settingsHeight))
    events(
      part,
      Area(
        x: below.x, y: below.y + settingsHeight, width: left,
        height: below.height - settingsHeight))
    let right = Area(
      x: area.x + left, y: area.y, width: area.width - left, height: area.height)
    let hasSamples = state.showsPictures && abilities.pictures != .none && data.samples != nil
    let top = hasSamples ? max(8, right.height / 2) : right.height
    chart(Area(x: right.x, y: right.y, width: right.width, height: top))
    if hasSamples {
      samples(
        Area(x: right.x, y: right.y + top, width: right.width, height: right.height - top))
    }
  }

  private func state(of run: RunSummary) -> String {
    var parts = [run.state.rawValue]
    if case .integer(let steps)? = run.parameters["training.steps"] {
      parts.append("step \(run.step) of \(steps)")
    } else {
      parts.append("step \(run.step)")
    }
    parts.append("seed \(run.seed)")
    if let seconds = run.seconds { parts.append(TimeText.duration(seconds)) }
    if !run.tags.isEmpty { parts.append(run.tags.joined(separator: ", ")) }
    parts.append(String(run.id.prefix(12)))
    return parts.joined(separator: " · ")
  }

  private mutating func metrics(_ part: RunPart, _ area: Area) {
    let inside = canvas.frame(area, title: "Metrics")
    guard !inside.isEmpty else { return }
    let names = MetricName.orderedForCharts(
      part.run.metrics.keys.filter { !MetricName.isOfLayer($0) }.sorted(),
      objective: Objective(metric: data.leader?.metric, goal: nil))
    let number = 10
    let hasBest = inside.width >= 40
    let name = max(6, inside.width - 2 - number - (hasBest ? number + 1 : 0))
    var y = inside.y
    if inside.height > 3 {
      canvas.writeRight("last", to: inside.x + 1 + name + number, y: y, room: number, .dim)
      if hasBest {
        canvas.writeRight("best", to: inside.x + 2 + name + 2 * number, y: y, room: number, .dim)
      }
      y += 1
    }
    for metric in names where y < inside.y + inside.height {
      guard let summary = part.run.metrics[metric] else { continue }
      let isShown = metric == data.chart?.metric
      canvas.write(metric, x: inside.x + 1, y: y, room: name - 1, isShown ? .bold : .plain)
      canvas.writeRight(
        DecimalText.significant(summary.last, digits: 4), to: inside.x + 1 + name + number, y: y,
        room: number)
      if hasBest, let goal = part.goals[metric] {
        canvas.writeRight(
          DecimalText.significant(goal == .minimize ? summary.min : summary.max, digits: 4),
          to: inside.x + 2 + name + 2 * number, y: y, room: number, .dim)
      }
      y += 1
    }
  }

  /// What was swept first.
  private mutating func settings(_ run: RunSummary, _ area: Area) {
    guard area.height >= 3 else { return }
    let inside = canvas.frame(area, title: "Settings")
    let swept = run.overrides.map(\.path)
    let paths = swept + run.parameters.keys.sorted().filter { !swept.contains($0) }
    for (row, path) in paths.prefix(inside.height).enumerated() {
      let value = run.parameters[path] ?? run.overrides.first { $0.path == path }?.value
      let isSwept = row < swept.count
      let room = inside.width * 3 / 5
      canvas.write(
        path, x: inside.x + 1, y: inside.y + row, room: room - 1, isSwept ? .bold : .plain)
      canvas.write(
        value?.text ?? "–", x: inside.x + room + 1, y: inside.y + row,
        room: inside.width - room - 1, isSwept ? .bold : .dim)
    }
  }

  private mutating func events(_ part: RunPart, _ area: Area) {
    guard area.height >= 3 else { return }
    let inside = canvas.frame(area, title: "Events")
    for (row, event) in part.events.suffix(inside.height).enumerated() {
      let style: CellStyle =
        switch event.level {
        case .error: .red
        case .warning: .yellow
        default: .dim
        }
      canvas.write(event.text, x: inside.x + 1, y: inside.y + row, room: inside.width - 1, style)
    }
  }
}
