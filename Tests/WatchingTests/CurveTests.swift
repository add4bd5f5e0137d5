import Plots
import Testing
import Watching

/// Curves in places of a terminal.
@Suite struct CurveTests {
  private func drawn(
    _ points: [(Double, Double)], width: Int, height: Int, isLogarithmic: Bool = false,
    isUnicode: Bool = true
  ) -> [String] {
    var canvas = Canvas(width: width, height: height)
    BrailleCurve(
      [BrailleCurve.Line(Curve(points.map { Point($0.0, $0.1) }), .plain)],
      isLogarithmic: isLogarithmic, isUnicode: isUnicode
    ).draw(in: Area(width: width, height: height), on: &canvas)
    return canvas.text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
      .map(String.init)
  }

  /// Unicode numbers the dots of a cell 1 2 3 7, 4 5 6 8 from the top (U+2800 … U+28FF).
  @Test func dotsAreUnicodes() {
    // From the lower left to the upper right corner of two places by one: four columns of dots, four rows.
    #expect(drawn([(0, 0), (1, 1)], width: 2, height: 1) == ["⡠⠊"])
    #expect(drawn([(0, 1), (1, 0)], width: 2, height: 1) == ["⠑⢄"])
    #expect(drawn([(0, 0), (1, 1)], width: 2, height: 1, isUnicode: false) == [".'"])
  }

  /// A spike of one step among 100,000 is there, and so is a gap.
  @Test func spikesAndGapsStay() {
    var points = (0..<100_000).map { (Double($0), 0.0) }
    points[54_321].1 = 1
    let lines = drawn(points, width: 20, height: 3)
    #expect(lines[0].contains { $0 != " " } && lines[0].count { $0 != " " } == 1)
    #expect(lines[2].count == 20)
    for index in 40_000..<60_000 { points[index].1 = .nan }
    let gap = drawn(points, width: 20, height: 1)[0]
    #expect(
      gap.prefix(8).allSatisfy { $0 != " " } && gap.dropFirst(9).prefix(2).allSatisfy { $0 == " " })
  }

  @Test func axesHaveTicks() {
    let lines = drawn([(0, 0), (500, 1), (1000, 2)], width: 40, height: 12)
    #expect(lines[0].hasPrefix("2┤") && lines[9].hasPrefix("0┤"))
    #expect(lines[4...5].contains { $0.hasPrefix("1┤") })
    #expect(lines[11].contains("500"))
    #expect(lines[10].contains("└"))
    let logarithmic = drawn(
      [(0, 1), (500, 0.1), (1000, 0.01)], width: 40, height: 12, isLogarithmic: true)
    // On a logarithmic axis it is straight: the middle of x is the middle of y.
    for row in 4...5 where logarithmic[row].contains("0.1┤") || logarithmic[row].contains("0.10┤") {
      #expect(logarithmic[row].contains { ("\u{2801}"..."\u{28FF}").contains($0) })
    }
    #expect(logarithmic[4...5].contains { $0.contains(/0\.10?┤/) })
  }

  @Test func nothingTraps() {
    for width in 0..<30 {
      for height in 0..<9 {
        _ = drawn([], width: width, height: height)
        _ = drawn([(0, .nan)], width: width, height: height)
        _ = drawn([(3, .infinity), (4, -.infinity), (5, 1e308)], width: width, height: height)
        _ = drawn([(1, 0), (2, -1)], width: width, height: height, isLogarithmic: true)
      }
    }
  }
}
