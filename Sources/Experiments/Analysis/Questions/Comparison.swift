package import Statistics
package import Store
package import Values

/// What differs between runs, against what came out: one row per setting, averaged over its seeds.
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
    /// What decides: the objective's mean, or that of the distances from its true value.
    package var score: Statistics.Interval?
    /// How many of `runs` are finished.
    package var finished: Int
    /// How many seeds of these the means are over, where all have the metric.
    package var seeds: Int
    /// Not ended yet.
    package var missing: Int
    /// Ended early, by a rule of the sweep.
    package var pruned: Int
    /// Of a row that has nothing but pruned runs: means of what was measured by then.
    package var prunedMetrics: [String: Statistics.Interval] = [:]
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

  /// The one given, or, where no run has it but the variance of samples of data whose variance is known was measured,
  /// that.
  package let objective: Objective?
  /// Whether what counts is how far runs are from what the objective truly is.
  package let countsDistance: Bool
  /// That, where it is the same for all runs.
  package let truth: Double?
  /// Dotted paths that differ between rows, the first swept first.
  package var settings: [String] { names.paths }
  package let names: SettingNames
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
  package private(set) var groups: [[RunSummary]]
  /// Paths that repeat a run with other seeds.
  package let repeated: [String]
  package let pairing: RunPairing

  /// - Parameters:
  ///   - by: the only path to tell rows apart by; everything else is averaged over.
  ///   - metrics: those to show; empty for the objective, what else was evaluated, the training
  ///     loss, speed and duration.
  /// - Throws: `StoreError.Kind.badInput` for a path or metric that no run has.
  package init(
    of runs: [RunSummary], objective: Objective?, by: String? = nil, metrics: [String] = []
  ) throws {
    if let by, !runs.contains(where: { $0.withAttributes([by]).parameters[by] != nil }) {
      throw StoreError(
        .badInput,
        "no run has the setting '\(by)'; these differ: "
          + Comparison.listed(SettingPaths(runs).telling))
    }
    let known = Set(runs.flatMap(\.metrics.keys)).union([Comparison.duration])
    if let unknown = metrics.first(where: { !known.contains($0) }) {
      throw StoreError(
        .badInput,
        "no run has the metric '\(unknown)'; there are " + Comparison.listed(known.sorted()))
    }
    self.init(
      of: runs, objective: objective, by: [by].compactMap { $0 },
      metrics: metrics.isEmpty
        ? Comparison.usual(known, objective, also: Comparison.imported(runs)) : metrics)
  }

  /// - Parameters:
  ///   - by: the paths to tell rows apart by; empty: all that differ.
  ///   - metrics: those to show, which runs may lack.
  ///   - knowsTruth: whether a true value, where there is one, decides.
  init(
    of runs: [RunSummary], objective: Objective?, by: [String], metrics: [String],
    knowsTruth: Bool = true
  ) {
    let paths = SettingPaths(runs)
    names = SettingNames(by.isEmpty ? paths.telling : by)
    let settings = names.paths
    let runs = runs.map { $0.withAttributes(settings) }
    repeated = paths.repeated
    let deciding = Comparison.deciding(objective, runs, knowsTruth: knowsTruth)
    (self.objective, countsDistance) = (deciding.objective, deciding.countsDistance)
    let decisive = deciding.objective?.metric ?? ""
    let truths = Set(runs.map { Comparison.truth(decisive, of: $0) })
    truth = countsDistance && truths.count == 1 ? truths.first ?? nil : nil
    self.metrics = metrics
    groups = grouped(runs) { run in settings.map { run.parameters[$0] } }
    pairing = RunPairing(repeated: repeated, settings: Set(settings))
    let metric = self.objective?.metric
    rows = groups.map { [pairing] in
      Row($0, settings: settings, metrics: metrics + [metric].compactMap { $0 }, pairing)
    }
    for row in rows.indices {
      guard let metric else { break }
      // Of the machine the median is shown, and means decide as differences do.
      rows[row].score = interval(ofRow: row) { score(metric, of: $0) }
    }
    markBest()
  }

  /// The same without what single runs are set to and have measured, which is most of it: what it says of rows is there.
  package var rowsAlone: Comparison {
    var comparison = self
    comparison.groups = groups.map { runs in
      runs.map { run in
        var run = run
        (run.parameters, run.metrics) = ([:], [:])
        return run
      }
    }
    return comparison
  }

  /// Settings that say what a metric truly is.
  package static let truthPaths = TrueMoments.paths

  /// Metrics that may decide by how far they are from the truth.
  package static let truthMetrics = TrueMoments.metrics

  /// What decides between runs: the objective, by how far it is from its true value where that is known; or, where no run
  /// has it but the variance of samples was measured of data whose variance is known, that.
  package static func deciding(
    _ objective: Objective?, _ runs: [RunSummary], knowsTruth: Bool = true
  ) -> (objective: Objective?, countsDistance: Bool) {
    let variance = MetricName.sampleVariance
    guard let objective, knowsTruth, !runs.isEmpty else { return (objective, false) }
    func isKnown(_ metric: String) -> Bool { runs.allSatisfy { truth(metric, of: $0) != nil } }
    if isKnown(objective.metric) {
      return (Objective(metric: objective.metric, goal: .minimize), true)
    }
    let isMeasured = runs.contains { $0.metrics[objective.metric] != nil }
    let isVarianceMeasured = runs.contains { $0.metrics[variance] != nil }
    guard !isMeasured, isVarianceMeasured, isKnown(variance) else { return (objective, false) }
    return (Objective(metric: variance, goal: .minimize), true)
  }

  /// What a metric of a run truly is, by the data that it was made with; nil where that is not known.
  package static func truth(_ metric: String, of run: RunSummary) -> Double? {
    TrueMoments.value(metric) { run.parameters[$0] }
  }

  /// What a run has of a metric.
  package static func value(_ metric: String, of run: RunSummary) -> Double? {
    metric == duration ? run.seconds : run.metrics[metric]?.last
  }

  /// What counts of it: its value, or how far that is from the truth.
  package func score(_ metric: String, of run: RunSummary) -> Double? {
    guard let value = Comparison.value(metric, of: run) else { return nil }
    guard countsDistance, metric == objective?.metric,
      let truth = Comparison.truth(metric, of: run)
    else {
      return value
    }
    return abs(value - truth)
  }

  /// Mean and 95 % interval over the seeds of a row's runs that have a result; nil where none has a value.
  package func interval(
    ofRow row: Int, _ value: (RunSummary) -> Double?
  ) -> Statistics.Interval? {
    let having = groups[row].filter { $0.hasResult && value($0) != nil }
    return having.isEmpty
      ? nil : Statistics.interval(of: pairing.groups(having).means(having.compactMap(value)))
  }

  /// What to call a row, like `cosine · lr=0.001` (`SettingNames`); its label where nothing differs.
  package func name(ofRow index: Int) -> String {
    names.label(
      settings.map { rows[index].settings[$0] }, alone: rows[index].label)
  }

  /// The setting that takes four numbers or more and nothing else, if it is the only one.
  package var sweptNumber: String? {
    let numeric = settings.filter { path in
      let values = Set(rows.map { $0.settings[path] })
      return values.count >= 4 && values.allSatisfy { $0?.number?.isFinite == true }
    }
    return numeric.count == 1 ? numeric[0] : nil
  }

  /// Whether several rows have a value in the objective, and all the same.
  package var isAllTheSame: Bool { leaders().areAll }

  /// Images a second, of training.
  package static let speed = MetricName.imagesPerSecond

  /// The virtual metric that holds a run's duration.
  package static let duration = "seconds"

  private mutating func markBest() {
    guard rows.count > 1 else { return }
    let leaders = leaders()
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

  /// - Returns: of rows whose values are not comparable, why; nothing without an objective.
  package func leaders() -> Leaders {
    guard let objective else { return Leaders() }
    let means = rows.map { $0.score?.mean ?? .nan }
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

  /// So many rows, in their order: the best and, where these are not as many, the first of the others; where none is
  /// best, the first.
  package func best(_ most: Int) -> (rows: [Int], areRanked: Bool) {
    let leaders = leaders()
    let areRanked =
      leaders.notComparable == nil && !leaders.rows.isEmpty && !leaders.areAll
    var chosen = Set(areRanked ? leaders.ranked.prefix(most) : [])
    for row in rows.indices where chosen.count < most { chosen.insert(row) }
    return (rows.indices.filter { chosen.contains($0) }, areRanked)
  }

  /// Why a metric is not comparable between some rows; nil where it is.
  /// - Parameter matched: the rows are held against each other seed by seed.
  package func incomparability(
    _ metric: String, rows: [Int], matched: Bool = false
  ) -> Incomparability? {
    // How far each is from the truth is the same thing in all.
    if countsDistance, metric == objective?.metric { return nil }
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

  /// Metrics of imported runs: what these call a result, nobody knows.
  private static func imported(_ runs: [RunSummary]) -> [String] {
    let names = runs.filter { $0.source != nil }.flatMap(\.metrics.keys)
    return Array(Set(names).filter { !MetricName.isOfTheMachine($0) }.sorted().prefix(8))
  }

  private static func usual(
    _ known: Set<String>, _ objective: Objective?, also imported: [String]
  ) -> [String] {
    var metrics: [String] = []
    for name in [objective?.metric].compactMap({ $0 })
      + known.filter({ $0.hasPrefix("eval/") }).sorted() + imported
      + ["train/loss", "speed/images_per_second", duration]
    where known.contains(name) && !metrics.contains(name) {
      metrics.append(name)
    }
    return metrics
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
    let groups = pairing.groups(done)
    finished = runs.count { $0.state == .finished }
    failed = runs.count { $0.state == .failed || $0.state == .crashed }
    pruned = runs.count { $0.state == .pruned }
    missing = runs.count - finished - failed - pruned
    isBest = false
    seeds = groups.seeds.count
    self.metrics = [:]
    ranges = [:]
    for name in metrics {
      let having = done.filter { Comparison.value(name, of: $0) != nil }
      let values = having.compactMap { Comparison.value(name, of: $0) }
      guard !having.isEmpty else {
        let early = runs.filter { $0.state == .pruned && Comparison.value(name, of: $0) != nil }
        guard done.isEmpty, !early.isEmpty, !MetricName.isOfTheMachine(name) else { continue }
        prunedMetrics[name] = Statistics.interval(
          of: pairing.groups(early).means(early.compactMap { Comparison.value(name, of: $0) }))
        continue
      }
      guard MetricName.isOfTheMachine(name) || name == Comparison.duration else {
        let seeds = having.count == done.count ? groups : pairing.groups(having)
        self.metrics[name] = Statistics.interval(of: seeds.means(values))
        continue
      }
      let numbers = values.filter { !$0.isNaN }.sorted()
      self.metrics[name] = Statistics.Interval(
        mean: Statistics.median(of: numbers), halfWidth: nil, count: having.count)
      if let low = numbers.first, let high = numbers.last { ranges[name] = low...high }
    }
  }
}
