import ExperimentFiles
package import Values

/// Runs of several groups side by side, seed by seed: what is common to a seed (its noise, its order
/// of the data) cancels in a difference.
///
/// Swept settings of which all groups have some values are matched, value by value; those that
/// tell the groups apart are averaged over, each of a group's settings counting the same. A seed
/// takes part if every setting of every group has it.
package struct PairedSeeds {
  /// Seeds that take part, in the order of the first group.
  package private(set) var seeds: [String] = []
  /// One row per seed, one value per group.
  package private(set) var rows: [[Double]] = []
  /// Whether every run given takes part.
  package private(set) var isComplete = true

  /// A value, by the settings and the seed that it belongs to.
  package struct Keyed {
    /// Values of the swept settings, in the same order for all.
    package var key: [ParameterValue?]
    package var seed: String
    package var value: Double
  }

  package init(_ keyed: [[Keyed]]) {
    // What the groups have some values of in common is matched, and the rest left out: the mean of
    // one group over all of them is no match for another's over a part.
    let common = (keyed.first?.first?.key ?? []).indices.filter { path in
      let sets = keyed.map { Set($0.map { $0.key[path] }) }
      let shared = sets.dropFirst().reduce(sets[0]) { $0.intersection($1) }
      return !shared.isEmpty
    }
    let cells = keyed.map { group in
      group.reduce(into: [[ParameterValue?]: Cell]()) { cells, entry in
        cells[common.map { entry.key[$0] }, default: Cell()].add(
          entry.value, setting: entry.key, seed: entry.seed)
      }
    }
    guard let first = keyed.first else { return }
    // In the order of the first group's runs: sums follow it, and a dictionary's is no order.
    let keys = distinct(first.map { entry in common.map { entry.key[$0] } })
      .filter { key in cells.allSatisfy { $0[key] != nil } }
    for seed in distinct(first.map(\.seed)) {
      var row: [Double] = []
      for group in cells {
        let values = keys.compactMap { group[$0]?.mean(seed: seed) }
        guard !keys.isEmpty, values.count == keys.count else { break }
        row.append(values.reduce(0, +) / Double(keys.count))
      }
      guard row.count == keyed.count else { continue }
      seeds.append(seed)
      rows.append(row)
    }
    let used = cells.reduce(0) { sum, group in
      sum + keys.reduce(0) { $0 + (group[$1]?.count(seeds: seeds) ?? 0) }
    }
    isComplete = used == keyed.reduce(0) { $0 + $1.count }
  }

  /// The settings of a group that agree in what is common.
  private struct Cell {
    var settings: [[ParameterValue?]] = []
    var values: [[String: [Double]]] = []

    mutating func add(_ value: Double, setting: [ParameterValue?], seed: String) {
      if let place = settings.firstIndex(of: setting) {
        values[place][seed, default: []].append(value)
      } else {
        settings.append(setting)
        values.append([seed: [value]])
      }
    }

    /// nil unless every setting has the seed.
    func mean(seed: String) -> Double? {
      var sum = 0.0
      for setting in values {
        guard let values = setting[seed] else { return nil }
        sum += values.reduce(0, +) / Double(values.count)
      }
      return sum / Double(values.count)
    }

    func count(seeds: [String]) -> Int {
      values.reduce(0) { sum, setting in sum + seeds.reduce(0) { $0 + (setting[$1]?.count ?? 0) } }
    }
  }
}
