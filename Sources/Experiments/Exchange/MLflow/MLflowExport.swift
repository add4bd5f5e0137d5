import Diffusion
import Foundation
import Statistics
import Store
import Text
package import Values

/// `export --format mlflow`: a folder as MLflow's file store lays it out, which `mlflow
/// migrate-filestore` takes into a database and MLflow's client reads:
///
///     EXPERIMENT/meta.yaml, tags/
///     EXPERIMENT/RUN/meta.yaml, params/, metrics/, tags/, artifacts/
///
/// The numbers of experiments and the ids of runs follow from ours, so that an export made again has
/// the same. Tags `workbench.run` and `workbench.state` say what MLflow has no place for.
package struct MLflowExport: Sendable {
  private let selection: ExportSelection
  private let takesNetworks: Bool

  package init(_ selection: ExportSelection, networks: Bool = false) {
    self.selection = selection
    takesNetworks = networks
  }

  /// - Returns: names that MLflow does not take: what they became, and what they were.
  /// - Throws: `StoreError`: `cannotCreate`, `inputOutput`; then nothing is left behind.
  @discardableResult
  package func write(to path: String) throws -> [String: String] {
    let target = URL(fileURLWithPath: NewFolder.trimmed(path)).standardizedFileURL
    let metrics = MLflowNames(selection.metrics)
    let parameters = MLflowNames(selection.paths)
    var changed = metrics.changed.merging(parameters.changed) { $1 }
    try NewFolder.make(at: path) { folder in
      try folder.folder(".trash")
      for name in Set(selection.runs.map { $0.experiment ?? "" }).sorted() {
        let id = Self.experimentID(name)
        let place = target.appendingPathComponent(id).absoluteString
        let inside = try folder.folder(id)
        try write(experiment: name, id: id, place: place, to: inside)
        for run in selection.runs where (run.experiment ?? "") == name {
          let writer = MLflowRun(
            run: run, store: selection.store, experiment: id, place: place, metrics: metrics,
            parameters: parameters, takesNetworks: takesNetworks,
            tags: try MLflowRun.tags(run, selection.store))
          try writer.write(to: try inside.folder(writer.id))
          changed.merge(writer.changedTags) { $1 }
        }
      }
    }
    return changed
  }

  private func write(
    experiment name: String, id: String, place: String, to folder: NewFolder
  ) throws {
    let experiment = selection.experiments.first { $0.name == name }
    func time(_ timestamp: String?) -> JSONValue {
      .integer(RunClock.milliseconds(timestamp.flatMap(RunClock.seconds) ?? 0))
    }
    let shown = MLflowLimits.cut(
      SafeText.singleLine(name.isEmpty ? "runs without an experiment" : name),
      to: MLflowLimits.name)
    try folder.write(
      Self.yaml([
        "artifact_location": .string(place), "creation_time": time(experiment?.created),
        "experiment_id": .string(id), "last_update_time": time(experiment?.updated),
        "lifecycle_stage": .string("active"), "name": .string(shown),
      ]), to: "meta.yaml")
    let tags = try folder.folder("tags")
    if let question = experiment?.question, !question.isEmpty {
      try tags.write(MarkdownText.verbatimQuotation(question), to: "mlflow.note.content")
    }
    if let objective = experiment?.objective {
      try tags.write(
        "\(objective.goal.rawValue) \(objective.metric)", to: "workbench.objective")
    }
  }

  /// Eighteen digits, as MLflow's own.
  package static func experimentID(_ name: String) -> String {
    let hash =
      UInt64(SHA256.hexadecimal(of: "mlflow experiment \(name)").prefix(16), radix: 16) ?? 0
    return String(100_000_000_000_000_000 + hash % 900_000_000_000_000_000)
  }

  /// A mapping of scalars, one key per line: keys sorted, texts in YAML's double quotes.
  package static func yaml(_ values: [String: JSONValue]) -> String {
    values.sorted { $0.key < $1.key }
      .map { "\($0.key): \(JSONText.printable($0.value.canonical))\n" }.joined()
  }
}
