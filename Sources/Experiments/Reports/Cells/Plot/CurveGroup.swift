import ExperimentFiles
import Plots
import Statistics

/// Curves of several runs as one: mean and spread at each x that all of them have, added up while
/// the runs are read, so that no run's points are kept.
struct CurveGroup {
  private(set) var runs = 0
  private var xs: [Double] = []
  private var counts: [Int] = []
  /// Of what lies above or below the first run's value: sums of it and of its square.
  private var origins: [Double] = []
  private var sums: [Double] = []
  private var squares: [Double] = []
  private var lows: [Double] = []
  private var highs: [Double] = []
  private var places: [Double: Int] = [:]

  /// - Parameter inProportion: where the first run has an x that this one steps over, it counts with what lies in
  ///   proportion between its values before and after; both rise.
  /// - Precondition: as many values as xs.
  mutating func add(_ xs: [Double], _ values: [Double], inProportion: Bool) {
    guard inProportion, runs > 0, xs != self.xs else { return add(xs, values) }
    var (shared, between): ([Double], [Double]) = ([], [])
    var next = 0
    for x in self.xs {
      while next < xs.count, xs[next] < x { next += 1 }
      guard next < xs.count else { break }
      if xs[next] > x, next == 0 { continue }
      shared.append(x)
      if xs[next] == x {
        between.append(values[next])
      } else {
        let share = (x - xs[next - 1]) / (xs[next] - xs[next - 1])
        between.append(values[next - 1] + share * (values[next] - values[next - 1]))
      }
    }
    add(shared, between)
  }

  /// - Precondition: as many values as xs.
  mutating func add(_ xs: [Double], _ values: [Double]) {
    runs += 1
    // Runs of one experiment log at the same steps: then the next place is the right one.
    var next = 0
    for index in xs.indices {
      let x = xs[index]
      var place = next
      if place >= self.xs.count || self.xs[place] != x {
        guard let found = self.place(of: x) else { continue }
        place = found
      }
      next = place + 1
      let value = values[index]
      if counts[place] == 0 { origins[place] = value.isFinite ? value : 0 }
      counts[place] += 1
      let difference = value - origins[place]
      sums[place] += difference
      squares[place] += difference * difference
      // A NaN is a result, and stays one.
      lows[place] = value.isNaN || lows[place].isNaN ? .nan : min(lows[place], value)
      highs[place] = value.isNaN || highs[place].isNaN ? .nan : max(highs[place], value)
    }
  }

  private mutating func place(of x: Double) -> Int? {
    if runs == 1 {
      xs.append(x)
      counts.append(0)
      origins.append(0)
      sums.append(0)
      squares.append(0)
      lows.append(.infinity)
      highs.append(-.infinity)
      return xs.count - 1
    }
    if places.isEmpty {
      places = Dictionary(xs.enumerated().map { ($1, $0) }) { first, _ in first }
    }
    // What the first run has not, not all runs have.
    return places[x]
  }

  /// At the x that all runs have.
  func curves(_ band: PlotCell.Band?) -> (mean: Curve, band: (low: Curve, high: Curve)?) {
    var mean: [Point] = []
    var low: [Point] = []
    var high: [Point] = []
    let t = runs > 1 ? StudentT.quantile(0.975, degreesOfFreedom: Double(runs - 1)) : .nan
    let count = Double(runs)
    for place in xs.indices.sorted(by: { xs[$0] < xs[$1] }) where counts[place] == runs {
      let x = xs[place]
      let offset = sums[place] / count
      mean.append(Point(x, origins[place] + offset))
      switch band {
      case nil: continue
      case .range:
        low.append(Point(x, lows[place]))
        high.append(Point(x, highs[place]))
      case .interval:
        let variance = max(0, squares[place] - sums[place] * offset) / (count - 1)
        let half = t * (variance / count).squareRoot()
        low.append(Point(x, origins[place] + offset - half))
        high.append(Point(x, origins[place] + offset + half))
      }
    }
    guard band != nil, runs > 1 else { return (Curve(mean), nil) }
    return (Curve(mean), (Curve(low), Curve(high)))
  }
}
