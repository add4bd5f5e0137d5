internal import Diffusion
package import ExperimentFiles
package import Store
import Values

extension Plan {
  /// What the store keeps of the experiment before the first run starts.
  ///
  /// - Throws: never in practice: only if the plan cannot be written as JSON.
  package func registration(of file: ExperimentFile) throws -> ExperimentRegistration {
    let repeats = file.sweep.map { !$0.repeats.isEmpty } ?? false
    var registration = ExperimentRegistration(
      name: experiment, question: file.question ?? "", fileText: file.fullText,
      planJSON: try PlanStatus(self, store: nil).canonicalJSON, cellsJSON: file.cellsJSON,
      objective: file.objective,
      sweep: file.sweep.map {
        SweepRegistration(method: $0.method.rawValue, seed: $0.seed, paths: $0.paths)
      },
      search: search.map { SearchRegistration(key: $0.key, rounds: $0.rounds) },
      runs: runs.map { run in
        var registered = RunRegistration(
          id: run.id, trainKey: run.trainKey, label: run.label, index: run.index,
          overrides: run.overrides, settingsJSON: run.settingsJSON,
          parameters: run.parameters.sorted { $0.key < $1.key }.map { Parameter($0.key, $0.value) },
          seed: Int(clamping: run.settings.training.seed),
          // The number follows from the settings: runs of another plan of the experiment may be beside these.
          repeatGroup: repeats ? Int(run.groupKey.prefix(13), radix: 16) : nil,
          round: search == nil ? nil : run.round + 1)
        registered.inputs = run.inputs.recorded
        return registered
      })
    registration.earlier = earlier
    return registration
  }
}

extension ExperimentFile {
  /// The file, what it extends and the overrides, one after the other, each under its name
  /// (`ExperimentText`).
  package var fullText: String {
    ExperimentText(
      files: sources.map { .init(path: $0.name, text: $0.text) }, overrides: overrides
    ).joined
  }
}
