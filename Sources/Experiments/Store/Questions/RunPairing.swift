/// Which runs are paired with which: by seed, and by everything that they can be alike in.
struct RunPairing {
  /// Paths that repeat a run with other seeds; `training.seed` without any.
  var repeated: [String]
  /// Paths that tell the settings apart.
  var settings: Set<String>

  /// Finished runs of some settings side by side, a row a seed.
  func seeds(_ groups: [[RunSummary]], value: (RunSummary) -> Double?) -> PairedSeeds {
    let runs = groups.flatMap { $0 }
    let paths = Set(runs.flatMap(\.parameters.keys)).subtracting(settings)
      .subtracting(repeated).subtracting(["training.seed"])
      .filter { path in runs.contains { $0.parameters[path] != runs[0].parameters[path] } }
      .sorted()
    return PairedSeeds(
      groups.map { group in
        group.filter { $0.state == .finished }.compactMap { run in
          value(run).map { value in
            PairedSeeds.Keyed(
              key: paths.map { run.parameters[$0] }, seed: seed(run), value: value)
          }
        }
      })
  }

  private func seed(_ run: RunSummary) -> String {
    let values = repeated.compactMap { path in
      run.overrides.last { $0.path == path }?.value ?? run.parameters[path]
    }
    return values.isEmpty ? String(run.seed) : values.map(\.text).joined(separator: ",")
  }
}
