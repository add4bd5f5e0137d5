package import Statistics
import Store
package import Values

/// Why two runs came out as they did: what came out, whether a seed alone does as much, what they
/// differ in, and from which step on it shows.
package struct RunExplanation: Sendable, Hashable, Encodable {
  /// One of the two.
  package struct Subject: Sendable, Hashable, Encodable {
    package var id: String
    /// `experiment/label`, or the beginning of its id.
    package var name: String
    package var state: RunState
  }

  /// How far apart they are in one metric.
  package struct Outcome: Sendable, Hashable, Encodable {
    package enum Verdict: String, Sendable, Hashable, Encodable {
      /// Further apart than two runs of one setting are in 95 % of cases.
      case beyondSeeds
      case withinSeeds
      /// Nothing was repeated.
      case unknown
    }

    package var metric: String
    /// nil where it is not known which way is better.
    package var goal: Objective.Goal?
    /// The last values.
    package var a: Double
    package var b: Double
    /// b − a.
    package var difference: Double
    /// What it truly is, where that is known: the nearer, the better.
    package var truth: Double?
    package var noise: SeedNoise?
    package var verdict: Verdict
    /// b's setting less a's over the seeds of both, where both were repeated.
    package var settings: SettingsDifference?
    /// Why neither did better, where the metric is another thing in each.
    package var notComparable: Incomparability?
  }

  package struct SettingsDifference: Sendable, Hashable, Encodable {
    package var mean: Double
    package var halfWidth: Double?
    package var seeds: Int
    package var verdict: PairedComparison.Verdict
    package var moreSeeds: Int?
    /// "; about 12 more seeds would decide".
    package var advice: String

    private enum CodingKeys: CodingKey { case mean, halfWidth, seeds, verdict, moreSeeds }
  }

  /// Where curves part.
  package struct Parting: Sendable, Hashable, Encodable {
    package var metric: String
    package var step: Int
  }

  /// Pictures that both have, under one name and of one step.
  package struct Pictures: Sendable, Hashable, Encodable {
    package var name: String
    package var step: Int?
    /// SHA-256.
    package var a: String
    package var b: String
  }

  package var a: Subject
  package var b: Subject
  /// A paragraph.
  package internal(set) var answer = ""
  package var outcome: Outcome?
  /// The first step at which a curve of training or a measure is not the same in both.
  package var parting: Parting?
  /// The first step at which one differs by more than 1 %.
  package var visibleParting: Parting?
  package var pictures: Pictures?
  package var difference: RunDifference
}

extension RunStore {
  /// - Parameter metric: which metric to look at; nil: the objective of the experiment that has
  ///   both, or of either.
  /// - Throws: `StoreError`: `notFound`; `badInput` where a named metric is not in both runs.
  package func explanation(
    _ first: String, _ second: String, metric: String? = nil
  ) throws -> RunExplanation {
    let memberships = try [first, second].map { try self.memberships(run: $0) }
    let experiments = memberships.map { Set($0.compactMap(\.experiment)) }
    let common = experiments[0].intersection(experiments[1]).min()
    let runs = memberships.map { members in
      members.first { $0.experiment == common } ?? members[0]
    }
    let (a, b) = (runs[0], runs[1])
    let difference = try self.difference(a.id, b.id)
    func subject(_ run: RunSummary) -> RunExplanation.Subject {
      let name = run.experiment.map { "\($0)/\(run.label ?? "")" }
      return .init(id: run.id, name: name ?? String(run.id.prefix(8)), state: run.state)
    }
    let curves = difference.metrics.filter { RunExplanation.tellsOfTraining($0.name) }
    var explanation = RunExplanation(
      a: subject(a), b: subject(b),
      outcome: try outcome(a, b, metric: metric),
      parting: RunExplanation.earliest(curves, \.partsAt),
      visibleParting: RunExplanation.earliest(curves, \.partsVisiblyAt),
      pictures: try pictures(a, b), difference: difference)
    explanation.answer = explanation.paragraph()
    return explanation
  }

  private func outcome(
    _ a: RunSummary, _ b: RunSummary, metric named: String?
  ) throws -> RunExplanation.Outcome? {
    let all = try objectives()
    let objectives = [a, b].compactMap(\.experiment).compactMap { all[$0] ?? nil }
    let candidates = named.map { [$0] } ?? objectives.map(\.metric) + [MetricName.trainLoss]
    guard
      let metric = candidates.first(where: { a.metrics[$0] != nil && b.metrics[$0] != nil }),
      let x = a.metrics[metric]?.last, let y = b.metrics[metric]?.last
    else {
      guard let named else { return nil }
      throw StoreError(
        .badInput,
        "not both runs have the metric '\(named)'; both have "
          + a.metrics.keys.filter { b.metrics[$0] != nil }.sorted().prefix(20)
          .joined(separator: ", "))
    }
    let goal = MetricName.goal(
      metric, objective: objectives.first { $0.metric == metric } ?? objectives.first)
    let paths = Set(a.parameters.keys).union(b.parameters.keys)
    let notComparable = Incomparability(
      metric,
      across: Incomparability.paths(apart: [[a], [b]], among: paths) { $1.parameters[$0] })
    if let notComparable {
      return RunExplanation.Outcome(
        metric: metric, goal: goal, a: x, b: y, difference: y - x, verdict: .unknown,
        notComparable: notComparable)
    }
    let noise = try seedNoise(metric, around: [a, b])
    let deciding = Comparison.deciding(Objective(metric: metric, goal: .minimize), [a, b])
    let truths = [a, b].map { Comparison.truth(metric, of: $0) }
    let truth = deciding.countsDistance && truths[0] == truths[1]
    var outcome = RunExplanation.Outcome(
      metric: metric, goal: goal, a: x, b: y, difference: y - x,
      truth: truth ? truths[0] : nil, noise: noise, verdict: .unknown)
    if let noise, outcome.difference.isFinite {
      outcome.verdict = abs(outcome.difference) > noise.reach ? .beyondSeeds : .withinSeeds
    }
    outcome.settings = try settingsDifference(a, b, metric: metric, goal: goal ?? .minimize)
    return outcome
  }

  /// The settings of two runs of one experiment, over the seeds that both have.
  private func settingsDifference(
    _ a: RunSummary, _ b: RunSummary, metric: String, goal: Objective.Goal
  ) throws -> RunExplanation.SettingsDifference? {
    guard let experiment = a.experiment, experiment == b.experiment else { return nil }
    let comparison = try Comparison(
      of: try runs(experiment: experiment), objective: Objective(metric: metric, goal: goal))
    func row(_ run: RunSummary) -> Int? {
      comparison.rows.firstIndex { $0.runs.contains(run.id) }
    }
    guard let first = row(a), let second = row(b), first != second else { return nil }
    let paired = comparison.compared(second, with: first, metric: metric, goal: goal)
    guard paired.difference.count > 1 else { return nil }
    return .init(
      mean: paired.difference.mean, halfWidth: paired.difference.halfWidth,
      seeds: paired.difference.count, verdict: paired.verdict, moreSeeds: paired.moreSeeds.number,
      advice: paired.moreSeeds.clause)
  }

  /// The latest pictures of one name and step that both have; those of the finished runs first.
  private func pictures(_ a: RunSummary, _ b: RunSummary) throws -> RunExplanation.Pictures? {
    let sheets = try [a, b].map { run in
      try artifacts(run: run.id).filter { $0.mediaType == "image/png" }
    }
    let pairs = sheets[0].compactMap { picture in
      sheets[1].first { $0.name == picture.name && $0.step == picture.step }.map { (picture, $0) }
    }
    let latest = pairs.max { x, y in (x.0.step ?? .max) < (y.0.step ?? .max) }
    return latest.map {
      .init(name: $0.0.name, step: $0.0.step, a: $0.0.sha256, b: $0.1.sha256)
    }
  }
}

extension RunExplanation {
  /// Time, speed and memory differ between any two runs.
  fileprivate static func tellsOfTraining(_ metric: String) -> Bool {
    !["time/", "speed/", "memory/"].contains { metric.hasPrefix($0) }
  }

  fileprivate static func earliest(
    _ metrics: [RunDifference.Metric], _ step: (RunDifference.Metric) -> Int?
  ) -> Parting? {
    var found: Parting?
    // Of several at one step, the training loss tells most.
    for metric in metrics.sorted(by: { $0.name == MetricName.trainLoss && $1.name != $0.name }) {
      guard let step = step(metric), step < found?.step ?? .max else { continue }
      found = Parting(metric: metric.name, step: step)
    }
    return found
  }
}
