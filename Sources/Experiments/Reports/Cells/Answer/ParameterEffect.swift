import Analysis
import Statistics
import Store
import Text
import Values

/// What one parameter does, averaged over everything else that was swept.
struct ParameterEffect {
  let sentence: Prose

  /// - Returns: nil where the rest of the sweep is not the same for every value of it, or there is no rest.
  init?(of path: String, _ comparison: Comparison) {
    guard let objective = comparison.objective else { return nil }
    let others = comparison.settings.filter { $0 != path }
    var values: [ParameterValue?] = []
    // By the rest of the sweep, then by the value of `path`.
    var cells: [[ParameterValue?]: [ParameterValue?: Int]] = [:]
    for (index, row) in comparison.rows.enumerated() {
      let value = row.settings[path]
      if !values.contains(value) { values.append(value) }
      cells[others.map { row.settings[$0] }, default: [:]][value] = index
    }
    // Scores of a row by seed.
    func scores(_ row: Int) -> [String: Double] {
      var scores: [String: Double] = [:]
      for run in comparison.groups[row] where run.hasResult {
        scores[comparison.pairing.seed(run)] = comparison.score(objective.metric, of: run)
      }
      return scores
    }
    let complete = cells.mapValues { cell in values.map { cell[$0].map(scores) ?? [:] } }
      .filter { $0.value.allSatisfy { !$0.isEmpty } }
    // A part of the sweep in which nothing is a number tells nothing of `path`.
    let void = complete.filter { $0.value.allSatisfy { $0.values.allSatisfy(\.isNaN) } }.keys
    let table = complete.filter { !void.contains($0.key) }.map(\.value)
    guard values.count > 1, !table.isEmpty, !others.isEmpty else { return nil }
    if !comparison.countsDistance, let reason = Incomparability(objective.metric, across: [path]) {
      sentence = .code(path) + ": not comparable, since \(reason.why)"
      return
    }
    func name(_ value: Int) -> String { values[value]?.text ?? "none" }
    func listed(_ names: [String]) -> String { Prose.list(names.map { .text($0) }).plain }
    // What is no number for one of its seeds has no mean.
    let broken = values.indices.filter { value in
      table.contains { $0[value].values.contains { $0.isNaN } }
    }
    let sound = values.indices.filter { !broken.contains($0) }
    var notes: [String] = []
    if !broken.isEmpty { notes.append("\(listed(broken.map(name))) ended in NaN") }
    if !void.isEmpty {
      let names = comparison.names
      let rests = comparison.rows.map { row in others.map { row.settings[$0] } }
        .filter { void.contains($0) }
      let unique = distinct(
        rests.map { rest in
          SettingNames.joined(
            zip(others, rest).map { SettingNames.part(name: names.short[$0] ?? $0, $1) })
        })
      notes.append(
        "without \(unique.count > 4 ? "\(unique.count) of the other settings" : listed(unique)), "
          + "where nothing is a number")
    }
    let note = notes.isEmpty ? "" : "; " + notes.joined(separator: "; ")
    guard sound.count > 1 else {
      if broken.isEmpty { return nil }
      sentence =
        .code(path)
        + (sound.isEmpty
          ? ": no value has a number in all its runs"
          : ": only \(name(sound[0])) has numbers\(note)")
      return
    }
    let seeds = (table.first?.first ?? [:]).keys.sorted().filter { seed in
      table.allSatisfy { cell in sound.allSatisfy { cell[$0][seed] != nil } }
    }
    guard !seeds.isEmpty else { return nil }
    let means: [Int: [Double]] = sound.reduce(into: [:]) { means, value in
      means[value] = seeds.map { seed in
        // Sorted, for the order of cells is a dictionary's and sums would follow it.
        table.compactMap { $0[value][seed] }.sorted().reduce(0, +) / Double(table.count)
      }
    }
    func mean(_ value: Int) -> Double { Statistics.interval(of: means[value] ?? []).mean }
    let order = sound.sorted { a, b in
      mean(a) == mean(b) ? a < b : objective.prefers(mean(a), to: mean(b))
    }
    let judged = SimultaneousComparison(order.map { (means[$0] ?? []).map(Optional.some) })
    let (best, next) = (order[0], order[1])
    let lead =
      objective.goal == .minimize ? judged.difference(1, 0) : judged.difference(0, 1)
    let candidates = judged.possiblyBest(among: Array(order.indices), goal: objective.goal)
    let text = DecimalText.interval(lead, digits: 3)
    let outcome: String
    if lead.mean == 0 {
      outcome = "\(listed(order.prefix { mean($0) == mean(best) }.map(name))) come out the same"
    } else if lead.halfWidth == nil || candidates == [0] {
      let verb =
        sound.count > 2
        ? "is best, ahead of" : !comparison.countsDistance ? "beats" : "comes closer than"
      outcome = "\(name(best)) \(verb) \(name(next)) by \(text)"
    } else {
      outcome = "no clear difference (\(name(best)) ahead of \(name(next)) by \(text))"
    }
    sentence = .code(path) + ": \(outcome)\(note)"
  }
}
