package import Values

/// One run of a sweep before it has an identity.
package struct ExpandedRun: Sendable {
  /// Every key of the run, defaults included.
  package var values: [String: ParameterValue]
  /// What the sweep set, in the order of the file, seeds last.
  package var overrides: [(path: String, value: ParameterValue)]
  /// Which of the seeds, from 0.
  package var repeatIndex: Int
  package var place: Place
  /// Which round of a `tpe` sweep proposed it, from 0.
  package var round = 0
}

/// From a sweep to its runs.
enum Expansion {
  static let maximumRuns = 10_000

  /// All runs in order, first axis slowest, seeds fastest; errors of all of them. Of a `tpe` sweep
  /// the first round.
  static func expand(
    _ base: SettingStack, _ sweep: Sweep?, into diagnostics: inout Diagnostics
  ) -> [ExpandedRun] {
    guard let sweep else {
      base.reportMissing(into: &diagnostics)
      CrossChecks.check(base, into: &diagnostics)
      return [ExpandedRun(values: base.values, overrides: [], repeatIndex: 0, place: base.origin)]
    }
    SweepMeasureChecks.checkComparable(sweep, into: &diagnostics)
    if sweep.method.draws {
      let runs = SweepSearch(base: base, sweep: sweep).expand(into: &diagnostics)
      SweepMeasureChecks.checkReach(of: sweep, runs, into: &diagnostics)
      return runs
    }
    guard let combinations = sweep.combinations, combinations <= maximumRuns else {
      let count = sweep.combinations.map { "\($0) runs" } ?? "more runs than can be counted"
      diagnostics.error(
        "the sweep makes \(count), but \(maximumRuns) is the limit", at: sweep.place,
        hint: "fewer values for some parameters")
      return []
    }

    let points = PointExpansion(base: base, sweep: sweep)
    guard let settings = Self.combinations(of: sweep.root, after: [], points, into: &diagnostics)
    else { return [] }
    var runs: [ExpandedRun] = []
    for rows in settings { runs += points.runs(setting: rows, into: &diagnostics) }

    if runs.isEmpty, diagnostics.isEmpty {
      diagnostics.error(
        "no run is left: 'where' leaves out all \(settings.count * (sweep.seedCount ?? 1))",
        at: sweep.conditionNode?.place ?? sweep.place)
    }
    if runs.count > sweep.maximumRuns {
      diagnostics.error(
        "the sweep makes \(runs.count) runs, but max_runs is \(sweep.maximumRuns)",
        at: sweep.maximumRunsPlace ?? sweep.place, hint: "raise max_runs, or sweep less")
    }
    reportTwins(runs, into: &diagnostics)
    SweepMeasureChecks.checkReach(of: sweep, runs, into: &diagnostics)
    return runs
  }

  /// What each combination of a block's parameters sets, in order: first axis slowest, conditional
  /// parameters within. Nil with an error added where there are more than the limit.
  private static func combinations(
    of block: Sweep.Block, after given: [Sweep.Row], _ points: PointExpansion,
    into diagnostics: inout Diagnostics
  ) -> [[Sweep.Row]]? {
    let seeds = points.sweep.seedCount ?? 1
    func fits(_ count: Int) -> Bool { count <= maximumRuns / max(seeds, 1) }
    func tooMany() {
      diagnostics.error(
        "the sweep makes more than \(maximumRuns) runs", at: points.sweep.place,
        hint: "fewer values for some parameters")
    }
    let counts = block.axes.map(\.rows.count)
    guard let count = Sweep.product(counts), fits(count) else {
      tooMany()
      return nil
    }
    var all: [[Sweep.Row]] = []
    var row = [Int](repeating: 0, count: counts.count)
    repeat {
      var settings = [given + zip(block.axes, row).map { $0.rows[$1] }]
      for branch in block.branches {
        var extended: [[Sweep.Row]] = []
        for setting in settings {
          guard points.holds(branch, setting, into: &diagnostics) else {
            extended.append(setting)
            continue
          }
          guard
            let inner = combinations(of: branch.block, after: setting, points, into: &diagnostics)
          else { return nil }
          extended += inner
          guard fits(all.count + extended.count) else {
            tooMany()
            return nil
          }
        }
        settings = extended
      }
      all += settings
      guard fits(all.count) else {
        tooMany()
        return nil
      }
    } while advance(&row, counts)
    return all
  }

  /// The next combination, last axis fastest; false after the last one.
  static func advance(_ row: inout [Int], _ counts: [Int]) -> Bool {
    for axis in row.indices.reversed() {
      row[axis] += 1
      if row[axis] < counts[axis] { return true }
      row[axis] = 0
    }
    return false
  }

  /// Two runs with the same settings are one run: the sweep says something twice.
  private static func reportTwins(_ runs: [ExpandedRun], into diagnostics: inout Diagnostics) {
    guard diagnostics.isEmpty else { return }
    // All else follows from the base, which they share, and these.
    let paths = Set(runs.lazy.flatMap(\.overrides).map(\.path)).sorted()
    var first: [[ParameterValue?]: Int] = [:]
    for (index, run) in runs.enumerated() {
      let values = paths.map { run.values[$0] }
      if let twin = first[values] {
        diagnostics.error(
          "this run is the same as run \(twin): all its settings are equal", at: run.place,
          hint: "remove one")
      } else {
        first[values] = index
      }
    }
  }
}
