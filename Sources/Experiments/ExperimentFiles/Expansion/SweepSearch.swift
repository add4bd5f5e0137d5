package import Search
import Values

/// A sweep that draws its points: the space it searches, and the runs of a point.
package struct SweepSearch: Sendable {
  package let sweep: Sweep
  package let space: SearchSpace
  private let expansion: PointExpansion
  /// Of each group of the space: its axes, and the branch it hangs on.
  private let blocks: [(branch: Sweep.Branch?, axes: [Sweep.Axis])]

  package init(base: SettingStack, sweep: Sweep) {
    self.sweep = sweep
    expansion = PointExpansion(base: base, sweep: sweep)
    var blocks: [(branch: Sweep.Branch?, axes: [Sweep.Axis])] = []
    var groups: [SearchSpace.Group] = []
    func add(_ block: Sweep.Block, branch: Sweep.Branch?, parent: Int?) {
      let index = groups.count
      blocks.append((branch, block.axes))
      groups.append(.init(parent: parent, dimensions: block.axes.map(\.distribution)))
      for inner in block.branches { add(inner.block, branch: inner, parent: index) }
    }
    add(sweep.root, branch: nil, parent: nil)
    self.blocks = blocks
    space = SearchSpace(groups: groups)
  }

  /// How many points make up `max_runs`, each with all its seeds.
  package var pointCount: Int { sweep.maximumRuns / max(sweep.seedCount ?? .max, 1) }

  package var seed: UInt64 { UInt64(sweep.seed ?? 0) }

  /// What a point sets, in the order of the file.
  private func rows(of point: SearchPoint) -> [Sweep.Row] {
    zip(blocks.flatMap(\.axes), point.values).compactMap { axis, value in
      value.map { axis.row(at: $0) }
    }
  }

  /// Whether a conditional group is there.
  package func holds(_ group: Int, _ point: SearchPoint) -> Bool {
    guard let branch = blocks[group].branch else { return true }
    return (try? expansion.holds(branch, rows(of: point))) ?? false
  }

  /// A point's runs, one a seed; none if `where` leaves it out.
  package func runs(of point: SearchPoint, into diagnostics: inout Diagnostics) -> [ExpandedRun] {
    let rows = rows(of: point)
    // A condition that cannot be judged is an error, which `holds` had no place for.
    for block in blocks.dropFirst() {
      if let branch = block.branch { _ = expansion.holds(branch, rows, into: &diagnostics) }
    }
    return expansion.runs(setting: rows, into: &diagnostics)
  }

  // MARK: Drawing

  /// All runs of `random` and `sobol`, the first round of `tpe`; errors of all of them.
  package func expand(into diagnostics: inout Diagnostics) -> [ExpandedRun] {
    guard pointCount > 0 else {
      diagnostics.error(
        "max_runs is \(sweep.maximumRuns), fewer than the \(sweep.seedCount ?? .max) seeds of one setting",
        at: sweep.maximumRunsPlace ?? sweep.place, hint: "raise max_runs, or repeat less")
      return []
    }
    guard sweep.method == .random || space.dimensions.count <= SobolSequence.maximumDimensions
    else {
      diagnostics.error(
        "\(sweep.method.rawValue) spreads over at most \(SobolSequence.maximumDimensions) parameters, not \(space.dimensions.count)",
        at: sweep.place, hint: "sweep less, or use method: random")
      return []
    }
    let sequence = PointSequence(
      sweep.method == .random ? .random : .sobol, space: space, seed: seed)
    let count = sweep.method == .tpe ? min(pointCount, Self.trials) : pointCount
    let runs = draw(count, from: sequence, into: &diagnostics)
    guard sweep.method == .tpe, diagnostics.isEmpty else { return runs }
    return proposals(after: []).enumerated().flatMap { self.runs(ofProposed: $1, round: 0) }
  }

  /// So many points of a space that `tpe` will search are drawn for their errors' sake.
  private static let trials = 64

  private func draw(
    _ count: Int, from sequence: PointSequence, into diagnostics: inout Diagnostics
  ) -> [ExpandedRun] {
    var runs: [ExpandedRun] = []
    var seen: Set<[String: ParameterValue]> = []
    for index in 0..<(1000 + 100 * count) where seen.count < count {
      let drawn = self.runs(
        of: sequence.point(index, holds: holds), into: &diagnostics)
      guard diagnostics.isEmpty else { return [] }
      guard let first = drawn.first, seen.insert(first.values).inserted else { continue }
      runs += drawn
    }
    if seen.count < count, sweep.method != .tpe || seen.isEmpty {
      let left = seen.isEmpty ? "none" : "only \(seen.count)"
      diagnostics.error(
        "\(count) different settings are needed, but \(left) could be sampled",
        at: sweep.maximumRunsPlace ?? sweep.place,
        hint: sweep.condition == nil
          ? "lower max_runs, or widen the parameters" : "lower max_runs, or widen 'where'")
    }
    return runs
  }

  // MARK: Proposing

  /// The points of the next `tpe` round, none where all have been proposed.
  package func proposals(after history: [TreeParzenSearch.Trial]) -> [SearchPoint] {
    let count = min(sweep.round, pointCount - history.count)
    guard count > 0 else { return [] }
    var taken = Set(history.compactMap { trial in values(of: trial.point) })
    // A setting can be several points where a kind drops keys: none is tried twice.
    return TreeParzenSearch(space: space, seed: seed).propose(
      count: count, history: history, holds: holds
    ) { point in
      guard let values = values(of: point) else { return false }
      return taken.insert(values).inserted
    }
  }

  /// The settings of a point's first run; nil if it cannot be tried.
  private func values(of point: SearchPoint) -> [String: ParameterValue]? {
    var errors = Diagnostics()
    let runs = runs(of: point, into: &errors)
    return errors.isEmpty ? runs.first?.values : nil
  }

  /// The runs of a point that was proposed.
  package func runs(ofProposed point: SearchPoint, round: Int) -> [ExpandedRun] {
    var errors = Diagnostics()
    return runs(of: point, into: &errors).map { run in
      var run = run
      run.round = round
      return run
    }
  }
}
