import ExperimentFiles
import Foundation
import Plots
import Statistics
import StoreTestSupport
import TestSupport
import Testing

@testable import Reports
@testable import Store

@Suite struct CurveGroupTests {
  private func group(_ runs: [[Double]]) -> CurveGroup {
    var group = CurveGroup()
    for values in runs { group.add(values.indices.map(Double.init), values) }
    return group
  }

  /// The same numbers as the plain definitions give, offset and all.
  @Test func intervalAndRange() throws {
    let runs = (0..<5).map { run -> [Double] in
      (0..<7).map { step -> Double in
        let part = (run * 37 + step * 101) % 17
        return 1e6 + Double(part) / 16
      }
    }
    let interval = group(runs).curves(.interval)
    let range = group(runs).curves(.range)
    let (low, high) = try #require(interval.band)
    let (least, most) = try #require(range.band)
    for place in 0..<7 {
      let values = runs.map { $0[place] }
      let expected = Statistics.interval(of: values)
      let half = try #require(expected.halfWidth)
      #expect(abs(interval.mean.points[place].y - expected.mean) < 1e-9)
      #expect(abs(low.points[place].y - (expected.mean - half)) < 1e-6 * half)
      #expect(abs(high.points[place].y - (expected.mean + half)) < 1e-6 * half)
      #expect(least.points[place].y == values.min() && most.points[place].y == values.max())
    }
  }

  /// Only where all runs have a value, whatever the order of their steps.
  @Test func sharedSteps() {
    var group = CurveGroup()
    group.add([10, 20, 30, 40], [1, 2, 3, 4])
    group.add([5, 20, 40, 50], [9, 4, 8, 9])
    group.add([40, 20], [0, 6])
    let (mean, band) = group.curves(.range)
    #expect(mean == Curve([Point(20, 4), Point(40, 4)]))
    #expect(band?.low == Curve([Point(20, 2), Point(40, 0)]))
    #expect(band?.high == Curve([Point(20, 6), Point(40, 8)]))
  }

  @Test func notANumberStaysOne() throws {
    let (mean, band) = group([[1, .nan, 3], [2, 2, .infinity]]).curves(.range)
    #expect(mean.points[0].y == 1.5 && mean.points[1].y.isNaN && mean.points[2].y == .infinity)
    let (low, high) = try #require(band)
    #expect(low.points[1].y.isNaN && high.points[1].y.isNaN)
    #expect(low.points[2].y == 3 && high.points[2].y == .infinity)
  }

  @Test func oneRunHasNoBand() {
    let (mean, band) = group([[3, 1]]).curves(.interval)
    #expect(mean == Curve([Point(0, 3), Point(1, 1)]))
    #expect(band == nil)
    #expect(CurveGroup().curves(.range).mean.points.isEmpty)
  }

  @Test func readsSeriesInTheGivenOrder() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/runs")
      let runs = try store.runs(experiment: "demo").map(\.id)
      let asked = [runs[3], "no such run", runs[1]]
      var found: [(run: Int, points: SeriesPoints)] = []
      try store.forEachSeries("train/loss", of: asked) { run, steps, values in
        found.append((run, SeriesPoints(name: "train/loss", steps: steps, values: values)))
      }
      #expect(found.map(\.run) == [0, 2])
      #expect(found[0].points == (try store.history(run: runs[3], metric: "train/loss")))
      #expect(found[1].points == (try store.history(run: runs[1], metric: "train/loss")))
    }
  }

}
