import Statistics
package import Text

/// Why the values of a metric are not to be held against each other: what was measured is another
/// thing in each.
package struct Incomparability: Sendable, Hashable, Encodable {
  package var metric: String
  /// The settings that make the difference.
  package var settings: [String]
  /// Like "schedules set tasks of different difficulty".
  package var why: String

  /// "eval/loss is not comparable across diffusion.schedule.kind: how hard noise is to predict …"
  package var sentence: String {
    prose.plain
  }

  /// The same in pieces.
  package var prose: Prose {
    Prose.code(metric) + " is not comparable across " + Prose.list(settings.map { Prose.code($0) })
      + ": \(why)"
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(sentence)
  }

  /// - Parameter paths: settings that are not the same in what is to be compared.
  /// - Returns: nil where the metric means the same whatever these settings are.
  package init?(_ metric: String, across paths: some Sequence<String>) {
    let paths = paths.sorted()
    for obstacle in Self.obstacles(metric) {
      let found = paths.filter(obstacle.stands)
      guard !found.isEmpty else { continue }
      (self.metric, settings, why) = (metric, found, obstacle.why)
      return
    }
    return nil
  }

  /// Settings across which a metric is another one, and why.
  private struct Obstacle {
    var why: String
    /// Whether a setting is one of them.
    var stands: (String) -> Bool
  }

  /// Whether a setting says on how many images a metric is measured.
  private static func isCount(_ path: String, of metric: String) -> Bool {
    let isLikelihood = [MetricName.bitsPerDim, MetricName.logLikelihood, "eval/noise_error"]
      .contains { metric.hasPrefix($0) }
    return path == (isLikelihood ? "evaluation.likelihood.images" : "evaluation.images")
  }

  private static func obstacles(_ metric: String) -> [Obstacle] {
    let isOfTraining = metric == MetricName.trainLoss
    guard isOfTraining || metric.hasPrefix("eval/") else { return [] }
    var obstacles: [Obstacle] = []
    if isOfTraining || metric == MetricName.evalLoss {
      obstacles.append(
        Obstacle(why: "how hard the noise is to predict depends on the noise process") {
          // The variance of a sampler's step is no part of what is trained.
          $0.hasPrefix("diffusion.") && $0 != "diffusion.variance"
        })
      obstacles.append(
        Obstacle(why: "a distilled network learns its teacher's steps, at the levels of its own") {
          $0.hasPrefix("training.distill.")
        })
    }
    obstacles.append(
      Obstacle(
        why: isOfTraining
          ? "it averages over other images" : "each is measured against images of its own"
      ) {
        // Images are changed to be trained on, and nothing is measured against those.
        $0.hasPrefix("data.")
          && (isOfTraining || !["data.flip", "data.shift", "data.brightness"].contains($0))
      })
    if metric.hasPrefix(MetricName.fid) {
      obstacles.append(
        Obstacle(why: "each is by another network, or pictures come to its size in another way") {
          $0.hasPrefix("evaluation.inception")
        })
    }
    if !isOfTraining {
      obstacles.append(
        Obstacle(
          why: [MetricName.frechet, MetricName.classifierFrechet, MetricName.fid].contains(metric)
            ? "the fewer images are measured, the larger it is"
            : "each is measured on another number of images"
        ) { isCount($0, of: metric) })
    }
    return obstacles
  }
}

extension Incomparability {
  /// Settings whose values differ between some of the groups of runs as wholes: what every group has the
  /// same values of is averaged over alike.
  ///
  /// - Parameters:
  ///   - matched: values that all groups have are matched one by one (`PairedSeeds`), and what else one
  ///     has is left out.
  ///   - value: of a setting in a run; null is as good as none.
  package static func paths<Run>(
    apart groups: [[Run]], among paths: some Sequence<String>, matched: Bool = false,
    value: (String, Run) throws -> ParameterValue?
  ) rethrows -> [String] {
    let groups = groups.filter { !$0.isEmpty }
    let differing = try paths.filter { path in
      func values(_ group: [Run]) throws -> Set<ParameterValue> {
        Set(try group.map { try value(path, $0) ?? .null })
      }
      guard let first = try groups.first.map(values) else { return false }
      if matched {
        return try groups.reduce(first) { try $0.intersection(values($1)) }.isEmpty
      }
      return try groups.contains { try values($0) != first }
    }
    // Settings that only one kind of schedule or source has go with its kind.
    let all = Set(differing)
    return differing.filter { path in
      let section = path.split(separator: ".").dropLast().joined(separator: ".")
      return path.hasSuffix(".kind") || path == "data.source"
        || !all.contains("\(section).kind") && !(section == "data" && all.contains("data.source"))
    }
  }
}
