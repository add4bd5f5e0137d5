import Store
import Values

/// Which runs are paired with which: by seed, and by everything that they can be alike in.
struct RunPairing {
  /// Paths that repeat a run with other seeds; `training.seed` without any.
  var repeated: [String]
  /// Paths that tell the settings apart.
  var settings: Set<String>

  /// Runs of some settings that have a result, with what pairs them.
  func keyed(
    _ groups: [[RunSummary]], value: (RunSummary) -> Double?
  ) -> [[PairedSeeds.Keyed]] {
    let paths = self.paths(apart: groups.flatMap { $0 })
    return groups.map { group in
      group.filter(\.hasResult).compactMap { run in
        value(run).map { value in
          PairedSeeds.Keyed(
            key: paths.map { run.parameters[$0] }, seed: seed(run), value: value)
        }
      }
    }
  }

  /// What tells runs of one group apart, their seeds aside, a list a run; and their seeds.
  func keys(_ runs: [RunSummary]) -> (settings: [[ParameterValue?]], seeds: [String]) {
    let paths = self.paths(apart: runs)
    return (runs.map { run in paths.map { run.parameters[$0] } }, runs.map { seed($0) })
  }

  private func paths(apart runs: [RunSummary]) -> [String] {
    Set(runs.flatMap(\.parameters.keys)).subtracting(settings)
      .subtracting(repeated).subtracting(["training.seed"])
      .filter { path in runs.contains { $0.parameters[path] != runs[0].parameters[path] } }
      .sorted()
  }

  private func seed(_ run: RunSummary) -> String {
    let values = repeated.compactMap { path in
      run.overrides.last { $0.path == path }?.value ?? run.parameters[path]
    }
    return values.isEmpty ? String(run.seed) : values.map(\.text).joined(separator: ",")
  }
}
