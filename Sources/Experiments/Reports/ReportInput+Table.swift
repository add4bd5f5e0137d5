import Analysis
import Store
import Values

extension ReportInput {
  /// What a report of cells says besides its cells: no curves, no pictures, only the metrics that
  /// decide, so that a thousand runs cost a few queries.
  init(_ table: RunTable) throws {
    let experiment = table.experiment
    let common = try table.commonSettings()
    let metrics = [table.objective.metric, MetricName.sampleVariance]
    let inputs = try table.store.inputs(runs: table.runs.map(\.id))
    let runs = try table.runs.map { run in
      var last: [String: Double] = [:]
      for metric in metrics { last[metric] = try table.last(metric, of: run) }
      var result = ReportRun(
        id: run.id, label: run.label.isEmpty ? String(run.id.prefix(8)) : run.label,
        state: run.state, error: run.error, seed: run.seed, overrides: run.overrides,
        settings: common, last: last)
      result.environment = try table.environment(of: run)
      result.inputs = inputs[run.id] ?? []
      result.created = run.created
      result.ended = run.ended
      result.seconds = run.seconds
      result.step = run.step
      return result
    }
    self.init(
      name: experiment.name, question: experiment.question, objective: table.objective,
      fileText: experiment.fileText, sweptPaths: experiment.sweep?.paths ?? [], runs: runs,
      orphans: table.orphans.count { $0.state == .finished }, pending: experiment.pending,
      deleted: table.deleted,
      content: { [store = table.store] in try store.content(sha256: $0) })
  }
}
