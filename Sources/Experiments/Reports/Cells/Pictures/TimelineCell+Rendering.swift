import Analysis
import ExperimentFiles
import Images
import Store
import Text
import Values

extension TimelineCell: RenderableCell {
  private static let mostRows = 8

  func render(_ context: CellContext) throws -> RenderedCell {
    try isOverSampling ? overSampling(context) : overTraining(context)
  }

  // MARK: - Over training

  private func overTraining(_ context: CellContext) throws -> RenderedCell {
    let pictures = SamplePictures(context.runs, context.memory)
    // One of each setting: the first seed that has samples.
    var rows: [(label: String, run: RunSummary)] = []
    var isChoice = false
    let drawn = try context.selected.filter { try pictures.steps($0).count > 1 }
    let plot = try PlotRuns(context: context, runs: drawn).limited(to: Self.mostRows, besides: [])
    let names = try plot.column(.sweptSetting)
    for (index, run) in plot.runs.enumerated() {
      let label = PlotColumn.name(names.values[index])
      if rows.contains(where: { $0.label == label }) {
        isChoice = true
      } else {
        rows.append((label, run))
      }
    }
    guard !rows.isEmpty else {
      throw CellError(
        "no run has samples from several steps of its training",
        hint: "sampling: {every: 500} draws them on the way")
    }
    var notes = plot.notes
    let all = try Set(rows.flatMap { try pictures.steps($0.run).map(\.step) }).sorted()
    let steps = SampleGrid.evenly(all, frames)
    var cells: [Image?] = []
    for row in rows {
      for step in steps {
        cells.append(
          try pictures.image(row.run, step: step, index: image, classIndex: classIndex))
      }
    }
    guard cells.contains(where: { $0 != nil }) else {
      throw CellError("the runs' sample sheets do not have that image")
    }
    if isChoice { notes.append(try choice(rows.map(\.run), pictures)) }
    let ofClass =
      try classIndex.map { try ClassNames(of: rows.map(\.run), context.store).phrase($0) } ?? ""
    let paths =
      try context.runs.repeatedPaths + context.runs.tellingPaths() + StartingNoise.settings
    let differing = try paths.filter { path in
      Set(try rows.map { try context.runs.setting(path, of: $0.run) ?? .null }).count > 1
    }
    let along = StartingNoise.isSame(differing: differing) ? "" : " along a row"
    notes.insert("Sample \(image)\(ofClass), from the same noise each time\(along).", at: 0)
    return try strip(
      cells, rows: rows.map { rows.count > 1 ? $0.label : "" }, columns: steps.map { "step \($0)" },
      alternative: "A sample over the course of training", notes: notes, context)
  }

  /// Which runs are shown, by their seeds; by their names where nothing was repeated.
  private func choice(_ runs: [RunSummary], _ pictures: SamplePictures) throws -> String {
    let seeds = pictures.table.repeatedPaths
    var texts: [String] = []
    for run in runs {
      let text = try seeds.isEmpty ? run.title : pictures.text(of: seeds, run)
      if !texts.contains(text) { texts.append(text) }
    }
    return "Of several runs of one setting the first is shown: \(texts.joined(separator: "; "))."
  }

  // MARK: - Over sampling

  private func overSampling(_ context: CellContext) throws -> RenderedCell {
    for run in context.selected {
      guard
        let trajectory = try DenoisingTrajectory(
          store: context.store, run: run.id, image: image, classIndex: classIndex)
      else { continue }
      let places = SampleGrid.evenly(Array(trajectory.frames.indices), frames)
      let shown = places.map { trajectory.frames[$0] }
      let ofClass = try classIndex.map { try ClassNames(of: [run], context.store).phrase($0) } ?? ""
      let notes = [
        "Sample \(image)\(ofClass) of \(run.title): above, what the sampler holds; below, what the "
          + "network takes the image to be. \(trajectory.sampler), \(trajectory.frames.count - 1) steps."
      ]
      return try strip(
        shown.map(\.x) + shown.map(\.x0), rows: ["x_t", "x0"], columns: shown.map(\.label),
        alternative: "A sample over the steps of the sampler", notes: notes, context)
    }
    throw CellError(
      "no run here has a trained network to sample from",
      hint: "a run has one when it has finished, unless its model is exact")
  }

  private func strip(
    _ cells: [Image?], rows: [String], columns: [String], alternative: String, notes: [String],
    _ context: CellContext
  ) throws -> RenderedCell {
    var rendered = RenderedCell()
    let picture = try context.picture(
      SampleGrid.filled(cells), rows: rows, columns: columns, title: alternative, page: page,
      in: &rendered)
    rendered.markdown = picture + "\n\n*\(notes.map(MarkdownText.escaped).joined(separator: " "))*"
    return rendered
  }
}
