import Diffusion
package import Store
import Values

/// Whether a run that was done again came out with the same bits.
package struct RunBits: Sendable {
  /// Values of series and of artifacts that were compared.
  package private(set) var points = 0
  package private(set) var artifacts = 0
  /// Where the two first differ: plain text; nil where they do not.
  package private(set) var difference: String?

  /// Compares all points but those of the machine (speeds, times, memory), and the content of what both have left.
  /// - Throws: `StoreError`.
  package init(of run: String, in store: RunStore, against again: RunStore) throws {
    let old = try store.histories(runs: [run])[run] ?? []
    let new = Dictionary(
      (try again.histories(runs: [run])[run] ?? []).map { ($0.name, $0) }
    ) { first, _ in first }
    for series in old where !MetricName.isOfTheMachine(series.name) {
      guard let other = new[series.name] else {
        difference = difference ?? "\(series.name) was not measured"
        continue
      }
      guard series.steps == other.steps else {
        difference = difference ?? "\(series.name) has other steps"
        continue
      }
      points += series.steps.count
      let place = series.values.indices.first { !Self.isSame(series.values[$0], other.values[$0]) }
      if let place, difference == nil {
        difference =
          "\(series.name) at step \(series.steps[place]) is \(other.values[place].canonical), "
          + "and was \(series.values[place].canonical)"
      }
    }
    let files = Dictionary(
      try again.artifacts(run: run).map { ("\($0.name) \($0.step ?? -1)", $0.sha256) }
    ) { first, _ in first }
    for artifact in try store.artifacts(run: run) {
      // What a capsule was written without is no difference.
      guard let hash = files["\(artifact.name) \(artifact.step ?? -1)"] else { continue }
      artifacts += 1
      if hash != artifact.sha256 {
        difference = difference ?? "\(artifact.name) has another content"
      }
    }
  }

  private static func isSame(_ a: Double, _ b: Double) -> Bool { a == b || a.isNaN && b.isNaN }
}
