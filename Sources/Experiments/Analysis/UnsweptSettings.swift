import ExperimentFiles
package import Values

/// Paths, besides those of `paths` and `repeated`, that tell apart runs alike in `paths`: an experiment has such runs
/// after a plan with overrides of the command line. Averaging over them would compare apples with pears.
///
/// Keys that change no result are left out, and so is the seed.
/// - Parameter runs: all settings of each run, by path.
package func unsweptSettings(
  of runs: [[String: ParameterValue]], alikeIn paths: [String], repeated: Set<String>
) -> [String] {
  var found: Set<String> = []
  for group in Dictionary(grouping: runs, by: { run in paths.map { run[$0] } }).values {
    let first = group[0]
    for run in group.dropFirst() where run != first {
      found.formUnion(
        Set(run.keys).union(first.keys).filter { run[$0] != first[$0] })
    }
  }
  let silent = KeyDefinitions.settings.filter { !$0.isIdentity }.map(\.path)
  return found.subtracting(paths).subtracting(repeated).subtracting(silent)
    .subtracting(["training.seed"]).sorted()
}
