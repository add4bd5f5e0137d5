import Plots
import Statistics
import Store
import Values

extension ReportInput {
  /// Reads the experiment.
  /// - Throws: `StoreError`: `notFound` if the store does not have it.
  init(store: RunStore, experiment name: String) throws {
    let experiment = try store.experiment(name)
    let members = try store.runs(experiment: name)
    let runs = try members.filter { !$0.isOrphan }.map { try ReportRun(store: store, run: $0) }
    self.init(
      name: experiment.name, question: experiment.question,
      objective: experiment.objective
        ?? Objective(metric: MetricName.frechet, goal: .minimize),
      fileText: experiment.fileText,
      sweptPaths: experiment.sweep?.paths ?? [],
      runs: runs,
      orphans: members.count { $0.isOrphan && $0.state == .finished },
      pending: experiment.pending, deleted: try store.deletedCount(experiment: name),
      content: { try store.content(sha256: $0) })
  }
}

extension ReportRun {
  fileprivate init(store: RunStore, run: RunSummary) throws {
    self.init(
      id: run.id, label: run.label ?? String(run.id.prefix(8)), state: run.state,
      error: run.error, seed: run.seed, overrides: run.overrides, settings: run.parameters,
      last: run.metrics.mapValues(\.last))
    let drawn = run.metrics.filter { $0.value.count > 1 && MetricName.isDrawn($0.key) }
    let histories = try store.histories(runs: [run.id], metrics: Set(drawn.keys))
    for points in histories[run.id] ?? [] {
      curves[points.name] = Curve(
        zip(points.steps, points.values).map { Point(Double($0), $1) })
    }
    artifacts = try store.artifacts(run: run.id)
    environment = try store.attempts(run: run.id).last?.environment ?? [:]
    inputs = try store.inputs(run: run.id)
    created = run.created
    ended = run.ended
    seconds = run.seconds
    step = run.step
  }
}
