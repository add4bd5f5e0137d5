import Analysis
import Statistics
import Values

/// What decides which setting is better.
package struct Yardstick: Sendable {
  var metric: String
  var goal: Objective.Goal
  /// Where the true value is known (data of known variance), what counts is how far a run is off.
  var truth: Double?

  /// The objective, or, where no run has it but samples of data of known variance were measured,
  /// that variance.
  init(_ input: ReportInput) {
    let variance = Yardstick.dataVariance(input.runs)
    let hasObjective = input.runs.contains { $0.last[input.objective.metric] != nil }
    let hasVariance = input.runs.contains { $0.last[MetricName.sampleVariance] != nil }
    let decidesByVariance =
      input.objective.metric == MetricName.sampleVariance || !hasObjective && hasVariance
    if decidesByVariance, let variance {
      metric = MetricName.sampleVariance
      goal = .minimize
      truth = variance
    } else {
      metric = input.objective.metric
      goal = input.objective.goal
    }
  }

  /// What to compare of a run: the last value, or its distance from the truth.
  func score(_ run: ReportRun) -> Double? {
    run.last[metric].map { value in truth.map { abs(value - $0) } ?? value }
  }

  func interval(_ setting: Setting) -> Statistics.Interval? {
    let scores = setting.results.compactMap(score)
    return scores.isEmpty ? nil : Statistics.interval(of: scores)
  }

  /// Best first; settings without a value, or whose value is not a number, are left out.
  func ranked(_ settings: [Setting]) -> [Setting] {
    let means = settings.map { interval($0)?.mean ?? .nan }
    return settings.indices.filter { !means[$0].isNaN }.sorted { a, b in
      if means[a] == means[b] { return a < b }
      return goal == .minimize ? means[a] < means[b] : means[a] > means[b]
    }.map { settings[$0] }
  }

  /// The settings whose mean is the best, of those that are ranked.
  func leaders(_ ranked: [Setting]) -> [Setting] {
    let best = ranked.first.flatMap { interval($0)?.mean }
    return Array(ranked.prefix { interval($0)?.mean == best })
  }

  /// What has come of all settings.
  func tally(_ settings: [Setting]) -> SettingTally {
    var tally = SettingTally()
    for setting in settings {
      tally.add(interval(setting)?.mean, states: setting.runs.map(\.state))
    }
    return tally
  }

  /// Why settings are not to be ranked; nil where they are. How far each is from the truth is the same
  /// thing in all.
  func incomparability(_ ranked: [Setting], _ settings: Settings) -> Incomparability? {
    truth == nil ? settings.incomparability(metric, ranked) : nil
  }

  /// The variance of Gaussian data, if all runs have the same.
  static func dataVariance(_ runs: [ReportRun]) -> Double? {
    let variances = runs.map { run in
      (run.settings["data.variance"] ?? run.settings["data.source.variance"])?.number
    }
    guard let first = variances.first, variances.allSatisfy({ $0 == first }) else { return nil }
    return first
  }
}
