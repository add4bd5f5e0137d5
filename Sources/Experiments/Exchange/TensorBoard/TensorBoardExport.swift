import Store
import Text
import Values

/// `export --format tensorboard`: a folder for `tensorboard --logdir`. Each run is a folder
/// `EXPERIMENT/LABEL` with one event file: scalars, sample grids, texts and its hyperparameters;
/// what all the experiments vary is in one file beside them, since the HPARAMS tab takes the first
/// that it finds.
///
/// TensorBoard's scalars are 32-bit floats. `time/unix`, which those cannot hold, is the time of
/// every event and no scalar.
package struct TensorBoardExport: Sendable {
  private let selection: ExportSelection

  package init(_ selection: ExportSelection) {
    self.selection = selection
  }

  /// - Throws: `StoreError`: `cannotCreate`, `inputOutput`; then nothing is left behind.
  package func write(to path: String) throws {
    let columns = HyperparameterColumns(paths: varied, runs: selection.runs)
    try NewFolder.make(at: path) { folder in
      try writeSweeps(columns, to: folder)
      var names = FileNames()
      let folders = Set(selection.runs.map { $0.experiment ?? "" }).sorted()
        .map { ($0, names.name(for: $0.isEmpty ? "runs" : $0)) }
      for (experiment, name) in folders {
        try write(experiment, columns, to: try folder.folder(name))
      }
    }
  }

  private func write(
    _ name: String, _ columns: HyperparameterColumns, to folder: NewFolder
  ) throws {
    var names = FileNames()
    for run in selection.runs where (run.experiment ?? "") == name {
      let label = names.name(for: run.label ?? String(run.id.prefix(12)))
      try write(
        run, try selection.store.history(of: run), columns, to: try folder.folder(label))
    }
  }

  /// What the sweeps set, seeds included; of runs that no sweep made, what differs, or everything.
  private var varied: [String] {
    let names = Set(selection.runs.map { $0.experiment ?? "" }).sorted()
    let paths = names.flatMap { name in
      let runs = selection.runs.filter { ($0.experiment ?? "") == name }
      let swept = sweptPaths(of: runs)
      if !swept.isEmpty { return swept }
      let paths = Set(runs.flatMap(\.parameters.keys)).sorted()
      let differing = paths.filter { path in Set(runs.map { $0.parameters[path] }).count > 1 }
      return differing.isEmpty ? paths : differing
    }
    return distinct(paths)
  }

  /// Objectives first, then the other measures and the training loss.
  private var metrics: [String] {
    let known = Set(selection.runs.flatMap(\.metrics.keys))
    let objectives = selection.experiments.compactMap(\.objective?.metric).filter(known.contains)
    let measures = known.filter { $0.hasPrefix("eval/") || $0 == "train/loss" }.sorted()
    return distinct(objectives + measures)
  }

  private func writeSweeps(_ columns: HyperparameterColumns, to folder: NewFolder) throws {
    let experiments = selection.experiments
    guard !selection.runs.isEmpty else { return }
    let time =
      experiments.compactMap { RunClock.seconds($0.created) }.min()
      ?? selection.runs.compactMap { RunClock.seconds($0.created) }.min() ?? 0
    let file = try EventFile(Self.fileName(time), in: folder)
    try file.write(EventMessages.version(wallTime: time))
    let questions = experiments.map { experiment in
      let name = experiments.count > 1 ? "\(experiment.name): " : ""
      return MarkdownText.verbatimQuotation(name + experiment.question)
    }
    let message = HyperparameterMessages.experiment(
      name: experiments.map(\.name).joined(separator: ", "),
      description: questions.joined(separator: "\n\n"), created: time, columns: columns,
      metrics: metrics)
    try file.write(
      EventMessages.event(
        wallTime: time, step: 0,
        values: [EventMessages.hyperparameters(HyperparameterMessages.experimentTag, message)]))
    try file.close()
  }

  private func write(
    _ run: RunSummary, _ history: [SeriesPoints], _ columns: HyperparameterColumns,
    to folder: NewFolder
  ) throws {
    let clock = RunClock(run, history)
    let file = try EventFile(Self.fileName(clock.began), in: folder)
    try file.write(EventMessages.version(wallTime: clock.began))
    func write(_ values: [ProtobufMessage], step: Int, time: Double) throws {
      try file.write(EventMessages.event(wallTime: time, step: step, values: values))
    }
    let begin = HyperparameterMessages.begin(run, columns, started: clock.began)
    try write(
      [EventMessages.hyperparameters(HyperparameterMessages.beginTag, begin)], step: 0,
      time: clock.began)
    var tags = EventTags(metrics: history.map(\.name))
    try write(try texts(run, &tags), step: 0, time: clock.began)

    // By step, as training would have written it: one event per step.
    var values: [Int: [ProtobufMessage]] = [:]
    for series in history where series.name != RunClock.metric {
      for (step, value) in zip(series.steps, series.values) {
        values[step, default: []].append(EventMessages.scalar(series.name, value))
      }
    }
    for picture in try pictures(run, tags) {
      values[picture.step, default: []].append(picture.message)
    }
    for (step, messages) in values.sorted(by: { $0.key < $1.key }) {
      try write(messages, step: step, time: clock.time(step))
    }
    let end = HyperparameterMessages.end(run, ended: clock.ended)
    try write(
      [EventMessages.hyperparameters(HyperparameterMessages.endTag, end)], step: run.step,
      time: clock.ended)
    try file.close()
  }

  /// Settings, where it came from, what people and the run itself said about it.
  private func texts(_ run: RunSummary, _ tags: inout EventTags) throws -> [ProtobufMessage] {
    let store = selection.store
    var about = [
      "run \(MarkdownText.code(run.id)), \(run.state.rawValue) at step \(run.step)"
    ]
    if let error = run.error { about.append("error: \(MarkdownText.verbatim(error))") }
    let words = try store.tags(run: run.id)
    if !words.isEmpty {
      about.append("tags: " + words.map { MarkdownText.verbatim($0) }.joined(separator: ", "))
    }
    var texts = [
      EventMessages.text(tags.text("about"), about.joined(separator: "\n\n")),
      EventMessages.text(
        tags.text("settings"), MarkdownText.block(YAMLText.nested(run.parameters), language: "yaml")
      ),
    ]
    let notes = try store.notes(run: run.id)
    if !notes.isEmpty {
      texts.append(
        EventMessages.text(
          tags.text("notes"),
          notes.map { MarkdownText.verbatimQuotation($0.text) }.joined(separator: "\n\n")))
    }
    if let environment = try store.attempts(run: run.id).last?.environment, !environment.isEmpty {
      let rows = environment.filter { $0.key != "git.diff" }.sorted { $0.key < $1.key }
        .map { [MarkdownText.verbatim($0.key), MarkdownText.verbatim($0.value)] }
      texts.append(
        EventMessages.text(
          tags.text("environment"),
          MarkdownText.table(header: ["key", "value"], alignments: [":--", ":--"], rows: rows)))
    }
    return texts
  }

  /// PNGs; those of one kind, `samples-00000500.png` and `samples.png`, share a tag.
  private func pictures(
    _ run: RunSummary, _ tags: EventTags
  ) throws -> [(step: Int, message: ProtobufMessage)] {
    try selection.store.artifacts(run: run.id).compactMap { artifact in
      guard artifact.mediaType == "image/png" else { return nil }
      let png = try selection.store.content(sha256: artifact.sha256)
      guard let size = pngSize(png), png.count > 25 else { return nil }
      // The header's colour type: grey, RGB, palette, grey and alpha, RGBA.
      let colors = [0: 1, 2: 3, 3: 3, 4: 2, 6: 4][png[25]] ?? 3
      var tag = artifact.name
      if tag.hasSuffix(".png") { tag.removeLast(4) }
      if let step = artifact.step, let dash = tag.lastIndex(of: "-"),
        Int(tag[tag.index(after: dash)...]) == step
      {
        tag = String(tag[..<dash])
      }
      return (
        artifact.step ?? run.step,
        EventMessages.image(
          tags.picture(tag), png: png, width: size.width, height: size.height, colors: colors)
      )
    }
  }

  /// TensorBoard looks for `tfevents` in the name, and reads files of a folder in their order.
  private static func fileName(_ time: Double) -> String {
    let digits = String(RunClock.milliseconds(time) / 1000)
    return
      "events.out.tfevents.\(String(repeating: "0", count: max(0, 10 - digits.count)))\(digits).workbench"
  }
}
