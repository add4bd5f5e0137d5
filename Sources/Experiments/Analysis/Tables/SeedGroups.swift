package import Values

/// The runs of one group, seed by seed. Intervals are over seeds: what else differs between the
/// runs is averaged within each seed first, every setting counting the same.
///
/// As in `PairedSeeds`, a seed takes part if it has every setting of the group; where none has,
/// each takes part with what it has.
package struct SeedGroups {
  /// Places among the runs: of each seed, in the order of its first run, by setting.
  package let seeds: [[[Int]]]
  /// Runs whose seeds take no part.
  package let leftOut: Int
  /// Whether no seed has every setting.
  package let isPatchy: Bool

  /// - Parameters:
  ///   - settings: what tells a run apart besides its seed, one list per run.
  ///   - keys: its seed, one a run.
  package init(settings: [[ParameterValue?]], seeds keys: [String]) {
    var places: [[ParameterValue?]: Int] = [:]
    var order: [String] = []
    var members: [String: [Int: [Int]]] = [:]
    for (run, (setting, seed)) in zip(settings, keys).enumerated() {
      let place = places[setting] ?? places.count
      places[setting] = place
      if members[seed] == nil { order.append(seed) }
      members[seed, default: [:]][place, default: []].append(run)
    }
    let all = order.compactMap { members[$0] }
    let whole = all.filter { $0.count == places.count }
    let chosen = whole.isEmpty ? all : whole
    isPatchy = whole.isEmpty && !all.isEmpty
    seeds = chosen.map { seed in seed.keys.sorted().compactMap { seed[$0] } }
    let used = chosen.reduce(0) { sum, seed in sum + seed.values.reduce(0) { $0 + $1.count } }
    leftOut = settings.count - used
  }

  /// Whether a seed has several runs.
  package var averages: Bool { seeds.contains { $0.joined().count > 1 } }

  /// One mean per seed.
  /// - Parameter values: one a run.
  package func means(_ values: [Double]) -> [Double] {
    seeds.map { settings in
      Self.mean(settings.map { runs in Self.mean(runs.map { values[$0] }) })
    }
  }

  private static func mean(_ values: [Double]) -> Double {
    values.count == 1 ? values[0] : values.reduce(0, +) / Double(values.count)
  }
}
