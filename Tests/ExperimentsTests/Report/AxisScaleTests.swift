import Plots
import Testing

@testable import Plots

@Suite struct AxisScaleTests {
  private func labels(_ scale: AxisScale) -> [String] { scale.ticks.compactMap(\.label) }

  @Test(arguments: [
    ([0.0, 2000.0], ["0", "500", "1000", "1500", "2000"]),
    ([0.021, 0.079], ["0.02", "0.04", "0.06", "0.08"]),
    ([-1, 1], ["−1.0", "−0.5", "0", "0.5", "1.0"]),
    ([3, 3], ["2.6", "2.8", "3.0", "3.2", "3.4"]),
    ([0, 0], ["−1.0", "−0.5", "0", "0.5", "1.0"]),
    ([0, 65536], ["0", "20k", "40k", "60k", "80k"]),
    ([1e-7, 4e-7], ["1e−7", "2e−7", "3e−7", "4e−7"]),
    ([0, 4e9], ["0", "1e9", "2e9", "3e9", "4e9"]),
    ([], ["0", "0.5", "1.0"]),
    ([.nan, 1, .infinity, 5], ["1", "2", "3", "4", "5"]),
  ])
  func linearTicks(values: [Double], expected: [String]) {
    let scale = AxisScale.linear(covering: values, about: 4)
    #expect(labels(scale) == expected)
    for value in values where value.isFinite {
      #expect(scale.low <= value && value <= scale.high)
    }
  }

  @Test func unwidenedEndsAtTheData() {
    let scale = AxisScale.linear(covering: [10, 1990], about: 7, widened: false)
    #expect(scale.low == 10 && scale.high == 1990)
    #expect(labels(scale) == ["500", "1000", "1500"])
  }

  @Test(arguments: [
    ([0.021, 0.8], ["0.02", "0.05", "0.1", "0.2", "0.5", "1"]),
    ([1e-6, 1], ["1e−6", "1e−5", "0.0001", "0.001", "0.01", "0.1", "1"]),
    ([1e-20, 1], ["1e−20", "1e−17", "1e−14", "1e−11", "1e−8", "1e−5", "0.01"]),
    ([3, 3], ["2", "5"]), ([0, -1, 5, 40], ["5", "10", "20", "50"]),
    ([], ["0.1", "0.2", "0.5", "1"]),
    ([0.35, 0.40], ["0.35", "0.36", "0.37", "0.38", "0.39", "0.40"]),
    ([1.3, 1], ["1.0", "1.1", "1.2", "1.3"]),
    ([1.1, 3.2], ["1.0", "1.5", "2.0", "2.5", "3.0", "3.5"]),
    ([2.1, 6.4], ["2", "3", "4", "6", "8"]),
  ])
  func logarithmicTicks(values: [Double], expected: [String]) {
    let scale = AxisScale.logarithmic(covering: values)
    #expect(labels(scale) == expected)
    for value in values where value > 0 {
      #expect(scale.low * (1 - 1e-9) <= value && value <= scale.high * (1 + 1e-9))
    }
  }

  /// Whatever the values, the axis ends near them and begins above 0.
  @Test func narrowLogarithmicAxes() {
    for low in [1e-140, 0.0013, 0.9999, 1, 1.9, 5.5, 1e9] {
      for ratio in [1 + 1e-6, 1.01, 1.5, 1.999, 2.5, 2.999, 3] {
        let high = ratio * low
        let scale = AxisScale.logarithmic(covering: [low, high])
        #expect(0 < scale.low && scale.low <= low && high <= scale.high)
        #expect(scale.high - scale.low <= 2 * (high - low) + 1e-9 * low)
        let inside = scale.ticks.map(\.value).filter {
          low * (1 - 1e-9) <= $0 && $0 <= high * (1 + 1e-9)
        }
        #expect(inside.count >= 2 && scale.ticks.count <= 9)
      }
    }
  }

  /// Neither labels nor lines at every one of 52 decades.
  @Test func manyDecades() {
    let scale = AxisScale.logarithmic(covering: [1e-40, 1e12])
    #expect(labels(scale).count == 7 && scale.ticks.count == 7)
    #expect(AxisScale.logarithmic(covering: [1e-10, 1]).ticks.count == 11)
  }

  @Test func extremesEndSomewhere() {
    let least = Double.leastNonzeroMagnitude
    for values in [[-1e308, 1e308], [1, 1 + 1e-15], [least, 1e308], [-least, least]] {
      let linear = AxisScale.linear(covering: values, about: 5)
      #expect(linear.ticks.count < 20 && linear.high > linear.low)
      #expect((linear.high - linear.low).isFinite)
      let logarithmic = AxisScale.logarithmic(covering: values)
      #expect(labels(logarithmic).count < 20)
    }
  }

  @Test func positions() {
    let linear = AxisScale.linear(covering: [0, 10], about: 5)
    #expect(linear.position(2.5, from: 100, to: 0) == 75)
    #expect(linear.position(11, from: 100, to: 0) == 0)
    #expect(linear.position(.infinity, from: 100, to: 0) == 0)
    #expect(linear.position(.nan, from: 100, to: 0) == nil)
    let logarithmic = AxisScale.logarithmic(covering: [0.01, 1])
    #expect(logarithmic.position(0.1, from: 0, to: 100) == 50)
    #expect(logarithmic.position(0, from: 0, to: 100) == nil)
  }
}

@Suite struct LabelSpacingTests {
  @Test func farApartStay() {
    #expect(LabelSpacing.spread([50, 10, 90], distance: 17, within: 0...100) == [50, 10, 90])
  }

  /// Two at the same place move by half a distance each: the least squares.
  @Test func closeOnesPart() {
    #expect(LabelSpacing.spread([50, 50], distance: 10, within: 0...100) == [45, 55])
    #expect(LabelSpacing.spread([52, 50, 90], distance: 10, within: 0...100) == [56, 46, 90])
  }

  @Test func theFrameHolds() {
    #expect(LabelSpacing.spread([99, 100, 98], distance: 10, within: 0...100) == [90, 100, 80])
    #expect(LabelSpacing.spread([0, 0, 0], distance: 50, within: 0...100) == [0, 50, 100])
    #expect(LabelSpacing.spread([0, 0, 0, 0], distance: 50, within: 0...100) == nil)
    #expect(LabelSpacing.spread([], distance: 50, within: 0...100) == [])
  }
}

@Suite struct CurveTests {
  private func curve(_ values: [Double]) -> Curve {
    Curve(values.enumerated().map { Point(Double($0), $1) })
  }

  @Test func smoothing() {
    // Reach 1: windows 0, 0…2, 1…3, 2…3 (one-sided at the end).
    #expect(Curve.smoothed([8, 1, 3, 5], share: 0.5) == [8, 4, 3, 4])
    #expect(Curve.smoothed([1, 2, 3], share: 0.04) == [1, 2, 3])
    let gap = Curve.smoothed([8, 1, .nan, 5], share: 0.5)
    #expect(gap[1] == 4.5 && gap[2].isNaN && gap[3] == 5)
  }

  @Test func decimationKeepsSpikesEndsAndGaps() {
    var values = (0..<10_000).map { Double($0 % 7) }
    values[4321] = 100
    values[8765] = -50
    values[7000] = .nan
    let small = curve(values).decimated(bins: 100)
    #expect(small.points.count <= 202)
    #expect(small.points.contains(Point(4321, 100)) && small.points.contains(Point(8765, -50)))
    #expect(small.points.contains { $0.x == 7000 && $0.y.isNaN })
    #expect(small.points.first == Point(0, 0) && small.points.last == Point(9999, 3))
    #expect(small.points.map(\.x) == small.points.map(\.x).sorted())
    let short = curve([1, 2, 3])
    #expect(short.decimated(bins: 100) == short)
  }
}
