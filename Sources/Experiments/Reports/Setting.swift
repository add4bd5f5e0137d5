import Analysis
import Plots
package import Statistics
import Store
package import Values

/// A point of the sweep with its runs, which differ in nothing but their seeds.
package struct Setting: Sendable {
  /// Place among the settings.
  package var index: Int
  /// The same in all plots of a report.
  package var color = 0
  /// One a swept parameter, like "cosine" or "guidance=3"; the experiment's name if none is.
  package var parts: [String]
  /// By swept path.
  package var values: [String: ParameterValue]
  package var runs: [ReportRun]

  package var label: String { parts.joined(separator: " · ") }
  package var finished: [ReportRun] { runs.filter { $0.state == .finished } }

  /// Those whose measures count: the finished ones, and what diverged, whose measures are NaN.
  package var results: [ReportRun] { runs.filter(\.hasResult) }

  /// Mean and interval over the seeds that have a result; nil if none has the metric.
  package func interval(_ metric: String) -> Statistics.Interval? {
    let values = results.compactMap { $0.last[metric] }
    return values.isEmpty ? nil : Statistics.interval(of: values)
  }
}

/// All settings of an experiment and what tells them apart.
package struct Settings: Sendable {
  /// Paths that tell settings apart: swept ones that take more than one value, in the file's order,
  /// then what else differs.
  package var paths: [String]
  /// A short name a path.
  package var names: [String: String]
  package var all: [Setting]
  /// Paths in which the runs of one setting differ.
  package var repeatedPaths: [String]
  /// The swept path that takes four numbers or more and nothing else, if it is the only one.
  package var sweptNumber: String?

  package init(_ input: ReportInput) {
    var overridden: [String] = []
    for path in input.runs.flatMap(\.overrides).map(\.path) where !overridden.contains(path) {
      overridden.append(path)
    }
    // Without a plan's word on it, seeds are what is repeated.
    let swept =
      input.sweptPaths.isEmpty
      ? overridden.filter { $0 != "training.seed" } : input.sweptPaths
    func value(_ run: ReportRun, _ path: String) -> ParameterValue? {
      run.overrides.last { $0.path == path }?.value ?? run.settings[path]
    }
    let differing = swept.filter { path in Set(input.runs.map { value($0, path) }).count > 1 }
    let paths =
      differing
      + unsweptSettings(
        of: input.runs.map(\.settings), alikeIn: differing,
        repeated: Set(overridden.filter { !swept.contains($0) }))
    let names = SettingNames.short(paths)

    var places: [[ParameterValue?]: Int] = [:]
    var all: [Setting] = []
    for run in input.runs {
      let key = paths.map { value(run, $0) }
      if let place = places[key] {
        all[place].runs.append(run)
        continue
      }
      places[key] = all.count
      var values: [String: ParameterValue] = [:]
      for (path, value) in zip(paths, key) { values[path] = value }
      let parts = zip(paths, key).map { SettingNames.part(name: names[$0] ?? $0, $1) }
      all.append(
        Setting(
          index: all.count, parts: parts.isEmpty ? [input.name] : parts, values: values,
          runs: [run]))
    }
    self.paths = paths
    self.names = names
    self.all = all
    repeatedPaths = overridden.filter { !swept.contains($0) }
    let numeric = paths.filter { path in
      let values = Set(all.map { $0.values[path] })
      return values.count >= 4 && values.allSatisfy { $0?.number?.isFinite == true }
    }
    sweptNumber = numeric.count == 1 ? numeric[0] : nil
    colorSettings()
  }

  /// Settings that differ only in the swept number, in the order of their first.
  package var families: [[Setting]] {
    var places: [[ParameterValue?]: Int] = [:]
    var families: [[Setting]] = []
    for setting in all {
      let key = paths.filter { $0 != sweptNumber }.map { setting.values[$0] }
      if let place = places[key] {
        families[place].append(setting)
      } else {
        places[key] = families.count
        families.append([setting])
      }
    }
    return families
  }

  /// A colour a setting; a colour a family, told apart by dashes, where a number was swept for
  /// each of a few.
  private mutating func colorSettings() {
    let families = sweptNumber == nil ? [] : families
    guard (2...PlotTheme.seriesCount).contains(families.count) else {
      for index in all.indices { all[index].color = index }
      return
    }
    for (color, family) in families.enumerated() {
      for (place, setting) in family.enumerated() {
        all[setting.index].color = color + PlotTheme.seriesCount * place
      }
    }
  }

  /// What a setting is called among those of its family's number.
  package func familyLabel(_ setting: Setting) -> String {
    zip(paths, setting.parts).filter { $0.0 != sweptNumber }.map(\.1).joined(separator: " · ")
  }

  /// Why a metric is not comparable between some settings; nil where it is.
  package func incomparability(_ metric: String, _ some: [Setting]) -> Incomparability? {
    Incomparability(
      metric,
      across: Incomparability.paths(apart: some.map { [$0] }, among: paths) { $1.values[$0] })
  }

  /// What pairs a run of one setting with a run of another: its repeated seeds.
  package func pairKey(_ run: ReportRun) -> String {
    let seeds = run.overrides.filter { repeatedPaths.contains($0.path) }
    if seeds.isEmpty { return String(run.seed) }
    return seeds.map(\.value.text).joined(separator: ",")
  }
}
