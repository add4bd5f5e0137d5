package import Store
import Values

/// Which runs are paired with which: by seed, and by everything that they can be alike in.
package struct RunPairing: Sendable, Hashable {
  /// Paths that repeat a run with other seeds; `training.seed` without any.
  var repeated: [String]
  /// Paths that tell the settings apart.
  var settings: Set<String>

  /// Runs of several groups, each with a value, and what pairs them.
  func keyed(_ groups: [[(run: RunSummary, value: Double)]]) -> [[PairedSeeds.Keyed]] {
    let paths = self.paths(apart: groups.flatMap { $0.map(\.run) })
    return groups.map { group in
      group.map { entry in
        PairedSeeds.Keyed(
          key: paths.map { entry.run.parameters[$0] }, seed: seed(entry.run), value: entry.value)
      }
    }
  }

  /// The runs of one setting, seed by seed.
  func groups(_ runs: [RunSummary]) -> SeedGroups {
    let paths = self.paths(apart: runs)
    return SeedGroups(
      settings: runs.map { run in paths.map { run.parameters[$0] } },
      seeds: runs.map { seed($0) })
  }

  /// The values of its repeated seeds, or its own.
  package func seed(_ run: RunSummary) -> String {
    let values = repeated.compactMap { path in
      run.overrides.last { $0.path == path }?.value ?? run.parameters[path]
    }
    return values.isEmpty ? String(run.seed) : values.map(\.text).joined(separator: ",")
  }

  private func paths(apart runs: [RunSummary]) -> [String] {
    guard let first = runs.first?.parameters else { return [] }
    var paths: Set<String> = []
    for run in runs.dropFirst() {
      for (path, value) in run.parameters where first[path] != value { paths.insert(path) }
      for path in first.keys where run.parameters[path] == nil { paths.insert(path) }
    }
    return paths.subtracting(settings).subtracting(repeated).subtracting(["training.seed"])
      .subtracting(SettingPaths.silent).sorted()
  }
}
