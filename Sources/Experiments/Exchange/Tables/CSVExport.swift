/// `export --format csv`: a folder with `runs.csv`, a row a run, and `history.csv`, the points.
public struct CSVExport: Sendable {
  /// How `history.csv` lays out the points.
  public enum Layout: String, Sendable, CaseIterable {
    /// A row a point: run, metric, step, value.
    case long
    /// A row a step of a run, a column a metric.
    case wide
  }

  private let selection: ExportSelection
  private let layout: Layout

  public init(_ selection: ExportSelection, layout: Layout = .long) {
    self.selection = selection
    self.layout = layout
  }

  /// - Throws: `StoreError`: `cannotCreate`, `inputOutput`; then nothing is left behind.
  public func write(to path: String) throws {
    try NewFolder.make(at: path) { folder in
      try writeRuns(try BufferedFile(folder.path + "/runs.csv"))
      let history = try BufferedFile(folder.path + "/history.csv")
      switch layout {
      case .long: try writeLong(history)
      case .wide: try writeWide(history)
      }
    }
  }

  /// Columns of their own first, then `tags` and `notes`, then a setting each (`param:` and its
  /// path) and a metric's last, least and greatest value each (`last:`, `min:`, `max:`): a path and
  /// a metric may be spelt alike.
  private func writeRuns(_ file: BufferedFile) throws {
    let (paths, metrics) = (selection.paths, selection.metrics)
    let own = [
      "id", "experiment", "label", "state", "created", "ended", "seconds", "seed", "step", "error",
      "tags", "notes",
    ]
    try file.write(
      CSVText.row(
        (own + paths.map { "param:\($0)" }
          + metrics.flatMap { ["last:\($0)", "min:\($0)", "max:\($0)"] })
          .map(CSVText.cell)))
    for run in selection.runs {
      let tags = try selection.store.tags(run: run.id).joined(separator: "\n")
      let notes = try selection.store.notes(run: run.id).map(\.text).joined(separator: "\n\n")
      var cells: [String] = [
        run.id, CSVText.cell(run.experiment ?? ""), CSVText.cell(run.label ?? ""),
        run.state.rawValue, run.created, run.ended ?? "",
      ]
      cells += [
        run.seconds.map { CSVText.cell($0) } ?? "", String(run.seed), String(run.step),
        CSVText.cell(run.error ?? ""), CSVText.cell(tags), CSVText.cell(notes),
      ]
      cells += paths.map { path in
        guard let value = run.parameters[path] else { return "" }
        return value.number.map { CSVText.cell($0) } ?? CSVText.cell(value.text)
      }
      for metric in metrics {
        let summary = run.metrics[metric]
        cells += [summary?.last, summary?.min, summary?.max].map { value in
          value.map { CSVText.cell($0) } ?? ""
        }
      }
      try file.write(CSVText.row(cells))
    }
    try file.close()
  }

  private func writeLong(_ file: BufferedFile) throws {
    try file.write(CSVText.row(["runId", "experiment", "label", "metric", "step", "value"]))
    try selection.forEachHistory { run, history in
      let begin = CSVText.row(
        [run.id] + [run.experiment, run.label].map { CSVText.cell($0 ?? "") })
      for series in history {
        let begin = begin.dropLast() + "," + CSVText.cell(series.name) + ","
        for (step, value) in zip(series.steps, series.values) {
          try file.write("\(begin)\(step),\(CSVText.cell(value))\r\n")
        }
      }
    }
    try file.close()
  }

  private func writeWide(_ file: BufferedFile) throws {
    let metrics = selection.metrics
    let places = Dictionary(uniqueKeysWithValues: zip(metrics, metrics.indices))
    try file.write(
      CSVText.row(["runId", "experiment", "label", "step"] + metrics.map(CSVText.cell)))
    try selection.forEachHistory { run, history in
      var rows: [Int: [String]] = [:]
      for series in history {
        guard let place = places[series.name] else { continue }
        for (step, value) in zip(series.steps, series.values) {
          rows[step, default: Array(repeating: "", count: metrics.count)][place] =
            CSVText.cell(value)
        }
      }
      let begin = [run.id] + [run.experiment, run.label].map { CSVText.cell($0 ?? "") }
      for (step, cells) in rows.sorted(by: { $0.key < $1.key }) {
        try file.write(CSVText.row(begin + [String(step)] + cells))
      }
    }
    try file.close()
  }
}
