import Diffusion
import GRDB
import Store
import Values

/// Where two runs part.
package struct RunDifference: Sendable, Hashable, Encodable {
  package struct Change: Sendable, Hashable, Encodable {
    package var key: String
    /// nil where that run does not have it.
    package var a: String?
    package var b: String?
  }

  package struct Metric: Sendable, Hashable, Encodable {
    package var name: String
    /// The first step that both logged at which their values are not the same bits; nil where
    /// there is none.
    package var partsAt: Int?
    /// The first step that both logged at which their values are more than 1 % of the larger
    /// apart, or one of them is no number.
    package var partsVisiblyAt: Int?
    /// How many steps both logged.
    package var commonSteps: Int
    /// The last values.
    package var a: Double
    package var b: Double
  }

  package var a: String
  package var b: String
  /// By dotted path.
  package var settings: [Change]
  /// Content of what the settings name, by `RunInput.name`; of what is known of both.
  package var inputs: [Change]
  /// What the latest attempts said of their data.
  package var data: [Change]
  /// Code, machine and versions of the latest attempts, less the command, which no two runs share.
  package var environment: [Change]
  /// Those that both have.
  package var metrics: [Metric]
  package var metricsOnlyInA: [String]
  package var metricsOnlyInB: [String]
}

extension RunStore {
  /// - Throws: `StoreError.Kind.notFound`.
  package func difference(_ a: String, _ b: String) throws -> RunDifference {
    let runs = try [a, b].map { try memberships(run: $0)[0] }
    let environments = try [a, b].map {
      (try attempts(run: $0).last?.environment ?? [:]).filter { $0.key != Provenance.command }
    }
    let facts = RunDifference.changes(environments[0], environments[1])
    // What is set to nothing, and what is not there at all, is the same to whoever reads of it.
    let settings = runs.map { run in
      run.parameters.filter { $0.value != .null }.mapValues(\.text)
    }
    let names = runs.map { Set($0.metrics.keys) }
    return RunDifference(
      a: a, b: b,
      settings: RunDifference.changes(settings[0], settings[1]),
      inputs: try inputChanges(a, b),
      data: facts.filter { DataSummary.isFact($0.key) },
      environment: facts.filter { !DataSummary.isFact($0.key) },
      metrics: try names[0].intersection(names[1]).sorted().map { name in
        let (step, visible, common) = try parting(a, b, metric: name)
        return RunDifference.Metric(
          name: name, partsAt: step, partsVisiblyAt: visible, commonSteps: common,
          a: runs[0].metrics[name]?.last ?? .nan, b: runs[1].metrics[name]?.last ?? .nan)
      },
      metricsOnlyInA: names[0].subtracting(names[1]).sorted(),
      metricsOnlyInB: names[1].subtracting(names[0]).sorted())
  }

  private func inputChanges(_ a: String, _ b: String) throws -> [RunDifference.Change] {
    let (first, second) = (try inputs(run: a), try inputs(run: b))
    return first.compactMap { input in
      guard let other = second.first(where: { $0.name == input.name }),
        other.sha256 != input.sha256
      else { return nil }
      return RunDifference.Change(
        key: input.name, a: "\(input.text), content \(input.shortHash)",
        b: "\(other.text), content \(other.shortHash)")
    }
  }

  private func parting(
    _ a: String, _ b: String, metric: String
  ) throws -> (step: Int?, visible: Int?, common: Int) {
    let row = try read {
      try Row.fetchOne(
        $0,
        sql: """
          SELECT min(iif(x.value IS NOT y.value, x.step, NULL)),
            min(iif(
              x.value IS NOT y.value
                AND ifnull(abs(x.value - y.value) > 0.01 * max(abs(x.value), abs(y.value)), 1),
              x.step, NULL)),
            count(*)
          FROM point AS x JOIN point AS y ON y.step = x.step
          WHERE x.seriesId = (SELECT id FROM series WHERE runId = ?1 AND name = ?3)
            AND y.seriesId = (SELECT id FROM series WHERE runId = ?2 AND name = ?3)
          """, arguments: [a, b, metric])
    }
    return (row?[0], row?[1], row?[2] ?? 0)
  }
}

extension RunDifference {
  package static func changes(_ a: [String: String], _ b: [String: String]) -> [Change] {
    Set(a.keys).union(b.keys).sorted().compactMap { key in
      a[key] == b[key] ? nil : Change(key: key, a: a[key], b: b[key])
    }
  }
}
