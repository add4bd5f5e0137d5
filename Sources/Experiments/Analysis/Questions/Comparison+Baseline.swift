import Foundation
package import Statistics
import Store
package import Values

extension Comparison {
  /// A row held against the baseline's.
  package struct Held: Sendable, Hashable {
    /// The baseline's place among the rows.
    package var baseline: Int
    package var comparison: PairedComparison
  }

  /// What rows are held against: the rows that have certain values.
  package struct Baseline {
    /// Paths whose values make it; empty where a row was named as a whole.
    package var paths: Set<String>
    package var rows: [Int]
  }

  /// Holds every row against the baseline, in one metric.
  ///
  /// Where several rows are the baseline, because it is one value of one setting among several,
  /// each row is held against the one that is like it in everything else.
  /// - Parameters:
  ///   - name: a run's label, a row's value, `path=value` (several with commas between; a path's
  ///     last part will do).
  ///   - goal: which way is better; nil: as the objective says, or the metric's name.
  /// - Throws: `StoreError.Kind.badInput` where no row is meant, or two settings, or it is not
  ///   known which way is better.
  package mutating func hold(
    against name: String, metric: String? = nil, goal: Objective.Goal? = nil
  ) throws {
    guard let metric = metric ?? objective?.metric else {
      throw StoreError(.badInput, "these runs have no objective; name what decides with --metric")
    }
    guard let goal = goal ?? knownGoal(metric) else {
      throw StoreError(
        .badInput,
        "it is not known which way '\(metric)' is better; say --goal minimize or maximize"
      )
    }
    let baseline = try baseline(name)
    heldMetric = metric
    heldGoal = goal
    for index in rows.indices {
      rows[index].isBaseline = baseline.rows.contains(index)
      rows[index].held = nil
      guard !rows[index].isBaseline, let partner = partner(of: index, baseline) else { continue }
      rows[index].held = Held(
        baseline: partner, comparison: compared(index, with: partner, metric: metric, goal: goal))
    }
  }

  /// Two rows, seed by seed.
  package func compared(
    _ row: Int, with baseline: Int, metric: String, goal: Objective.Goal
  ) -> PairedComparison {
    let pairs = RunPairing(repeated: repeated, settings: Set(settings)).seeds(
      [groups[row], groups[baseline]]
    ) { run in metric == Comparison.duration ? run.seconds : run.metrics[metric]?.last }
    let comparison = PairedComparison(
      pairs.rows.map { $0[0] }, baseline: pairs.rows.map { $0[1] }, goal: goal)
    let isComparable = incomparability(metric, rows: [row, baseline], matched: true) == nil
    return isComparable || pairs.rows.isEmpty ? comparison : comparison.notComparable
  }

  /// Why some rows get no verdict against the baseline: the first reason there is.
  package var notHeld: Incomparability? {
    guard let heldMetric else { return nil }
    return rows.indices.lazy.compactMap { row -> Incomparability? in
      guard let held = rows[row].held, held.comparison.verdict == .notComparable else { return nil }
      return incomparability(heldMetric, rows: [row, held.baseline], matched: true)
    }.first
  }

  package func knownGoal(_ metric: String) -> Objective.Goal? {
    if metric == objective?.metric { return objective?.goal }
    if metric == Comparison.duration { return .minimize }
    return MetricName.goal(metric, objective: Objective(metric: "", goal: .minimize))
  }

  private func partner(of index: Int, _ baseline: Baseline) -> Int? {
    if baseline.rows.count == 1 { return baseline.rows[0] }
    let others = settings.filter { !baseline.paths.contains($0) }
    return baseline.rows.first { candidate in
      others.allSatisfy { rows[candidate].settings[$0] == rows[index].settings[$0] }
    }
  }

  private func baseline(_ name: String) throws -> Baseline {
    func isCalled(_ run: RunSummary) -> Bool {
      run.label == name || run.experiment.map { "\($0)/\(run.label ?? "")" } == name
    }
    let labelled = groups.indices.filter { groups[$0].contains(where: isCalled) }
    if labelled.count == 1 { return Baseline(paths: [], rows: labelled) }
    if let conditions = conditions(name) {
      let found = rows.indices.filter { index in
        conditions.allSatisfy { rows[index].settings[$0.path]?.isWritten($0.value) ?? false }
      }
      if !found.isEmpty { return Baseline(paths: Set(conditions.map(\.path)), rows: found) }
    }
    if !labelled.isEmpty {
      throw RunStore.ambiguous(name, labelled.flatMap { groups[$0].filter(isCalled) })
    }
    let paths = settings.filter { path in
      rows.contains { $0.settings[path]?.isWritten(name) ?? false }
    }
    if paths.count > 1 {
      throw StoreError(
        .badInput,
        "the baseline '\(name)' is a value of \(paths.joined(separator: " and of ")); "
          + "say which: '\(paths[0])=\(name)'")
    }
    guard let path = paths.first else {
      let values = settings.map { path in
        var seen: Set<String> = []
        let texts = rows.compactMap { $0.settings[path]?.text }.filter { seen.insert($0).inserted }
        return "\(path) is \(texts.prefix(8).joined(separator: ", "))"
      }
      throw StoreError(
        .badInput,
        "no row is the baseline '\(name)': "
          + (values.isEmpty ? "nothing differs" : values.joined(separator: "; ")))
    }
    return Baseline(
      paths: [path],
      rows: rows.indices.filter { rows[$0].settings[path]?.isWritten(name) ?? false })
  }

  /// `path=value,path=value`; nil where the text is nothing of the kind.
  private func conditions(_ text: String) -> [(path: String, value: String)]? {
    var result: [(path: String, value: String)] = []
    for part in text.split(separator: ",") {
      let sides = part.split(separator: "=", maxSplits: 1).map {
        $0.trimmingCharacters(in: .whitespaces)
      }
      guard sides.count == 2 else { return nil }
      let short = SettingNames.short(settings)
      let fitting = settings.filter {
        $0 == sides[0] || short[$0] == sides[0] || $0.hasSuffix("." + sides[0])
      }
      guard fitting.count == 1 else { return nil }
      result.append((fitting[0], sides[1]))
    }
    return result.isEmpty ? nil : result
  }
}
