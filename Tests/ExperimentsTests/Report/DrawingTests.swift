import Foundation
import Plots
import Statistics
import Testing

@testable import Plots

/// Values are read back from the drawings by the labels of their axes: a pixel is 1 part in some 300.
@Suite struct DrawingTests {
  private let dots = [Point(0.001, 2), Point(0.01, 5), Point(0.1, 8)]

  private func scatter(_ kind: PlotAxis.Kind, _ points: [Point]) -> XYPlot {
    XYPlot(
      title: "t", x: PlotAxis(title: "lr", kind: kind), y: PlotAxis(title: "loss"),
      panels: [.init(dots: [.init(label: "a", color: 0, points: points)])])
  }

  /// Labels of the x axis below the plot, of the y axis left of it.
  private func axes(_ svg: [XMLElementText]) -> (x: DrawnAxis, y: DrawnAxis) {
    var (x, y) = (DrawnAxis(ticks: []), DrawnAxis(ticks: []))
    for text in svg where text.name == "text" && text.classes == ["muted"] {
      guard let value = Double(text.text) else { continue }
      if text.attributes["text-anchor"] == "middle" {
        x.ticks.append((value, text.number("x") ?? .nan))
      } else if text.attributes["text-anchor"] == "end" {
        y.ticks.append((value, (text.number("y") ?? .nan) - 4.3))
      }
    }
    x.ticks.sort { $0.value < $1.value }
    y.ticks.sort { $0.value < $1.value }
    return (x, y)
  }

  @Test func scatterOnALogarithmicAxis() throws {
    let svg = try #require(xmlElements(scatter(.logarithmic, dots).svg()))
    var (x, y) = axes(svg)
    x.isLogarithmic = true
    // The legend's mark comes last.
    let marks = svg.filter { $0.name == "circle" }.prefix(3)
    try #require(marks.count == 3)
    for (mark, point) in zip(marks, dots) {
      let (px, py) = (mark.number("cx") ?? .nan, mark.number("cy") ?? .nan)
      #expect(abs(x.value(px) / point.x - 1) < 0.01)
      #expect(abs(y.value(py) - point.y) < 0.02)
    }
  }

  @Test func whatHasNoPlaceIsNotDrawn() throws {
    let points = [Point(-1, 1), Point(0, 2), Point(.nan, 3), Point(1, .nan), Point(2, 4)]
    let logarithmic = try #require(xmlElements(scatter(.logarithmic, points).svg()))
    #expect(logarithmic.count { $0.name == "circle" } == 1 + 1)
    let linear = try #require(xmlElements(scatter(.linear, points).svg()))
    #expect(linear.count { $0.name == "circle" } == 3 + 1)
  }

  @Test func categoriesAndWhiskers() throws {
    let plot = XYPlot(
      title: "t", x: PlotAxis(title: "s", kind: .categories(["ddim", "ddpm"])),
      y: PlotAxis(title: "loss"),
      panels: [
        .init(dots: [
          .init(color: 0, points: [Point(0, 4), Point(1, 8)], whiskers: [1, nil])
        ])
      ])
    let svg = try #require(xmlElements(plot.svg()))
    let marks = svg.filter { $0.name == "circle" }
    let names = ["ddim", "ddpm"].map { name in
      svg.first { $0.name == "text" && $0.text == name }?.number("x") ?? .nan
    }
    #expect(marks.map { $0.number("cx") ?? 0 } == names)
    let whiskers = svg.filter { $0.classes == ["whisker"] }
    try #require(whiskers.count == 1)
    let y = axes(svg).y
    #expect(abs(y.value(whiskers[0].number("y1") ?? .nan) - 3) < 0.05)
    #expect(abs(y.value(whiskers[0].number("y2") ?? .nan) - 5) < 0.05)
  }

  /// Panels share their axes: the same value lies as far from each panel's own foot.
  @Test func facetsShareAxes() throws {
    let panel = { (title: String, top: Double) in
      XYPlot.Panel(
        title: title,
        lines: [.init(label: "a", color: 0, curve: Curve([Point(0, 0), Point(10, top)]))])
    }
    let plot = XYPlot(
      title: "t", x: PlotAxis(title: "step"), y: PlotAxis(title: "loss"),
      panels: [panel("fp32", 10), panel("bf16", 5), panel("fp16", 10)])
    let svg = try #require(xmlElements(plot.svg()))
    let paths = svg.filter { $0.name == "path" && $0.classes == ["s0", "line"] }
    try #require(paths.count == 3)
    let ends = paths.map { $0.corners[0] }
    #expect(ends[0][0].y == ends[1][0].y)
    #expect(abs((ends[1][0].y - ends[1][1].y) * 2 - (ends[0][0].y - ends[0][1].y)) < 0.25)
    let lengths = ends.map { $0[1].x - $0[0].x }
    #expect(abs(lengths[0] - lengths[2]) < 0.15)
    // Labels of y once, of x below each; a name once, in the legend.
    #expect(svg.count { $0.text == "a" } == 1)
    #expect(axes(svg).y.ticks.map(\.value) == [0, 2, 4, 6, 8, 10])
    #expect(["fp32", "bf16", "fp16"].allSatisfy { name in svg.contains { $0.text == name } })
  }

  /// A band reaches from its lower to its upper curve, and stops where either is no number.
  @Test func bands() throws {
    let curve = { (ys: [Double]) in
      Curve(ys.enumerated().map { Point(Double($0), $1) })
    }
    let plot = XYPlot(
      title: "t", x: PlotAxis(title: "x"), y: PlotAxis(title: "y"),
      panels: [
        .init(lines: [
          .init(
            label: "a", color: 0, curve: curve([2, 2, 2, 2, 2, 2]),
            band: (curve([1, 1, 1, .nan, 1, 1]), curve([4, 4, 4, 4, 3, 3])))
        ])
      ])
    let svg = try #require(xmlElements(plot.svg()))
    let y = axes(svg).y
    let areas = svg.filter { $0.classes == ["f0", "band"] }.map { $0.corners[0].map(\.y) }
    try #require(areas.count == 2)
    let edges = areas.map { area in [area.max() ?? 0, area.min() ?? 0].map { y.value($0) } }
    let expected = [[1.0, 4.0], [1.0, 3.0]]
    for (edge, value) in zip(edges.joined(), expected.joined()) {
      #expect(abs(edge - value) < 0.02)
    }
    #expect(areas[0].count == 6 && areas[1].count == 4)
  }

  /// A thousand runs of a thousand steps: no label, thin lines, a file that a page can hold.
  @Test func aThousandLines() throws {
    let lines = (0..<1000).map { run -> XYPlot.Line in
      let points = (0..<1000).map { step -> Point in
        let value = (run * 7919 + step * 104_729) % 1000
        return Point(Double(step), Double(value))
      }
      return XYPlot.Line(color: .scale(Double(run) / 999), curve: Curve(points))
    }
    let plot = XYPlot(
      title: "t", x: PlotAxis(title: "x"), y: PlotAxis(title: "y"), panels: [.init(lines: lines)],
      colors: ColorScale(title: "lr", kind: .linear, covering: [0, 1]))
    let text = plot.svg()
    #expect(text.utf8.count < 600_000)
    let svg = try #require(xmlElements(text))
    let drawn = svg.filter { $0.classes.contains("thin") }
    #expect(drawn.count == 1000)
    #expect(Set(drawn.map { $0.classes[0] }).count == PlotTheme.rampCount)
    // First and last stay where they were.
    let x = axes(svg).x
    for line in drawn.prefix(5) {
      let corners = line.corners[0]
      #expect(abs(x.value(corners[0].x)) < 2)
      #expect(abs(x.value(corners[corners.count - 1].x) - 999) < 2)
    }
  }

  // MARK: Heat maps

  private func heat(_ cells: [[Double?]], kind: AxisScale.Kind = .linear) -> HeatMap {
    HeatMap(
      title: "t", xTitle: "lr", yTitle: "channels", colorTitle: "loss",
      columns: cells.first.map { $0.indices.map { "c\($0)" } } ?? [],
      rows: cells.indices.map { "r\($0)" },
      cells: cells.map {
        $0.map { $0.map { .init(value: .init(mean: $0, halfWidth: nil, count: 1)) } }
      },
      kind: kind, best: (0, 0))
  }

  @Test func heatMapCells() throws {
    let svg = try #require(xmlElements(heat([[1, 2], [nil, 16]]).svg()))
    let cells = svg.filter {
      $0.name == "rect" && $0.number("width") ?? 0 > 50 && !$0.classes.contains("surface")
    }
    // The lowest and the highest have the ends of the scale, 2 is a fifteenth up: the second of 16.
    #expect(cells.map { $0.classes[0] } == ["h0", "h1", "none", "h15"])
    for text in ["1.00", "2.00", "16.0", "–"] {
      #expect(svg.count { $0.name == "text" && $0.text == text } == 1)
    }
    // White on dark, black on light.
    #expect(svg.first { $0.text == "1.00" }?.classes.contains("on-dark") == true)
    #expect(svg.first { $0.text == "16.0" }?.classes.contains("on-light") == true)
    // On a logarithmic scale 2 is a quarter up: the fifth.
    let logarithmic = try #require(
      xmlElements(heat([[1, 2], [nil, 16]], kind: .logarithmic).svg()))
    #expect(
      logarithmic.contains {
        $0.name == "rect" && $0.classes == ["h4"] && $0.number("width") ?? 0 > 50
      })
  }

  @Test(
    arguments: [[[Double?]]](
      [[], [[nil]], [[.nan]], [[.infinity, 1]], [[3, 3]], [[0, -1]]]))
  func oddHeatMaps(cells: [[Double?]]) throws {
    for kind in [AxisScale.Kind.linear, .logarithmic] {
      let text = heat(cells, kind: kind).svg()
      #expect(xmlElements(text) != nil)
      #expect(!text.contains("nan") && !text.contains("inf"))
    }
  }

  /// The colour bar has numbers however little the values differ.
  @Test func narrowLogarithmicHeatMap() throws {
    let tables: [[[Double?]]] = [
      [[0.35, 0.37], [0.38, 0.40]], [[1, 1.1], [1.2, 1.3]], [[2.1, 3], [4, 6.4]],
    ]
    for cells in tables {
      let svg = try #require(xmlElements(heat(cells, kind: .logarithmic).svg()))
      #expect(svg.count { $0.classes == ["muted"] && Double($0.text) != nil } >= 3)
    }
  }

  // MARK: Marks

  /// As many series as there are pairs of a colour and a shape differ.
  @Test func marksDoNotRepeat() {
    let marks = (0..<36).map { index in
      var canvas = SVGCanvas(width: 10, height: 10)
      PlotMarks.draw(.series(index), at: Point(5, 5), on: &canvas)
      return canvas.document(title: "", summary: "")
    }
    #expect(Set(marks).count == 36)
  }

  // MARK: Parallel coordinates

  private func parallel(_ count: Int) -> ParallelPlot {
    let values = (0..<count).map { Double($0) }
    return ParallelPlot(
      title: "t",
      axes: [
        .init(title: "lr", kind: .logarithmic, values: values.map { pow(10, -$0) }),
        .init(
          title: "kind", kind: .categories(["a", "b"]),
          values: values.map { $0 == 2 ? .nan : $0.truncatingRemainder(dividingBy: 2) }),
      ],
      result: .init(title: "loss", kind: .linear, values: values.map { $0 == 3 ? .nan : $0 }),
      goal: .minimize, best: count > 0 ? 0 : nil, bestLabel: "the best")
  }

  @Test func parallelLines() throws {
    let svg = try #require(xmlElements(parallel(5).svg()))
    let best = svg.filter { $0.name == "path" && $0.classes == ["best"] }
    let lines = svg.filter { $0.name == "path" && $0.classes.contains("line") }
    #expect(lines.count == 4)
    // The best run's line and its sample in the legend.
    try #require(best.count == 2)
    let corners = best[0].corners[0]
    #expect(corners.count == 3)
    // Run 0: the highest learning rate, the lowest loss. Run 4 the other way round.
    let top = svg.filter { $0.classes == ["whisker"] }.compactMap { $0.number("y1") }.min() ?? .nan
    let bottom =
      svg.filter { $0.classes == ["whisker"] }.compactMap { $0.number("y2") }.max() ?? .nan
    #expect(abs(corners[0].y - top) < 0.2 && abs(corners[2].y - bottom) < 0.2)
    // What has no value hangs below the axes and is grey.
    let grey = lines.filter { $0.classes.contains("r-none") }
    try #require(grey.count == 1)
    #expect(grey[0].corners[0][2].y > bottom + 10)
    #expect(svg.contains { $0.text == "none" } && svg.contains { $0.text == "no value" })
  }

  /// "none" has its room left of the first axis, even where no number has.
  @Test func noneOnTheFirstAxis() throws {
    for values in [[Double.nan, .nan], [.nan, 3]] {
      let plot = ParallelPlot(
        title: "t",
        axes: [
          .init(title: "ema", kind: .categories([]), values: values),
          .init(title: "lr", kind: .linear, values: [1, 2]),
        ],
        result: .init(title: "loss", kind: .linear, values: [1, 2]))
      let svg = try #require(xmlElements(plot.svg()))
      let none = try #require(svg.first { $0.text == "none" })
      #expect(none.number("x") ?? 0 >= TextWidth.estimate("none", fontSize: 11))
    }
  }

  @Test func faintRuns() throws {
    var plot = parallel(5)
    plot.faint = [1, 2]
    let svg = try #require(xmlElements(plot.svg()))
    let lines = svg.filter { $0.name == "path" && $0.classes.contains("line") }
    #expect(lines.count { $0.classes.contains("faint") } == 2)
    #expect(lines.count { $0.classes.contains("soft") } == 2)
  }

  @Test(arguments: [0, 1, 1000])
  func parallelOfSo(many count: Int) throws {
    let text = parallel(count).svg()
    let svg = try #require(xmlElements(text))
    #expect(
      svg.count { $0.name == "path" && $0.classes.contains(where: { $0.hasPrefix("r") }) }
        == max(0, count - 1))
    #expect(text.utf8.count < 150_000)
  }

  // MARK: All

  @Test func hostileNames() throws {
    let name = "</text><script>alert(1)</script>&amp;\u{0}\u{202E}]]>\"'|`\n"
    let xy = XYPlot(
      title: name, x: PlotAxis(title: name, kind: .categories([name, name])),
      y: PlotAxis(title: name),
      panels: (0..<4).map { _ in
        .init(
          title: name,
          lines: [.init(label: name, color: 0, curve: Curve([Point(0, 1), Point(1, 2)]))],
          dots: [.init(label: name, color: 1, points: [Point(0, 1)])])
      },
      colors: ColorScale(title: name, kind: .linear, covering: [1, 2]), colorTitle: name)
    let heat = HeatMap(
      title: name, xTitle: name, yTitle: name, colorTitle: name, columns: [name], rows: [name],
      cells: [[.init(value: .init(mean: 1, halfWidth: 1, count: 2))]])
    let parallel = ParallelPlot(
      title: name, axes: [.init(title: name, kind: .categories([name]), values: [0])],
      result: .init(title: name, kind: .linear, values: [1]), best: 0, bestLabel: name)
    for text in [xy.svg(), heat.svg(), parallel.svg()] {
      let svg = try #require(xmlElements(text))
      let allowed: Set = [
        "svg", "title", "desc", "style", "rect", "line", "path", "text", "circle",
      ]
      #expect(Set(svg.map(\.name)).isSubset(of: allowed))
      #expect(!text.contains("<script") && !text.contains("\u{202E}") && !text.contains("\u{0}"))
    }
  }

  /// The colour scale's lightness rises all along, on light pages, dark pages and in cells.
  @Test func theScaleSurvivesGrey() {
    let sheet = PlotTheme.styleSheet(amounts: true)
    for (pattern, from) in [("r", 0), ("r", 1), ("h", 0)] {
      let colors = (0..<PlotTheme.rampCount).map { index -> Double in
        let rules = sheet.components(separatedBy: ".\(pattern)\(index){").dropFirst()
          .map { $0.prefix(while: { $0 != "}" }) }
        let rule = Array(rules)[from]
        let hex = rule.split(separator: "#").last.map { String($0.prefix(6)) } ?? ""
        let value = Int(hex, radix: 16) ?? 0
        return 0.2126 * pow(Double(value >> 16) / 255, 2.2)
          + 0.7152 * pow(Double(value >> 8 & 255) / 255, 2.2)
          + 0.0722 * pow(Double(value & 255) / 255, 2.2)
      }
      #expect(zip(colors, colors.dropFirst()).allSatisfy { $0 < $1 })
    }
  }
}
