package import Statistics

/// Parallel coordinates (Inselberg 1985): one axis per parameter, one line per run, coloured by what came
/// out, which is the last axis. Where lines meet at a name they fan out in the order of the result,
/// so that bundles can be followed.
package struct ParallelPlot {
  package struct Axis {
    package var title: String
    /// The setting, attribute or metric, as conditions name it.
    package var path: String
    package var kind: PlotAxis.Kind
    /// One a run; of names the place in the list; NaN: has none.
    package var values: [Double]

    /// - Parameter path: where it is not the title.
    package init(title: String, path: String? = nil, kind: PlotAxis.Kind, values: [Double]) {
      self.title = title
      self.path = path ?? title
      self.kind = kind
      self.values = values
    }
  }

  package var title: String
  package var axes: [Axis]
  /// The result.
  package var result: Axis
  /// Lower is better; nil: neither is.
  package var goal: Statistics.Goal?
  /// The best run.
  package var best: Int?
  package var bestLabel = ""
  /// Runs that are drawn fainter.
  package var faint: Set<Int> = []

  package init(
    title: String, axes: [Axis], result: Axis, goal: Statistics.Goal? = nil, best: Int? = nil,
    bestLabel: String = "", faint: Set<Int> = []
  ) {
    self.title = title
    self.axes = axes
    self.result = result
    self.goal = goal
    self.best = best
    self.bestLabel = bestLabel
    self.faint = faint
  }

  private static let top = 62.0
  private static let height = 270.0
  private static let stripWidth = 9.0
  /// Below the axes: runs that have no such value.
  private static let noneGap = 26.0

  /// - Precondition: all axes have as many values as the result.
  package func svg(_ page: PlotPage = PlotPage()) -> String {
    let width = page.room
    let all = axes + [result]
    let bottom = Self.top + Self.height
    let scales = all.map {
      $0.scale(covering: $0.values)
    }
    let firstHasNone = all.first?.values.contains(where: \.isNaN) == true
    let left =
      14
      + max(
        scales.first?.labelWidth(most: Self.widestName) ?? 0,
        firstHasNone ? TextWidth.estimate("none", fontSize: 11) + 8 : 0)
    let isMissing = result.values.contains(where: \.isNaN)
    let lastWidth = max(
      scales.last?.labelWidth(most: 90) ?? 0,
      isMissing ? TextWidth.estimate("no value", fontSize: 11) : 0)
    let right = width - 18 - Self.stripWidth - lastWidth
    let step = all.count > 1 ? (right - left) / Double(all.count - 1) : 0
    let places = all.indices.map { left + step * Double($0) }
    let hasNone = all.contains { $0.values.contains(where: \.isNaN) }
    let colors = ColorScale(
      title: result.title, kind: result.kind == .logarithmic ? .logarithmic : .linear,
      covering: result.values)

    let foot = bottom + (hasNone ? Self.noneGap : 0)
    var canvas = SVGCanvas(
      width: width, height: foot + (bestLabel.isEmpty ? 18 : 40), page: page)
    canvas.usesAmounts = true
    canvas.axes = zip(all, zip(scales, places)).map { axis, place in
      SVGCanvas.Axis(
        x: place.1, top: Self.top, bottom: bottom, scale: place.0, path: axis.path,
        names: axis.names)
    }
    let heights = all.indices.map { self.heights(all[$0], scales[$0], bottom: bottom) }
    drawLines(places: places, heights: heights, colors: colors, on: &canvas)
    for (index, axis) in all.enumerated() {
      draw(
        axis, scales[index], x: places[index], room: step, isLast: index + 1 == all.count,
        isFirst: index == 0, hasNone: axis.values.contains(where: \.isNaN), on: &canvas)
    }
    drawStrip(colors, scales[all.count - 1], x: right, bottom: bottom, on: &canvas)
    if let best, !bestLabel.isEmpty, result.values.indices.contains(best) {
      canvas.polyline([[Point(left, foot + 26), Point(left + 22, foot + 26)]], class: "best")
      canvas.text(
        TextWidth.fitted("best: \(bestLabel)", width: width - left - 40), x: left + 28,
        y: foot + 30.3)
    }
    return canvas.document(
      title: title,
      summary: "\(result.values.count) runs over " + all.map(\.title).joined(separator: ", "))
  }

  private static let widestName = 130.0

  // MARK: - Lines

  /// Worst first, so that the best lie on top.
  private var order: [Int] {
    result.values.indices.sorted { a, b in
      let (x, y) = (result.values[a], result.values[b])
      if x.isNaN != y.isNaN { return x.isNaN }
      if x == y || x.isNaN { return a < b }
      return goal == .maximize ? x < y : x > y
    }
  }

  /// Pixels of each run on an axis.
  private func heights(_ axis: Axis, _ scale: AxisScale, bottom: Double) -> [Double] {
    var heights = axis.values.map { value in
      scale.position(value, from: bottom, to: Self.top) ?? bottom + Self.noneGap - 8
    }
    guard case .categories(let names) = axis.kind else { return heights }
    // Fanned out by rank within three fifths of the name's slot, the better nearer the top.
    let slot = Self.height / Double(max(1, names.count)) * 0.6
    var members: [Double: [Int]] = [:]
    for run in order where !axis.values[run].isNaN {
      members[axis.values[run], default: []].append(run)
    }
    for runs in members.values where runs.count > 1 {
      for (rank, run) in runs.enumerated() {
        heights[run] += slot * (0.5 - Double(rank) / Double(runs.count - 1))
      }
    }
    return heights
  }

  private func drawLines(
    places: [Double], heights: [[Double]], colors: ColorScale, on canvas: inout SVGCanvas
  ) {
    let count = result.values.count
    let width = count >= 40 ? "thin" : "line"
    func path(_ run: Int) -> [Point] {
      zip(places, heights).map { Point($0, $1[run]) }
    }
    for run in order where run != best {
      let looks = width + (count >= 200 || faint.contains(run) ? " faint" : " soft")
      canvas.polyline(
        [path(run)], class: "\(PlotTheme.stroke(colors.color(result.values[run]))) \(looks)")
    }
    if let best, result.values.indices.contains(best) {
      canvas.polyline([path(best)], class: "best")
    }
  }

  // MARK: - Axes

  private func draw(
    _ axis: Axis, _ scale: AxisScale, x: Double, room: Double, isLast: Bool, isFirst: Bool,
    hasNone: Bool, on canvas: inout SVGCanvas
  ) {
    let bottom = Self.top + Self.height
    canvas.line(x, Self.top, x, bottom, class: "whisker")
    drawTitle(axis, x: x, room: room, isFirst: isFirst, isLast: isLast, on: &canvas)
    // Labels of the last axis lie beyond the colours, the others' left of theirs.
    let labelX = isLast ? x + Self.stripWidth + 8 : x - 7
    let width = isLast ? 90 : isFirst ? Self.widestName : max(30, room * 0.7)
    for tick in scale.ticks {
      guard let y = scale.position(tick.value, from: bottom, to: Self.top) else { continue }
      if !isLast { canvas.line(x - 4, y, x, y, class: "whisker") }
      if let label = tick.label {
        canvas.text(
          TextWidth.fitted(label, width: width), x: labelX, y: y + 4.3,
          anchor: isLast ? .start : .end, class: "ink small halo wide")
      }
    }
    if hasNone {
      canvas.text(
        isLast ? "no value" : "none", x: labelX, y: bottom + Self.noneGap - 4,
        anchor: isLast ? .start : .end, class: "muted small halo wide")
    }
  }

  /// Above the axis, on two lines if it is a long path: the last component below.
  private func drawTitle(
    _ axis: Axis, x: Double, room: Double, isFirst: Bool, isLast: Bool,
    on canvas: inout SVGCanvas
  ) {
    let anchor: SVGCanvas.Anchor = isFirst ? .start : isLast ? .end : .middle
    let place = isFirst ? 8 : isLast ? canvas.width - 8 : x
    let width = isFirst || isLast ? max(60, room * 0.75) : max(40, room - 10)
    var title = axis.title
    if axis.kind == .logarithmic { title += " (log)" }
    var lines = [title]
    if TextWidth.estimate(title) > width {
      let cut = title.lastIndex(where: { " ./_".contains($0) })
      if let cut, cut != title.startIndex {
        let next = title.index(after: cut)
        lines = [String(title[..<next]), String(title[next...])]
      }
    }
    for (index, line) in lines.enumerated() {
      canvas.text(
        TextWidth.fitted(line, width: width), x: place,
        y: Self.top - 16 - Double(lines.count - 1 - index) * 15, anchor: anchor,
        class: isLast ? "ink strong" : "ink")
    }
  }

  /// The colours along the result's axis.
  private func drawStrip(
    _ colors: ColorScale, _ scale: AxisScale, x: Double, bottom: Double, on canvas: inout SVGCanvas
  ) {
    let count = 64
    let step = Self.height / Double(count)
    var runs: [(class: String, from: Int)] = []
    for index in 0..<count {
      let share = (Double(index) + 0.5) / Double(count)
      let name = PlotTheme.fill(colors.color(scale.value(atShare: share)))
      if runs.last?.class != name { runs.append((name, index)) }
    }
    for (index, run) in runs.enumerated() {
      let end = index + 1 < runs.count ? runs[index + 1].from : count
      canvas.rectangle(
        x: x, y: bottom - step * Double(end), width: Self.stripWidth,
        height: step * Double(end - run.from) + (index > 0 ? 0.4 : 0), class: run.class)
    }
  }
}

extension ParallelPlot.Axis {
  /// Of categories; else none.
  fileprivate var names: [String] {
    if case .categories(let names) = kind { names } else { [] }
  }

  fileprivate func scale(covering values: [Double]) -> AxisScale {
    PlotAxis(title: title, kind: kind).scale(covering: values, about: 5, widened: false)
  }
}

extension AxisScale {
  fileprivate func labelWidth(most: Double) -> Double {
    min(most, ticks.compactMap(\.label).map { TextWidth.estimate($0, fontSize: 11) }.max() ?? 0) + 8
  }

  /// The value so far up the axis, 0 … 1.
  package func value(atShare share: Double) -> Double {
    switch kind {
    case .linear: low + share * (high - low)
    case .logarithmic: low * decimalPower(share * decimalLogarithm(high / low))
    }
  }
}
