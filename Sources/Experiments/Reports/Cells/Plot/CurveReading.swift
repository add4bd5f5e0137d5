import ExperimentFiles
import Plots
import Values

/// Curves in the making, while runs are read one after another: nothing of a run stays but its
/// thinned line or its share of a mean.
struct CurveReading {
  struct Key: Hashable {
    var panel: Int
    var place: Int
  }

  /// Where a run's curve goes.
  struct Part: Hashable {
    var key: Key
    /// Place among the key's seeds where this one has several runs, which are averaged first.
    var seed: Int?
  }

  private struct Seed {
    var values = CurveGroup()
    var clock = CurveGroup()
  }

  struct Drawn {
    var panel: Int
    /// The run, or the first of the group's.
    var run: Int
    var curve: Curve
    var raw: Curve?
    var band: (low: Curve, high: Curve)?
  }

  private let x: PlotQuantity
  private let smooth: Double
  private let range: ClosedRange<Double>?
  private let extent: ClosedRange<Double>?
  private let bins: Int
  private var groups: [Key: (values: CurveGroup, clock: CurveGroup, run: Int)] = [:]
  private var seeds: [Part: Seed] = [:]
  private var lines: [Drawn] = []

  private var xs: [Double] = []
  private var steps: [Double] = []
  private var raw: [Double] = []
  private var values: [Double] = []

  /// Points that all lines together keep.
  private static let mostPoints = 40_000

  /// - Parameters:
  ///   - range: of x; nil: all.
  ///   - extent: into which curves grow; nil: they are as they are.
  ///   - runs: how many may come.
  init(
    x: PlotQuantity, smooth: Double, range: ClosedRange<Double>? = nil,
    extent: ClosedRange<Double>? = nil, runs: Int
  ) {
    self.x = x
    self.range = range
    self.extent = extent
    self.smooth = smooth
    bins = max(8, min(700, Self.mostPoints / 2 / max(1, runs)))
  }

  /// The metric that says the time, if that is what x is.
  var clock: String? {
    switch x {
    case .time: MetricName.trainingSeconds
    case .unix: "time/unix"
    default: nil
    }
  }

  private var isTimed: Bool { x == .time || x == .unix }

  /// Takes a run's points in, for `add` or `addLine`.
  /// - Parameter end: the step at which its progress is 100 %; nil: where x is something else.
  mutating func take(
    _ series: ReportMemory.Series, clock: ReportMemory.Series, end: Double? = nil
  ) {
    steps = series.steps.map(Double.init)
    raw = series.values
    values = smooth > 0 ? Curve.smoothed(raw, share: smooth) : raw
    xs =
      isTimed
      ? Self.times(series.steps, clock.steps, clock.values)
      : end.map { end in steps.map { 100 * $0 / end } } ?? steps
    guard let range else { return }
    // Smoothed first: what lies outside counts for the mean at the edge.
    let kept = xs.indices.filter { range.contains(xs[$0]) }
    (steps, raw, values) = (kept.map { steps[$0] }, kept.map { raw[$0] }, kept.map { values[$0] })
    xs = kept.map { xs[$0] }
  }

  mutating func add(to part: Part, run: Int) {
    let key = part.key
    if groups[key] == nil { groups[key] = (CurveGroup(), CurveGroup(), run) }
    // Runs that are equally far may be at other steps.
    let isProgress = x == .progress
    if part.seed == nil {
      groups[key]?.values.add(isProgress ? xs : steps, values, inProportion: isProgress)
      if isTimed { groups[key]?.clock.add(steps, xs) }
    } else {
      seeds[part, default: Seed()].values.add(
        isProgress ? xs : steps, values, inProportion: isProgress)
      if isTimed { seeds[part, default: Seed()].clock.add(steps, xs) }
    }
  }

  /// Adds the means of seeds that have several runs to their groups, when all runs are read.
  mutating func joinSeeds() {
    for part in seeds.keys.sorted(by: { ($0.seed ?? 0) < ($1.seed ?? 0) }) {
      guard let seed = seeds[part] else { continue }
      let values = seed.values.curves(nil).mean.points
      groups[part.key]?.values.add(
        values.map(\.x), values.map(\.y), inProportion: x == .progress)
      guard isTimed else { continue }
      let times = seed.clock.curves(nil).mean.points
      groups[part.key]?.clock.add(times.map(\.x), times.map(\.y))
    }
    seeds = [:]
  }

  mutating func addLine(panel: Int, run: Int) {
    func curve(_ values: [Double]) -> Curve {
      Curve(zip(xs, values).map { Point($0, $1) }).decimated(bins: bins, over: extent)
    }
    lines.append(
      Drawn(panel: panel, run: run, curve: curve(values), raw: smooth > 0 ? curve(raw) : nil))
  }

  /// Runs of each group, or seeds where those were averaged first.
  var groupSizes: [Int] { groups.values.map(\.values.runs).sorted() }

  /// Lines of single runs, then means, by panel and colour; x in the unit of `xTitle`.
  func curves(_ band: PlotCell.Band?) -> [Drawn] {
    let unit = self.unit
    func converted(_ curve: Curve) -> Curve {
      !isTimed ? curve : Curve(curve.points.map { Point(unit.convert($0.x), $0.y) })
    }
    return drawn(band).map { drawn in
      var drawn = drawn
      drawn.curve = converted(drawn.curve)
      drawn.raw = drawn.raw.map(converted)
      drawn.band = drawn.band.map { (converted($0.low), converted($0.high)) }
      return drawn
    }
  }

  private func drawn(_ band: PlotCell.Band?) -> [Drawn] {
    let keys = groups.keys.sorted { ($0.panel, $0.place) < ($1.panel, $1.place) }
    return lines
      + keys.compactMap { key in
        guard let group = groups[key] else { return nil }
        var (mean, spread) = group.values.curves(band)
        if isTimed {
          // The mean time at each step takes the step's place.
          let times = Dictionary(
            group.clock.curves(nil).mean.points.map { ($0.x, $0.y) }
          ) { first, _ in first }
          func timed(_ curve: Curve) -> Curve {
            Curve(curve.points.map { Point(times[$0.x] ?? .nan, $0.y) })
          }
          mean = timed(mean)
          spread = spread.map { (timed($0.low), timed($0.high)) }
        }
        return Drawn(panel: key.panel, run: group.run, curve: mean, band: spread)
      }
  }

  // MARK: - Time

  var xTitle: String {
    switch x {
    case .time: "training time (\(unit.name))"
    case .unix: "\(unit.name) since the first value"
    case .progress: "progress (%)"
    default: x.name
    }
  }

  private var unit: (name: String, convert: (Double) -> Double) {
    let times =
      (!isTimed
      ? [] : lines.map(\.curve) + groups.values.map { $0.clock.curves(nil).mean.flipped })
      .flatMap { $0.points.map(\.x) }.filter(\.isFinite)
    let origin = x == .unix ? times.min() ?? 0 : 0
    let span = (times.max() ?? 0) - origin
    let (name, size) =
      span > 7200
      ? (x == .unix ? "hours" : "h", 3600.0)
      : span > 300
        ? (x == .unix ? "minutes" : "min", 60)
        : (x == .unix ? "seconds" : "s", 1)
    return (name, { ($0 - origin) / size })
  }

  /// The clock at each step, between two of its readings in proportion; NaN outside of them.
  static func times(_ steps: [Int], _ clockSteps: [Int], _ clock: [Double]) -> [Double] {
    var next = 0
    return steps.map { step in
      while next < clockSteps.count, clockSteps[next] < step { next += 1 }
      guard next < clockSteps.count else { return .nan }
      if clockSteps[next] == step { return clock[next] }
      guard next > 0 else { return .nan }
      let share =
        Double(step - clockSteps[next - 1]) / Double(clockSteps[next] - clockSteps[next - 1])
      return clock[next - 1] + share * (clock[next] - clock[next - 1])
    }
  }
}

extension Curve {
  /// y in the place of x.
  fileprivate var flipped: Curve { Curve(points.map { Point($0.y, $0.y) }) }
}
