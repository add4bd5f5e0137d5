package import Plots

/// Curves on axes, in the places of a terminal.
package struct BrailleCurve {
  package struct Line: Sendable {
    package var curve: Curve
    package var style: CellStyle

    package init(_ curve: Curve, _ style: CellStyle) {
      (self.curve, self.style) = (curve, style)
    }
  }

  /// The last one on top.
  package var lines: [Line]
  package var isLogarithmic = false
  package var isUnicode = true
  /// What x is, under its axis.
  package var xTitle = ""

  package init(
    _ lines: [Line], isLogarithmic: Bool = false, isUnicode: Bool = true, xTitle: String = ""
  ) {
    (self.lines, self.isLogarithmic) = (lines, isLogarithmic)
    (self.isUnicode, self.xTitle) = (isUnicode, xTitle)
  }

  /// Draws into an area: labels of y on the left, of x below; without them where there is little room.
  package func draw(in area: Area, on canvas: inout Canvas) {
    guard !area.isEmpty else { return }
    let hasLabels = area.height >= 4 && area.width >= 16
    let rows = area.height - (hasLabels ? 2 : 0)
    let y = vertical(rows)
    let ticks = hasLabels ? self.ticks(y, rows: rows) : [:]
    let gutter =
      ticks.values.map { Canvas.width(of: $0) }.max().map { min($0, area.width / 3) } ?? 0
    let left = area.x + (hasLabels ? gutter + 1 : 0)
    let width = area.x + area.width - left
    guard width > 0 else { return }
    let x = AxisScale.linear(covering: xs, about: max(1, width / 12), widened: false)

    var grid = DotGrid(width: width, height: rows, isBraille: isUnicode)
    for place in lines.indices { trace(place, x, y, on: &grid) }
    for row in 0..<rows {
      for column in 0..<width {
        guard let dots = grid.place(column, row) else { continue }
        canvas[left + column, area.y + row] = Canvas.Cell(dots.text, lines[dots.line].style)
      }
    }
    guard hasLabels else { return }
    for row in 0..<rows {
      let label = ticks[row]
      canvas[left - 1, area.y + row] = Canvas.Cell(label == nil ? "│" : "┤", .dim)
      if let label {
        canvas.writeRight(label, to: left - 1, y: area.y + row, room: gutter, .dim)
      }
    }
    axis(x, left: left, width: width, y: area.y + rows, on: &canvas)
  }

  // MARK: - Axes

  private var xs: [Double] {
    lines.flatMap { line in
      [line.curve.points.first, line.curve.points.last].compactMap { $0?.x }
    }
  }

  private func vertical(_ rows: Int) -> AxisScale {
    let values = lines.lazy.flatMap { $0.curve.points }.map(\.y)
    return isLogarithmic
      ? .logarithmic(covering: values)
      : .linear(covering: values, about: max(1, rows / 3), widened: false)
  }

  /// Labels by row, none beside another; of a logarithmic axis powers of ten before others.
  private func ticks(_ scale: AxisScale, rows: Int) -> [Int: String] {
    var labels: [Int: String] = [:]
    func isPower(_ tick: AxisScale.Tick) -> Bool {
      tick.label.map { $0.contains("1") && !$0.contains { ("2"..."9").contains($0) } } ?? false
    }
    let ticks =
      scale.kind == .logarithmic
      ? scale.ticks.filter(isPower) + scale.ticks.filter { !isPower($0) } : scale.ticks
    for tick in ticks {
      guard let label = tick.label,
        let place = scale.position(tick.value, from: Double(rows) - 0.5, to: 0.5)
      else { continue }
      let row = min(rows - 1, max(0, Int(place)))
      if (row - 1...row + 1).allSatisfy({ labels[$0] == nil }) { labels[row] = label }
    }
    return labels
  }

  private func axis(_ scale: AxisScale, left: Int, width: Int, y: Int, on canvas: inout Canvas) {
    canvas[left - 1, y] = Canvas.Cell("└", .dim)
    for column in 0..<width { canvas[left + column, y] = Canvas.Cell("─", .dim) }
    var free = left - 1
    let titleWidth = xTitle.isEmpty ? 0 : Canvas.width(of: xTitle) + 1
    let right = left + width
    for tick in scale.ticks {
      guard let label = tick.label,
        let place = scale.position(tick.value, from: 0, to: Double(width - 1))
      else { continue }
      let column = left + Int(place.rounded())
      canvas[column, y] = Canvas.Cell("┬", .dim)
      let labelWidth = Canvas.width(of: label)
      let start = min(max(left, column - labelWidth / 2), right - labelWidth)
      guard start > free, start + labelWidth <= right - titleWidth else { continue }
      canvas.write(label, x: start, y: y + 1, .dim)
      free = start + labelWidth
    }
    if titleWidth > 0, free + titleWidth < right {
      canvas.writeRight(xTitle, to: right, y: y + 1, room: titleWidth, .dim)
    }
  }

  // MARK: - Lines

  /// Joins a line's points; nothing joins what a gap lies between. Of the points in one column of dots the lowest and the
  /// highest are kept, so that no spike is lost.
  private func trace(_ place: Int, _ x: AxisScale, _ y: AxisScale, on grid: inout DotGrid) {
    let (right, bottom) = (Double(grid.dotsAcross - 1), Double(grid.dotsDown - 1))
    var before: (x: Int, y: Int)?
    for point in lines[place].curve.decimated(bins: max(1, grid.dotsAcross)).points {
      guard let column = x.position(point.x, from: 0, to: right),
        let row = y.position(point.y, from: bottom, to: 0)
      else {
        before = nil
        continue
      }
      let dot = (x: Int(column.rounded()), y: Int(row.rounded()))
      if let before {
        grid.line(from: before, to: dot, line: place)
      } else {
        grid.set(dot.x, dot.y, line: place)
      }
      before = dot
    }
  }
}
