package import Statistics
import Text

/// Horizontal bars: one row per setting, one panel per metric, so that long names stay readable and one
/// look along a row tells all about a setting.
package struct BarPlot {
  package struct Panel {
    package var title: String
    /// One a row; nil: not measured.
    package var values: [Statistics.Interval?]
    /// A level to compare with, like that of real images.
    package var reference: (label: String, value: Double)?
    /// Rows whose value is written strongly.
    package var best: Set<Int> = []
    /// Rows of less weight than the others.
    package var faint: Set<Int> = []
    /// One a row, for intervals that are not symmetric; empty: those of the values.
    package var whiskers: [ClosedRange<Double>?] = []
    /// What is written at the bars' ends, one a row; empty: the values.
    package var texts: [String] = []

    package init(
      title: String, values: [Statistics.Interval?],
      reference: (label: String, value: Double)? = nil, best: Set<Int> = [],
      faint: Set<Int> = [], whiskers: [ClosedRange<Double>?] = [], texts: [String] = []
    ) {
      self.faint = faint
      self.whiskers = whiskers
      self.texts = texts
      self.title = title
      self.values = values
      self.reference = reference
      self.best = best
    }
  }

  package struct Row {
    package var label: String
    /// Colour: the setting's place in the report.
    package var color: PlotColor
    /// A heading above the row where it differs from the one before.
    package var group: String?

    package init(label: String, color: PlotColor, group: String? = nil) {
      self.label = label
      self.color = color
      self.group = group
    }
  }

  package var title: String
  package var rows: [Row]
  package var panels: [Panel]
  /// Above the panels, where their own titles do not say what is measured.
  package var heading: String?
  /// Whether bars of different panels may be compared.
  package var sharesScale = false

  package init(
    title: String, rows: [Row], panels: [Panel], heading: String? = nil, sharesScale: Bool = false
  ) {
    self.title = title
    self.rows = rows
    self.panels = panels
    self.heading = heading
    self.sharesScale = sharesScale
  }

  private static let rowHeight = 24.0
  private static let barHeight = 13.0
  private static let groupHeight = 25.0
  private static let gap = 26.0
  private static let widestLabel = 240.0
  package static let panelsInARow = 3
  private static let leastPanel = 150.0

  /// With more panels than fit side by side the rows come again below.
  ///
  /// - Precondition: each panel has a value, or nil, for each row.
  package func svg(_ page: PlotPage = PlotPage()) -> String {
    let width = page.room
    let widest = min(Self.widestLabel, 0.35 * width)
    let labels = rows.map { TextWidth.fitted($0.label, width: widest) }
    let left = 16 + (labels.map { TextWidth.estimate($0) }.max() ?? 0)
    let start = heading == nil ? 0.0 : 22
    let most = min(Self.panelsInARow, max(1, Int((width - left) / Self.leastPanel)))
    let blocks = stride(from: 0, to: max(1, panels.count), by: most).map {
      Array(panels[$0..<min(panels.count, $0 + most)])
    }
    let block = Block(rows: rows)
    let hasReference = panels.contains { $0.reference != nil }
    let step = block.height + (hasReference ? 26 : 10)
    var canvas = SVGCanvas(
      width: width, height: start + step * Double(blocks.count), page: page)
    if let heading {
      canvas.text(
        TextWidth.fitted(heading, width: width - 16), x: 8, y: 18, class: "ink strong")
    }
    let across = min(most, max(1, panels.count))
    for (index, panels) in blocks.enumerated() {
      let offset = start + step * Double(index)
      let top = offset + Self.top
      let places = block.places.map { $0 + offset }
      for (label, place) in zip(labels, places) {
        canvas.text(label, x: left - 8, y: place + 4.3, anchor: .end)
      }
      let panelWidth =
        (width - left - 8 - Self.gap * Double(across - 1)) / Double(across)
      for (index, panel) in panels.enumerated() {
        let x = left + (panelWidth + Self.gap) * Double(index)
        draw(
          panel, places: places, left: x, width: panelWidth, top: top,
          bottom: offset + block.height, on: &canvas)
      }
      for heading in block.headings {
        canvas.text(
          TextWidth.fitted(heading.text, width: width - 16), x: 8, y: heading.y + offset,
          class: "muted small halo")
      }
    }
    return canvas.document(
      title: title,
      summary: panels.map(\.title).joined(separator: ", ") + " of "
        + rows.map(\.label).joined(separator: ", "))
  }

  private static let top = 34.0

  /// Where the rows lie, from the top of their block.
  private struct Block {
    var places: [Double] = []
    var headings: [(text: String, y: Double)] = []
    var height = BarPlot.top

    init(rows: [Row]) {
      for (index, row) in rows.enumerated() {
        if let group = row.group, index == 0 || rows[index - 1].group != group {
          headings.append((group, height + 17))
          height += BarPlot.groupHeight
        }
        places.append(height + BarPlot.rowHeight / 2)
        height += BarPlot.rowHeight
      }
    }
  }

  private func draw(
    _ panel: Panel, places: [Double], left: Double, width: Double, top: Double, bottom: Double,
    on canvas: inout SVGCanvas
  ) {
    let texts = panel.written
    let widest = sharesScale ? panels.flatMap(\.written) : texts
    let room = (widest.map { TextWidth.estimate($0) }.max() ?? 0) + 8
    let right = max(left + 20, left + width - room)
    // Bars start at 0: their length is what the eye compares.
    let ends = [0.0] + (sharesScale ? panels : [panel]).flatMap(\.ends)
    let scale = AxisScale.linear(covering: ends, about: 4, widened: false)
    func place(_ value: Double) -> Double {
      scale.position(value, from: left, to: right) ?? left
    }
    let zero = place(0)

    canvas.text(
      TextWidth.fitted(panel.title, width: width), x: left, y: top - 14, class: "ink strong")
    canvas.line(zero, top, zero, bottom, class: "axis")
    var textPlaces: [Double] = []
    for (index, value) in panel.values.enumerated() {
      var end = zero
      if let value, value.mean.isFinite {
        let tip = place(value.mean)
        canvas.rectangle(
          x: min(zero, tip), y: places[index] - Self.barHeight / 2, width: abs(tip - zero),
          height: Self.barHeight,
          class: PlotTheme.fill(rows[index].color) + (panel.faint.contains(index) ? " faint" : ""))
        end = max(zero, tip)
        if let reach = panel.whisker(index) {
          let (low, high) = (place(reach.lowerBound), place(reach.upperBound))
          if high - low > 1 { whisker(from: low, to: high, y: places[index], on: &canvas) }
          end = max(end, high)
        }
      }
      textPlaces.append(end + 6)
    }
    if let reference = panel.reference, reference.value.isFinite {
      draw(
        reference, x: place(reference.value), left: left, width: width, top: top, bottom: bottom,
        on: &canvas)
    }
    for (index, x) in textPlaces.enumerated() {
      canvas.text(
        texts[index], x: x, y: places[index] + 4.3,
        class: panel.best.contains(index)
          ? "ink halo strong" : panel.faint.contains(index) ? "muted halo" : "ink halo")
    }
  }

  private func whisker(from low: Double, to high: Double, y: Double, on canvas: inout SVGCanvas) {
    canvas.line(low, y, high, y, class: "whisker")
    canvas.line(low, y - 3.5, low, y + 3.5, class: "whisker")
    canvas.line(high, y - 3.5, high, y + 3.5, class: "whisker")
  }

  private func draw(
    _ reference: (label: String, value: Double), x: Double, left: Double, width: Double,
    top: Double,
    bottom: Double, on canvas: inout SVGCanvas
  ) {
    canvas.line(x, top, x, bottom + 5, class: "reference")
    let label = TextWidth.fitted(reference.label, width: width)
    let half = TextWidth.estimate(label, fontSize: 11) / 2
    let centre = max(left + half, min(left + width - half, x))
    canvas.text(label, x: centre, y: bottom + 18, anchor: .middle, class: "muted small")
  }
}

extension BarPlot.Panel {
  fileprivate var written: [String] {
    texts.isEmpty ? values.map { $0.map { DecimalText.interval($0) } ?? "–" } : texts
  }

  /// From where to where a row's interval reaches.
  fileprivate func whisker(_ row: Int) -> ClosedRange<Double>? {
    if !whiskers.isEmpty { return whiskers[row] }
    guard let value = values[row], let low = value.low, let high = value.high, low <= high else {
      return nil
    }
    return low...high
  }

  /// What its scale has to reach.
  fileprivate var ends: [Double] {
    var ends: [Double] = []
    for (index, value) in values.enumerated() {
      guard let value else { continue }
      ends.append(value.mean)
      if let reach = whisker(index) { ends += [reach.lowerBound, reach.upperBound] }
    }
    if let reference { ends.append(reference.value) }
    return ends
  }
}
