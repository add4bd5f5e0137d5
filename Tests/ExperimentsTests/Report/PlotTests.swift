import Foundation
import Plots
import Statistics
import Testing

@testable import Plots

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct PlotTests {
  private static func linePlot(
    _ title: String, _ x: String, _ y: String, kind: PlotAxis.Kind = .linear,
    references: [XYPlot.Reference] = [], _ lines: [XYPlot.Line]
  ) -> XYPlot {
    XYPlot(
      title: title, x: PlotAxis(title: x, kind: .linear), y: PlotAxis(title: y, kind: kind),
      panels: [XYPlot.Panel(lines: lines)], references: references)
  }

  static let barPlot = BarPlot(
    title: "Results",
    rows: [.init(label: "linear", color: 0), .init(label: "cosine", color: 1)],
    panels: [
      .init(
        title: "eval/x ↓",
        values: [.init(mean: 4, halfWidth: 1, count: 3), .init(mean: 2, halfWidth: nil, count: 1)],
        reference: ("real 1.00", 1), best: [1])
    ])

  /// What is drawn, without the theme, compared whole: looked at before it was written down.
  @Test func smallLinePlot() {
    let plot = Self.linePlot(
      "Loss", "training step", "train/loss",
      [
        .init(
          label: "linear", color: .series(0),
          curve: Curve([Point(0, 4), Point(10, 2), Point(20, .nan), Point(30, 1)])),
        .init(label: "cosine", color: .series(7), curve: Curve([Point(0, 3), Point(30, 1)])),
      ])
    #expect(
      body(plot.svg()) == """
        <text class="muted" x="8" y="18">train/loss</text>
        <line class="grid" x1="21.8" y1="302" x2="693" y2="302"/>
        <text class="muted" x="14.8" y="306.3" text-anchor="end">1</text>
        <line class="grid" x1="21.8" y1="214" x2="693" y2="214"/>
        <text class="muted" x="14.8" y="218.3" text-anchor="end">2</text>
        <line class="grid" x1="21.8" y1="126" x2="693" y2="126"/>
        <text class="muted" x="14.8" y="130.3" text-anchor="end">3</text>
        <line class="grid" x1="21.8" y1="38" x2="693" y2="38"/>
        <text class="muted" x="14.8" y="42.3" text-anchor="end">4</text>
        <line class="axis" x1="21.8" y1="302" x2="693" y2="302"/>
        <line class="axis" x1="21.8" y1="302" x2="21.8" y2="306"/>
        <text class="muted" x="21.8" y="320" text-anchor="middle">0</text>
        <line class="axis" x1="133.6" y1="302" x2="133.6" y2="306"/>
        <text class="muted" x="133.6" y="320" text-anchor="middle">5</text>
        <line class="axis" x1="245.5" y1="302" x2="245.5" y2="306"/>
        <text class="muted" x="245.5" y="320" text-anchor="middle">10</text>
        <line class="axis" x1="357.4" y1="302" x2="357.4" y2="306"/>
        <text class="muted" x="357.4" y="320" text-anchor="middle">15</text>
        <line class="axis" x1="469.3" y1="302" x2="469.3" y2="306"/>
        <text class="muted" x="469.3" y="320" text-anchor="middle">20</text>
        <line class="axis" x1="581.1" y1="302" x2="581.1" y2="306"/>
        <text class="muted" x="581.1" y="320" text-anchor="middle">25</text>
        <line class="axis" x1="693" y1="302" x2="693" y2="306"/>
        <text class="muted" x="693" y="320" text-anchor="middle">30</text>
        <text class="muted" x="357.4" y="339" text-anchor="middle">training step</text>
        <path class="s0 line" d="M21.8 38l223.7 176M693 302h0"/>
        <path class="s1 line" d="M21.8 126l671.2 176" stroke-dasharray="6 3"/>
        <path class="s0 leader" d="M695 302l4 0 7 -17 4 0"/>
        <text class="ink" x="713" y="289.3">linear</text>
        <path class="s1 leader" d="M695 302l4 0 7 0 4 0"/>
        <text class="ink" x="713" y="306.3">cosine</text>
        """)
  }

  @Test func smallBarPlot() {
    #expect(
      body(Self.barPlot.svg()) == """
        <text class="ink" x="51" y="50.3" text-anchor="end">linear</text>
        <text class="ink" x="51" y="74.3" text-anchor="end">cosine</text>
        <text class="ink strong" x="59" y="20">eval/x ↓</text>
        <line class="axis" x1="59" y1="34" x2="59" y2="82"/>
        <rect class="f0" x="59" y="39.5" width="502.2" height="13"/>
        <line class="whisker" x1="435.7" y1="46" x2="686.8" y2="46"/>
        <line class="whisker" x1="435.7" y1="42.5" x2="435.7" y2="49.5"/>
        <line class="whisker" x1="686.8" y1="42.5" x2="686.8" y2="49.5"/>
        <rect class="f1" x="59" y="63.5" width="251.1" height="13"/>
        <line class="reference" x1="184.6" y1="34" x2="184.6" y2="87"/>
        <text class="muted small" x="184.6" y="100" text-anchor="middle">real 1.00</text>
        <text class="ink halo" x="692.8" y="50.3">4.0 ± 1.0</text>
        <text class="ink halo strong" x="316.1" y="74.3">2.000</text>
        """)
  }

  /// Names from an experiment file must not break out of the markup, whatever they hold.
  @Test func hostileNames() throws {
    let name = "</text><script>alert(1)</script>&amp;\u{0}\u{202E}]]>\"'"
    let line = Self.linePlot(
      name, name, name, references: [.init(label: name, value: 1.5)],
      [.init(label: name, color: .series(0), curve: Curve([Point(0, 1), Point(1, 2)]))])
    let bars = BarPlot(
      title: name, rows: [.init(label: name, color: 0, group: name)],
      panels: [
        .init(
          title: name, values: [.init(mean: 1, halfWidth: nil, count: 1)], reference: (name, 1))
      ])
    for svg in [line.svg(), bars.svg()] {
      let elements = try #require(self.elements(svg))
      #expect(
        elements.isSubset(of: ["svg", "title", "desc", "style", "rect", "line", "path", "text"]))
      #expect(!svg.contains("<script"))
    }
  }

  @Test func nothingToDrawIsStillAPicture() {
    let values: [[Double]] = [[], [.nan], [.nan, .nan], [.infinity, 1], [0, 0]]
    for y in values {
      let curve = Curve(y.enumerated().map { Point(Double($0), $1) })
      for kind in [PlotAxis.Kind.linear, .logarithmic] {
        let svg = Self.linePlot(
          "t", "x", "y", kind: kind,
          [.init(label: "l", color: .series(0), curve: curve, raw: curve, band: (curve, curve))]
        ).svg()
        #expect(elements(svg) != nil)
        #expect(!svg.contains("nan") && !svg.contains("inf"))
      }
    }
  }

  /// Each label of the plot on its own line, however many end at one place.
  @Test func labelsDoNotCollide() {
    let lines = (0..<12).map {
      XYPlot.Line(
        label: "setting \($0)", color: .series($0), curve: Curve([Point(0, 2), Point(9, 1)]))
    }
    let svg = Self.linePlot("t", "x", "y", lines).svg()
    let places = svg.matches(of: /y="([0-9.]+)">setting/).compactMap { Double($0.1) }.sorted()
    #expect(places.count == 12)
    // 12.5 px type.
    #expect(zip(places, places.dropFirst()).allSatisfy { $1 - $0 >= 16.9 })
  }

  private func body(_ svg: String) -> String {
    let start = svg.range(of: "height=\"100%\"/>\n")?.upperBound ?? svg.startIndex
    let end = svg.range(of: "\n</svg>")?.lowerBound ?? svg.endIndex
    return String(svg[start..<end])
  }

  /// The elements of well-formed XML; nil if it is not.
  private func elements(_ svg: String) -> Set<String>? {
    final class Names: NSObject, XMLParserDelegate {
      var found: Set<String> = []
      func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
        qualifiedName: String?, attributes: [String: String] = [:]
      ) {
        found.insert(name)
      }
    }
    let names = Names()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = names
    return parser.parse() ? names.found : nil
  }
}
