import Foundation
package import Statistics
import Store
import Text
package import Values

extension Comparison {
  /// A row held against the baseline's.
  package struct Held: Sendable, Hashable {
    /// The baseline's place among the rows.
    package var baseline: Int
    package var comparison: PairedComparison
  }

  /// What rows are held against: the rows that have certain values.
  private struct Baseline {
    /// Paths whose values make it; empty where a row was named as a whole.
    var paths: Set<String>
    var rows: [Int]
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
    hold(against: try baseline(name), metric, goal)
  }

  /// Holds every other row against one.
  /// - Parameter goal: nil: lower is called better.
  package mutating func hold(againstRow row: Int, metric: String, goal: Objective.Goal?) {
    hold(against: Baseline(paths: [], rows: [row]), metric, goal)
  }

  private mutating func hold(
    against baseline: Baseline, _ metric: String, _ goal: Objective.Goal?
  ) {
    let goal = countsDistance && metric == objective?.metric ? .minimize : goal
    heldMetric = metric
    heldGoal = goal
    for index in rows.indices {
      rows[index].isBaseline = baseline.rows.contains(index)
      rows[index].held = nil
    }
    let partners = rows.indices.filter { !rows[$0].isBaseline }
      .compactMap { row in partner(of: row, baseline).map { (row: row, baseline: $0) } }
    let tables = baseline.rows.map { base in
      (base: base, rows: partners.filter { $0.baseline == base }.map(\.row))
    }
    family = hold(tables, metric, goal ?? .minimize)
  }

  /// - Parameter tables: a baseline and the rows that are held against it, one or several.
  private mutating func hold(
    _ tables: [(base: Int, rows: [Int])], _ metric: String, _ goal: Objective.Goal
  ) -> ComparisonFamily? {
    // What is another metric in a row takes no part.
    let comparable = tables.map { table in
      table.rows.filter { incomparability(metric, rows: [$0, table.base], matched: true) == nil }
    }
    func together(_ table: Int, of comparisons: Int?) -> SimultaneousComparison {
      self.together([tables[table].base] + comparable[table], metric, comparisons: comparisons)
    }
    var judged = tables.indices.map { together($0, of: nil) }
    let comparisons = judged.reduce(0) { $0 + $1.comparisons }
    if tables.count > 1 { judged = tables.indices.map { together($0, of: comparisons) } }
    for (place, table) in tables.enumerated() {
      for row in table.rows {
        let held =
          comparable[place].firstIndex(of: row).map {
            judged[place].comparison($0 + 1, against: 0, goal: goal)
          } ?? compared(row, with: table.base, metric: metric, goal: goal)
        rows[row].held = Held(baseline: table.base, comparison: held)
      }
    }
    let family = judged.compactMap(\.family).max { $0.comparisons < $1.comparisons }
    return family.map { ComparisonFamily(comparisons: comparisons, method: $0.method) }
  }

  /// Some rows, all against all.
  package func together(
    _ rows: [Int], _ metric: String, comparisons: Int? = nil
  ) -> SimultaneousComparison {
    SimultaneousComparison(
      pairing.keyed(
        rows.map { row in
          groups[row].filter(\.hasResult).compactMap { run in
            score(metric, of: run).map { (run, $0) }
          }
        }), comparisons: comparisons)
  }

  /// Two rows by themselves.
  package func compared(
    _ row: Int, with baseline: Int, metric: String, goal: Objective.Goal
  ) -> PairedComparison {
    let comparison = together([row, baseline], metric).comparison(0, against: 1, goal: goal)
    let isComparable = incomparability(metric, rows: [row, baseline], matched: true) == nil
    return isComparable || comparison.difference.count == 0
      ? comparison : comparison.notComparable
  }

  /// The rows that may still be the best by the objective, and what says so; none where rows are not comparable.
  package func possiblyBest() -> (rows: [Int], family: ComparisonFamily?) {
    guard let objective, notComparable == nil else { return ([], nil) }
    return possiblyBest(of: leaders().ranked, objective.metric, objective.goal)
  }

  /// Those of some rows that may still be the best in a metric; what has no number is not.
  package func possiblyBest(
    of rows: [Int], _ metric: String, _ goal: Objective.Goal
  ) -> (rows: [Int], family: ComparisonFamily?) {
    let rows = rows.filter { row in
      interval(ofRow: row) { score(metric, of: $0) }.map { !$0.mean.isNaN } ?? false
    }
    let table = together(rows, metric)
    return (
      table.possiblyBest(among: Array(rows.indices), goal: goal).map { rows[$0] }, table.family
    )
  }

  /// Of a metric with a true value, what differences are of; nil of others.
  package func truthNote(_ metric: String) -> String? {
    guard countsDistance, metric == objective?.metric else { return nil }
    let truth = truth.map { "the true \(DecimalText.significant($0, digits: 4))" } ?? "the truth"
    return
      "What counts in \(metric) is how far it is from \(truth): differences are of these distances."
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
