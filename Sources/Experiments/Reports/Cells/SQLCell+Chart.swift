import ExperimentFiles
import Plots
import Statistics
import Store
import Text
import Values

extension SQLCell {
  /// The columns of a chart, each checked, and its rows.
  struct ChartData {
    /// By the places of rows.
    var x: PlotColumn
    var ys: [PlotColumn]
    var color: PlotColumn?
  }

  /// - Throws: `CellError` for a column that is not there, and for text where numbers are needed.
  func chartData(_ chart: Chart, _ columns: [String], _ rows: [[QueryResult.Value]]) throws
    -> ChartData
  {
    guard columns.count > 1 || x != nil || !y.isEmpty else {
      throw CellError(
        "a chart needs two columns or more, and the result has one, \(quoted(columns.first ?? ""))",
        hint: "SELECT what goes along x, too")
    }
    func place(_ name: String, _ key: String) throws -> Int {
      if let place = columns.firstIndex(of: name) { return place }
      let alike = columns.indices.filter { columns[$0].lowercased() == name.lowercased() }
      if alike.count == 1 { return alike[0] }
      throw CellError(
        "'sql.\(key)': the result has no column \(quoted(name))",
        hint: Suggestion.hint(for: name, among: columns)
          ?? "its columns: \(columns.joined(separator: ", "))")
    }
    func column(_ place: Int, _ key: String, needsNumbers: Bool) throws -> PlotColumn {
      let column = PlotColumn(.setting(columns[place]), rows.map { Self.value($0[place]) })
      let text = column.distinct.lazy.compactMap { value -> String? in
        if case .text(let text) = value { text } else { nil }
      }.first
      if needsNumbers, let text {
        throw CellError(
          "'sql.\(key)': the column \(quoted(columns[place])) has text, \(quoted(SafeText.singleLine(String(text.prefix(40))))), where numbers are needed",
          hint: key == "x"
            ? "chart: bar takes words; CAST(… AS REAL) makes numbers of text"
            : "CAST(… AS REAL) makes numbers of text")
      }
      return column
    }
    let xPlace = try x.map { try place($0, "x") } ?? 0
    let yPlaces =
      y.isEmpty
      ? [columns.indices.first { $0 != xPlace } ?? xPlace] : try y.map { try place($0, "y") }
    return ChartData(
      x: try column(xPlace, "x", needsNumbers: chart != .bar),
      ys: try yPlaces.map { try column($0, "y", needsNumbers: true) },
      color: try color.map {
        try column(try place($0, "color"), "color", needsNumbers: logarithmic.contains("color"))
      })
  }

  private static func value(_ value: QueryResult.Value) -> PlotColumn.Value {
    switch value {
    case .null: .none
    case .integer(let value): .number(Double(value))
    case .number(let value): .number(value)
    case .text(let text): .text(SafeText.singleLine(text))
    case .bytes(let count): .text("(\(count) bytes)")
    }
  }

  /// The drawing and what is to be said below it; nil where there is nothing to draw.
  func draw(_ chart: Chart, _ data: ChartData) -> (svg: String, notes: [String])? {
    let numbers = data.ys.contains { $0.values.contains { $0 != .none } }
    guard numbers else { return nil }
    switch chart {
    case .bar: return bars(data)
    case .line, .scatter: return points(data, areJoined: chart == .line)
    }
  }

  var chartAlternative: String {
    "A \(chart?.rawValue ?? "") chart of the query's result"
  }

  // MARK: - Lines and points

  /// Rows of one colour and one column of y.
  private struct Series {
    var label: String?
    var color: PlotColor
    /// Among the others: of its colour, then of its column.
    var place: Int
    var points: [Point] = []
  }

  private func points(_ data: ChartData, areJoined: Bool) -> (svg: String, notes: [String]) {
    let palette = PlotPalette(data.color, isLogarithmic: logarithmic.contains("color"))
    var series: [Series] = []
    for (index, y) in data.ys.enumerated() {
      var places: [PlotColumn.Value: Int] = [:]
      for row in y.values.indices {
        let value = data.color?.values[row] ?? .none
        if places[value] == nil {
          places[value] = series.count
          let order = data.ys.count * (data.color?.place(row) ?? 0) + index
          series.append(
            Series(
              label: label(palette, row, y, data),
              color: data.ys.count == 1 ? palette.color(row) : .series(order), place: order))
        }
        guard let place = places[value] else { continue }
        series[place].points.append(Point(data.x.coordinate(row), y.coordinate(row)))
      }
    }
    series.sort { $0.place < $1.place }
    var panel = XYPlot.Panel()
    if areJoined {
      panel.lines = series.map { series in
        let xs = series.points.map(\.x).filter(\.isFinite)
        let isRising = zip(xs, xs.dropFirst()).allSatisfy { $0 <= $1 }
        return XYPlot.Line(
          label: series.label, color: series.color,
          curve: Curve(series.points, isPath: !isRising || xs.count < series.points.count))
      }
    } else {
      panel.dots = series.map { series in
        XYPlot.Dots(
          label: series.label, color: series.color,
          points: series.points.filter { hasPlace($0.x, "x") && hasPlace($0.y, "y") })
      }
    }
    let svg = XYPlot(
      title: title(data), x: axis(data.x.title, "x", xLabel),
      y: axis(data.ys.map(\.title).joined(separator: ", "), "y", yLabel), panels: [panel],
      colors: data.ys.count == 1 ? palette.scale : nil,
      colorTitle: data.ys.count == 1 ? palette.title : nil,
      marksPoints: series.allSatisfy { $0.points.count <= Self.mostMarked }
    ).svg(page.plotPage)
    let gaps = series.flatMap(\.points).count { !hasPlace($0.x, "x") || !hasPlace($0.y, "y") }
    guard gaps > 0 else { return (svg, []) }
    return (
      svg,
      [
        "\(gaps) \(gaps == 1 ? "value has" : "values have") no place: "
          + "NULL, not a number, or 0 and below on a logarithmic axis."
      ]
    )
  }

  /// With more points than this a line shows by itself where it was measured.
  private static let mostMarked = 40

  private func label(
    _ palette: PlotPalette, _ row: Int, _ y: PlotColumn, _ data: ChartData
  ) -> String? {
    let color = data.color.map { $0.name($0.values[row]) }
    guard data.ys.count > 1 else { return palette.label(row) }
    return color.map { "\($0) · \(y.title)" } ?? y.title
  }

  private func hasPlace(_ value: Double, _ axis: String) -> Bool {
    !value.isNaN && (!logarithmic.contains(axis) || value > 0)
  }

  private func axis(_ title: String, _ axis: String, _ label: String?) -> PlotAxis {
    let isLogarithmic = logarithmic.contains(axis)
    return PlotAxis(
      title: label ?? title + (isLogarithmic ? " (log scale)" : ""),
      kind: isLogarithmic ? .logarithmic : .linear)
  }

  private func title(_ data: ChartData) -> String {
    "\(data.ys.map(\.title).joined(separator: ", ")) against \(data.x.title)"
  }

  // MARK: - Bars

  /// More bars than this are too many to read.
  private static let mostBars = 60

  /// A bar a row, a panel a column of y; rows of one x stand together where there are colours.
  private func bars(_ data: ChartData) -> (svg: String, notes: [String]) {
    var rows = Array(data.x.values.indices)
    let isGrouped = data.color != nil && data.color?.quantity != data.x.quantity
    if isGrouped {
      var places: [PlotColumn.Value: Int] = [:]
      for row in rows where places[data.x.values[row]] == nil {
        places[data.x.values[row]] = places.count
      }
      rows.sort { a, b in
        (places[data.x.values[a]] ?? 0, a) < (places[data.x.values[b]] ?? 0, b)
      }
    }
    var notes: [String] = []
    if rows.count > Self.mostBars {
      notes.append("The first \(Self.mostBars) of \(rows.count) bars.")
      rows = Array(rows.prefix(Self.mostBars))
    }
    func color(_ row: Int) -> PlotColor { .series(data.color?.place(row) ?? 0) }
    let what = yLabel.map { [$0] } ?? data.ys.map(\.title)
    let svg = BarPlot(
      title: title(data),
      rows: rows.map { row in
        let name = data.x.name(data.x.values[row])
        return BarPlot.Row(
          label: isGrouped ? data.color.map { $0.name($0.values[row]) } ?? "" : name,
          color: color(row), group: isGrouped ? "\(xLabel ?? data.x.title) = \(name)" : nil)
      },
      panels: zip(data.ys, data.ys.indices).map { y, index in
        BarPlot.Panel(
          title: index < what.count ? what[index] : y.title,
          values: rows.map { row in
            guard case .number(let value) = y.values[row] else { return nil }
            return Statistics.Interval(mean: value, halfWidth: nil, count: 1)
          })
      }
    ).svg(page.plotPage)
    return (svg, notes)
  }
}
