import ExperimentFiles
package import Store
import Values

/// Which settings tell runs apart, and which only repeat them with other seeds.
package struct SettingPaths: Sendable, Hashable {
  /// Those whose values differ: the swept ones first, in the file's order, then what else differs among runs that are
  /// alike in these (after a plan with overrides of the command line), since averaging over it would compare apples
  /// with pears. Of runs that no sweep made, all that differ but their seeds.
  package let telling: [String]
  /// In alphabetical order.
  package let repeated: [String]

  package init(_ runs: [RunSummary]) {
    let repeated = SettingPaths.repeated(runs)
    self.repeated = repeated.sorted()
    telling = SettingPaths.withAttributes(SettingPaths.settings(runs, repeated), runs)
  }

  private static func settings(_ runs: [RunSummary], _ repeated: Set<String>) -> [String] {
    // What runs of one program have, those of another do not: it tells nothing that the program does not.
    let bySource = Dictionary(grouping: runs, by: \.source).values
    func differs(_ path: String) -> Bool {
      bySource.contains { runs in Set(runs.map { $0.parameters[path] }).count > 1 }
    }
    let isOneExperiment = Set(runs.map(\.experiment)).count == 1
    if isOneExperiment, runs.contains(where: { !$0.overrides.isEmpty }) {
      let swept = sweptPaths(of: runs).filter { !repeated.contains($0) && differs($0) }
      if !swept.isEmpty || !repeated.isEmpty {
        return swept
          + bySource.flatMap { unswept($0, swept, repeated) }.reduce(into: Set()) { $0.insert($1) }
          .sorted()
      }
    }
    let paths = Set(runs.flatMap(\.parameters.keys)).filter(differs)
    let settings = paths.subtracting(repeated).subtracting(["training.seed"])
    return (settings.isEmpty && repeated.isEmpty ? paths : settings).sorted()
  }

  /// Imported runs may be alike in everything that was found of them and be other things all the same: which program has
  /// logged them tells them apart where there are several, and their labels where nothing else does, unless a seed is
  /// known to repeat them.
  private static func withAttributes(_ settings: [String], _ runs: [RunSummary]) -> [String] {
    let imported = runs.filter { $0.source != nil && $0.repeatGroup == nil }
    let sources = Set(runs.map(\.source))
    guard sources != [nil] else { return settings }
    var paths = settings
    if sources.count > 1 { paths.append(RunAttribute.source.rawValue) }
    let alike = Dictionary(grouping: imported) { run in
      settings.map { run.parameters[$0] } + [run.source.map { .string($0) }]
    }
    if alike.values.contains(where: { $0.count > 1 }) { paths.append(RunAttribute.label.rawValue) }
    return paths
  }

  /// Keys that change no result.
  static let silent = Set(KeyDefinitions.settings.filter { !$0.isIdentity }.map(\.path))

  /// Paths that take several values within a group of repeats.
  private static func repeated(_ runs: [RunSummary]) -> Set<String> {
    struct Group: Hashable {
      var experiment: String?
      var number: Int
    }
    var values: [Group: [String: Set<ParameterValue>]] = [:]
    for run in runs {
      guard let number = run.repeatGroup else { continue }
      let group = Group(experiment: run.experiment, number: number)
      for parameter in run.overrides {
        values[group, default: [:]][parameter.path, default: []].insert(parameter.value)
      }
    }
    return Set(values.values.flatMap { $0.filter { $0.value.count > 1 }.keys })
  }

  /// What else tells apart runs that are alike in the swept paths. Keys that change no result are left out, and so is
  /// the seed.
  private static func unswept(
    _ runs: [RunSummary], _ swept: [String], _ repeated: Set<String>
  ) -> [String] {
    var found: Set<String> = []
    for group in Dictionary(grouping: runs, by: { run in swept.map { run.parameters[$0] } }).values
    {
      let first = group[0].parameters
      for run in group.dropFirst() where run.parameters != first {
        found.formUnion(
          Set(run.parameters.keys).union(first.keys).filter { run.parameters[$0] != first[$0] })
      }
    }
    return found.subtracting(swept).subtracting(repeated).subtracting(silent)
      .subtracting(["training.seed"]).sorted()
  }
}
