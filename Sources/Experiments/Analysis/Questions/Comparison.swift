package import Statistics
package import Store
package import Values

/// What differs between runs, against what came out: a row a setting, averaged over its seeds.
package struct Comparison: Sendable, Hashable {
  package struct Row: Sendable, Hashable {
    /// By the paths of `settings`; one that a run does not have is absent.
    package var settings: [String: ParameterValue]
    /// What to call the row where nothing differs.
    package var label: String
    package var runs: [String]
    /// Over the runs with a result that have the metric: mean of the last values, 95 % interval. Both
    /// are over seeds: what else differs between the runs is averaged within each first. Of times,
    /// speeds and memory the median of the runs, without an interval.
    package var metrics: [String: Statistics.Interval]
    /// Of times, speeds and memory: the lowest and the highest run's.
    package var ranges: [String: ClosedRange<Double>]
    /// How many of `runs` are finished.
    package var finished: Int
    /// How many seeds of these the means are over, where all have the metric.
    package var seeds: Int
    /// Not ended yet, or pruned.
    package var missing: Int
    /// Failed or crashed.
    package var failed: Int
    /// Whether the objective's mean is the best of all rows: of none where they are all the same, or
    /// not comparable.
    package var isBest: Bool
    /// Whether the others are held against it.
    package var isBaseline = false
    /// Against the baseline; nil without one, of the baseline itself, and where none fits.
    package var held: Held?
  }

  package var objective: Objective?
  /// Dotted paths that differ between rows, the first swept first.
  package var settings: [String]
  /// Names of metrics, the objective first; `seconds` is the runs' duration.
  package var metrics: [String]
  /// In the order of the runs.
  package var rows: [Row]
  /// In which metric rows are held against a baseline, and which way is better in it.
  package internal(set) var heldMetric: String?
  package internal(set) var heldGoal: Objective.Goal?
  /// What their verdicts rest on; nil where nothing is held against anything.
  package internal(set) var family: ComparisonFamily?
  /// Why no row is best by the objective, where its values are not comparable.
  package private(set) var notComparable: Incomparability?
  /// The runs of each row.
  package let groups: [[RunSummary]]
  /// Paths that repeat a run with other seeds.
  package let repeated: [String]

  /// - Parameters:
  ///   - by: the only path to tell rows apart by; everything else is averaged over.
  ///   - metrics: those to show; empty for the objective, what else was evaluated, the training
  ///     loss, speed and duration.
  /// - Throws: `StoreError.Kind.badInput` for a path or metric that no run has.
  package init(
    of runs: [RunSummary], objective: Objective?, by: String? = nil, metrics: [String] = []
  ) throws {
    self.objective = objective
    if let by {
      guard runs.contains(where: { $0.parameters[by] != nil }) else {
        throw StoreError(
          .badInput,
          "no run has the setting '\(by)'; these differ: "
            + Comparison.listed(Comparison.differing(runs)))
      }
      settings = [by]
    } else {
      settings = Comparison.differing(runs)
    }
    let known = Set(runs.flatMap(\.metrics.keys)).union([Comparison.duration])
    if let unknown = metrics.first(where: { !known.contains($0) }) {
      throw StoreError(
        .badInput,
        "no run has the metric '\(unknown)'; there are "
          + Comparison.listed(known.sorted()))
    }
    self.metrics = metrics.isEmpty ? Comparison.usual(known, objective) : metrics
    repeated = Comparison.repeatedPaths(runs).sorted()
    groups = Comparison.grouped(runs, by: settings)
    let pairing = RunPairing(repeated: repeated, settings: Set(settings))
    rows = groups.map { [metrics = self.metrics, settings] in
      Row(
        $0, settings: settings, metrics: metrics + (objective.map { [$0.metric] } ?? []), pairing)
    }
    markBest()
  }

  /// What to call a row, like `cosine · lr=0.001` (`SettingNames`); its label where nothing differs.
  package func name(ofRow index: Int) -> String {
    SettingNames(settings).label(
      settings.map { rows[index].settings[$0] }, alone: rows[index].label)
  }

  /// Whether several rows have a value in the objective, and all the same.
  package var isAllTheSame: Bool { objective.map { leaders($0).areAll } ?? false }

  /// Images a second, of training.
  package static let speed = MetricName.imagesPerSecond

  /// The virtual metric that holds a run's duration.
  package static let duration = "seconds"

  private mutating func markBest() {
    guard let objective, rows.count > 1 else { return }
    let leaders = leaders(objective)
    notComparable = leaders.notComparable
    guard notComparable == nil, !leaders.areAll else { return }
    for row in leaders.rows { rows[row].isBest = true }
  }

  /// The rows whose mean is the best.
  package struct Leaders {
    package var rows: [Int] = []
    /// All rows with a number, the best first.
    package var ranked: [Int] = []
    /// Of those that are behind, the best.
    package var next: Int?
    /// Whether several rows have a value, and all the same.
    package var areAll: Bool { rows.count > 1 && next == nil }
    package var notComparable: Incomparability?
  }

  /// - Returns: of rows whose values are not comparable, why.
  package func leaders(_ objective: Objective) -> Leaders {
    let means = rows.map { $0.metrics[objective.metric]?.mean ?? .nan }
    let ranked = means.indices.filter { !means[$0].isNaN }.sorted { a, b in
      means[a] == means[b] ? a < b : objective.prefers(means[a], to: means[b])
    }
    var leaders = Leaders()
    leaders.ranked = ranked
    for row in ranked {
      if leaders.rows.isEmpty || means[row] == means[leaders.rows[0]] {
        leaders.rows.append(row)
      } else {
        leaders.next = row
        break
      }
    }
    // What was pruned was held against the others too.
    let pruned = rows.indices.filter { row in
      means[row].isNaN && groups[row].contains { $0.state == .pruned }
    }
    leaders.notComparable = incomparability(objective.metric, rows: ranked + pruned)
    return leaders
  }

  /// Why a metric is not comparable between some rows; nil where it is.
  /// - Parameter matched: the rows are held against each other seed by seed.
  package func incomparability(
    _ metric: String, rows: [Int], matched: Bool = false
  ) -> Incomparability? {
    let groups = rows.map { self.groups[$0] }
    let paths = Set(groups.joined().flatMap(\.parameters.keys)).subtracting(repeated)
    return Incomparability(
      metric,
      across: Incomparability.paths(apart: groups, among: paths, matched: matched) {
        $1.parameters[$0]
      })
  }

  /// What has come of the rows in a metric.
  package func tally(_ metric: String) -> SettingTally {
    var tally = SettingTally()
    for (row, runs) in zip(rows, groups) {
      tally.add(row.metrics[metric]?.mean, states: runs.map(\.state))
    }
    return tally
  }

  /// Paths whose values differ, less those that only repeat a run with other seeds.
  private static func differing(_ runs: [RunSummary]) -> [String] {
    let repeated = repeatedPaths(runs)
    func differs(_ path: String) -> Bool { Set(runs.map { $0.parameters[path] }).count > 1 }
    let oneExperiment = Set(runs.map(\.experiment)).count == 1
    if oneExperiment, runs.contains(where: { !$0.overrides.isEmpty }) {
      let swept = sweptPaths(of: runs).filter { !repeated.contains($0) && differs($0) }
      let unswept = unsweptSettings(
        of: runs.map(\.parameters), alikeIn: swept, repeated: repeated)
      if !swept.isEmpty || !repeated.isEmpty { return swept + unswept }
    }
    let paths = Set(runs.flatMap(\.parameters.keys)).filter(differs)
    let settings = paths.subtracting(repeated).subtracting(["training.seed"])
    return (settings.isEmpty && repeated.isEmpty ? paths : settings).sorted()
  }

  /// Paths that take several values within a group of repeats.
  private static func repeatedPaths(_ runs: [RunSummary]) -> Set<String> {
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

  private static func usual(_ known: Set<String>, _ objective: Objective?) -> [String] {
    var metrics: [String] = []
    for name in [objective?.metric].compactMap({ $0 })
      + known.filter({ $0.hasPrefix("eval/") }).sorted()
      + ["train/loss", "speed/images_per_second", duration]
    where known.contains(name) && !metrics.contains(name) {
      metrics.append(name)
    }
    return metrics
  }

  /// Runs with the same values of `settings`, in the order of their first.
  private static func grouped(_ runs: [RunSummary], by settings: [String]) -> [[RunSummary]] {
    var places: [[ParameterValue?]: Int] = [:]
    var groups: [[RunSummary]] = []
    for run in runs {
      let key = settings.map { run.parameters[$0] }
      if let place = places[key] {
        groups[place].append(run)
      } else {
        places[key] = groups.count
        groups.append([run])
      }
    }
    return groups
  }

  private static func listed(_ names: [String]) -> String {
    names.isEmpty ? "none" : names.prefix(20).joined(separator: ", ")
  }
}

extension Comparison.Row {
  fileprivate init(
    _ runs: [RunSummary], settings: [String], metrics: [String], _ pairing: RunPairing
  ) {
    self.settings = [:]
    for path in settings {
      self.settings[path] = runs[0].parameters[path]
    }
    // Of seeds of one setting none names it.
    let label = runs.count > 1 && settings.isEmpty ? "" : runs[0].label ?? ""
    self.label = label.isEmpty ? runs[0].experiment ?? String(runs[0].id.prefix(8)) : label
    self.runs = runs.map(\.id)
    let done = runs.filter(\.hasResult)
    finished = runs.count { $0.state == .finished }
    failed = runs.count { $0.state == .failed || $0.state == .crashed }
    missing = runs.count - finished - failed
    isBest = false
    let keys = pairing.keys(done)
    seeds = SeedGroups(settings: keys.settings, seeds: keys.seeds).seeds.count
    self.metrics = [:]
    ranges = [:]
    for name in metrics {
      let values = done.map { run in
        name == Comparison.duration ? run.seconds : run.metrics[name]?.last
      }
      let having = values.indices.filter { values[$0] != nil }
      guard !having.isEmpty else { continue }
      if MetricName.isOfTheMachine(name) || name == Comparison.duration {
        let numbers = values.compactMap { $0 }.filter { !$0.isNaN }.sorted()
        self.metrics[name] = Statistics.Interval(
          mean: Statistics.median(of: numbers), halfWidth: nil, count: having.count)
        if let low = numbers.first, let high = numbers.last { ranges[name] = low...high }
        continue
      }
      let groups = SeedGroups(
        settings: having.map { keys.settings[$0] }, seeds: having.map { keys.seeds[$0] })
      self.metrics[name] = Statistics.interval(
        of: groups.means(values.compactMap { $0 }), level: 0.95)
    }
  }
}
