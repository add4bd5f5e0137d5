import Foundation
import Testing

@testable import Plots

@Suite struct PlanePlotTests {
  @Test func runsEndWhereTheLineCrosses() {
    func runs(_ row: [Double]) -> [[Double]] {
      PlaneDensity.runs(row, above: 1).map { [$0.from, $0.to] }
    }
    #expect(runs([0, 2, 2, 0]) == [[0.5, 2.5]])
    #expect(runs([2, 0, 0, 4]) == [[0, 0.5], [2.25, 3]])
    #expect(runs([2, 2]) == [[0, 1]])
    #expect(runs([0, 1, 0]) == [])
  }

  /// A grid's sum times its cell is the mass: one a point, as far as it is inside.
  @Test func aDensityIsThatOfGaussians() {
    let density = PlaneDensity(
      of: [Point(0.25, -0.5)], deviation: 0.1, window: -1...1, side: 101)
    // exp(−r²/2σ²), on the grid of steps of 0.02 from the lower left.
    func value(_ x: Double, _ y: Double) -> Double {
      density.values[Int(((y + 1) / 0.02).rounded()) * 101 + Int(((x + 1) / 0.02).rounded())]
    }
    for (x, y) in [(0.26, -0.5), (0.3, -0.4), (0.1, -0.6)] {
      let square = (x - 0.25) * (x - 0.25) + (y + 0.5) * (y + 0.5)
      #expect(abs(value(x, y) - exp(-square / 0.02)) < 1e-12)
    }
    let mass = density.values.reduce(0, +) * 0.02 * 0.02
    // Cut at four deviations: 1e-4.
    #expect(abs(mass - 2 * Double.pi * 0.01) < 1e-4 * 2 * Double.pi * 0.01)
    let outside = PlaneDensity(of: [Point(9, 9), Point(.nan, 0)], deviation: 0.1, window: -1...1)
    #expect(outside.values.allSatisfy { $0 == 0 })
  }

  @Test func whatLiesOutsideIsNotDrawn() {
    let plot = PlanePlot(
      title: "t <&>", columns: 2, rows: ["a", ""],
      panels: [
        .init(
          title: "p", clouds: [.init(label: "in", color: 1, points: [Point(0, 0), Point(5, 0)])]),
        nil, .init(arrows: [.init(start: Point(0, 0), step: Point(0.1, 0))]), nil,
      ], window: -1...1)
    let svg = plot.svg()
    #expect(svg.components(separatedBy: "h0").count == 2)
    #expect(svg.contains("t &lt;&amp;&gt;") && svg.contains(">p<") && svg.contains(">a<"))
    #expect(plot.shows(Point(1, -1)) && !plot.shows(Point(1.01, 0)))
    // A frame for each panel, none for an empty place.
    #expect(svg.components(separatedBy: "class=\"axis thin\"").count == 3)
  }
}
