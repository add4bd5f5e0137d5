import Files
import Store
import Values

/// `export --format csv`: a folder with `runs.csv`, one row per run, and `history.csv`, the points.
package struct CSVExport: Sendable {
  /// How `history.csv` lays out the points.
  package enum Layout: String, Sendable, CaseIterable {
    /// One row per point: run, metric, step, value.
    case long
    /// One row per step of a run, one column per metric.
    case wide
  }

  private let selection: ExportSelection
  private let layout: Layout

  package init(_ selection: ExportSelection, layout: Layout = .long) {
    self.selection = selection
    self.layout = layout
  }

  /// - Throws: `StoreError`: `cannotCreate`, `inputOutput`; then nothing is left behind.
  package func write(to path: String) throws {
    try NewFolder.make(at: path) { folder in
      try folder.write(try runs(), to: "runs.csv")
      let history = try folder.file("history.csv")
      switch layout {
      case .long: try writeLong(history)
      case .wide: try writeWide(history)
      }
      try history.end(durably: false)
    }
  }

  /// Columns of their own first, then `tags` and `notes`, then a setting each (`param:` and its
  /// path) and a metric's last, least and greatest value each (`last:`, `min:`, `max:`): a path and
  /// a metric may be spelt alike.
  private func runs() throws -> String {
    let (paths, metrics) = (selection.paths, selection.metrics)
    let own = [
      "id", "experiment", "label", "state", "created", "ended", "seconds", "seed", "step", "error",
      "tags", "notes",
    ]
    let header =
      own + paths.map { "param:\($0)" }
      + metrics.flatMap { ["last:\($0)", "min:\($0)", "max:\($0)"] }
    let settings = paths.map { path in selection.runs.map { $0.parameters[path] } }
      .map(TableCell.column)
    let rows = try selection.runs.enumerated().map { index, run in
      let tags = try selection.store.tags(run: run.id).joined(separator: "\n")
      let notes = try selection.store.notes(run: run.id).map(\.text).joined(separator: "\n\n")
      func list(_ value: String) -> TableCell { value.isEmpty ? .none : .text(value) }
      let own: [TableCell] = [
        .text(run.id), .init(run.experiment), .init(run.label), .text(run.state.rawValue),
        .text(run.created), .init(run.ended), .init(run.seconds), .integer(run.seed),
        .integer(run.step), .init(run.error), list(tags), list(notes),
      ]
      return own + settings.map { $0[index] }
        + metrics.map { run.metrics[$0] }.flatMap { [$0?.last, $0?.min, $0?.max] }
        .map { TableCell($0) }
    }
    return CSVText.table(header: header, rows: rows)
  }

  private func writeLong(_ file: FileWriter) throws {
    try file.write(CSVText.header(["runId", "experiment", "label", "metric", "step", "value"]))
    try selection.forEachHistory { run, history in
      for series in history {
        let begin = CSVText.line(own(run) + [.text(series.name)], end: ",")
        for (step, value) in zip(series.steps, series.values) {
          try file.write(begin + CSVText.line([.integer(step), .number(value)]))
        }
      }
    }
  }

  private func writeWide(_ file: FileWriter) throws {
    let metrics = selection.metrics
    let places = Dictionary(uniqueKeysWithValues: zip(metrics, metrics.indices))
    try file.write(CSVText.header(["runId", "experiment", "label", "step"] + metrics))
    try selection.forEachHistory { run, history in
      var rows: [Int: [TableCell]] = [:]
      for series in history {
        guard let place = places[series.name] else { continue }
        for (step, value) in zip(series.steps, series.values) {
          rows[step, default: Array(repeating: .none, count: metrics.count)][place] =
            .number(value)
        }
      }
      let own = own(run)
      for (step, cells) in rows.sorted(by: { $0.key < $1.key }) {
        try file.write(CSVText.line(own + [.integer(step)] + cells))
      }
    }
  }

  /// What tells a run's points from others'.
  private func own(_ run: RunSummary) -> [TableCell] {
    [run.id, run.experiment, run.label].map { TableCell($0) }
  }
}
