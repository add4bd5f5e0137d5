import Statistics
import Store
import Values

/// How far apart runs of one setting are: what a seed alone does to a metric.
package struct SeedNoise: Sendable, Hashable, Encodable {
  /// s of a single run, pooled over the repeated settings: √(Σ(n−1)s² / Σ(n−1)).
  package var deviation: Double
  /// Σ(n−1).
  package var degreesOfFreedom: Int
  /// Settings that were repeated, and their runs together.
  package var settings: Int
  package var runs: Int
  /// t(0.975; Σ(n−1)) · s · √2: two runs of one setting are less than this apart in 95 % of cases.
  package var reach: Double

  /// - Parameter groups: values of runs that differ in nothing but their seeds; values that are
  ///   not finite, and groups of one, say nothing.
  /// - Returns: nil without a repeated setting.
  init?(_ groups: [[Double]]) {
    let groups = groups.map { $0.filter(\.isFinite) }.filter { $0.count > 1 }
    guard !groups.isEmpty else { return nil }
    var squares = 0.0
    for values in groups {
      let mean = Statistics.mean(of: values)
      squares += values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }
    settings = groups.count
    runs = groups.reduce(0) { $0 + $1.count }
    degreesOfFreedom = runs - settings
    deviation = (squares / Double(degreesOfFreedom)).squareRoot()
    reach =
      StudentT.quantile(0.975, degreesOfFreedom: Double(degreesOfFreedom)) * deviation
      * 2.0.squareRoot()
  }
}

extension RunStore {
  /// The noise of a metric's last values among the finished runs around some of the store: those
  /// of the experiments that have them, or, where nothing is repeated there, of the whole store.
  func seedNoise(_ metric: String, around runs: [RunSummary]) throws -> SeedNoise? {
    var seen: Set<String> = []
    var groups: [[Double]] = []
    for experiment in Set(runs.compactMap(\.experiment)).sorted() {
      let fields = RunFields(
        parameters: .only(try differingSettings(experiment: experiment)), metrics: .only([metric]),
        overrides: false)
      let members = try self.runs(experiment: experiment, fields: fields)
        .filter { seen.insert($0.id).inserted }
      groups += RunStore.repeats(members, metric)
    }
    if let noise = SeedNoise(groups) { return noise }
    let fields = RunFields(parameters: .all, metrics: .only([metric]), overrides: false)
    seen = []
    return SeedNoise(
      RunStore.repeats(
        try self.runs(fields: fields).filter { seen.insert($0.id).inserted }, metric))
  }

  /// Last values of runs that differ in their seeds only.
  private static func repeats(_ runs: [RunSummary], _ metric: String) -> [[Double]] {
    let having = runs.filter { $0.state == .finished && $0.metrics[metric] != nil }
    return grouped(having) { $0.parameters.filter { !isSeed($0.key) } }
      .map { group in group.compactMap { $0.metrics[metric]?.last } }
  }

  static func isSeed(_ path: String) -> Bool { path == "seed" || path.hasSuffix(".seed") }
}
