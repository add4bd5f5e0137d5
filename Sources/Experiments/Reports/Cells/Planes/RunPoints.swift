import Analysis
import Diffusion
import ExperimentFiles
import Plots
import Store
import Values

/// A run whose samples are points: where they and the data lie.
struct RunPoints {
  let run: RunSummary
  let settings: RunSettings
  /// Samples drawn over training, and at the end.
  let samples: [(step: Int, artifact: Artifact)]

  private let context: CellContext

  var store: RunStore { context.store }

  /// nil where the run has left no samples that are vectors.
  /// - Throws: `StoreError`, `ExperimentFileError`.
  init?(_ run: RunSummary, _ context: CellContext) throws {
    let samples = try context.runs.samples(of: run, mediaType: Artifact.arrayType)
    guard !samples.isEmpty else { return nil }
    self.run = run
    self.samples = samples
    self.context = context
    settings = try FrozenSettings.decode(try context.store.settingsJSON(run: run.id))
  }

  /// The first of each setting among the selected runs; what diverged has none.
  /// - Returns: with the setting's name, empty where there is one setting; and notes.
  static func ofSettings(
    _ context: CellContext, most: Int
  ) throws -> (rows: [(name: String, points: RunPoints)], notes: [String]) {
    let drawn = try context.selected.filter {
      try !$0.hasDiverged && !context.runs.samples(of: $0, mediaType: Artifact.arrayType).isEmpty
    }
    let plot = try PlotRuns(context: context, runs: drawn).limited(to: most, besides: [])
    let names = try plot.column(.sweptSetting)
    var rows: [(name: String, points: RunPoints)] = []
    var isChoice = false
    for (index, run) in plot.runs.enumerated() {
      let name = PlotColumn.name(names.values[index])
      if rows.contains(where: { $0.name == name }) {
        isChoice = true
      } else if let points = try RunPoints(run, context) {
        rows.append((name, points))
      }
    }
    guard !rows.isEmpty else {
      throw CellError(
        "no run has samples that are points",
        hint:
          "data: {source: points, shape: moons} makes them, model: {architecture: mlp} learns them")
    }
    var notes = plot.notes
    if isChoice { notes.append("Of several runs of one setting the first is shown.") }
    if rows.count == 1 { rows[0].name = "" }
    return (rows, notes)
  }

  /// The first `count` samples of an artifact.
  /// - Throws: `StoreError`, `DiffusionError`.
  func table(_ artifact: Artifact, _ count: Int) throws -> PointTable {
    let table = try PointTable(
      npy: try context.store.content(sha256: artifact.sha256), name: artifact.name)
    return table.prefix(count)
  }

  /// What the samples were drawn by; nil where the run has no network yet, and its model is not exact.
  /// - Throws: `StoreError`, `DiffusionError`.
  func denoiser() throws -> RunDenoiser? {
    switch settings.model.architecture {
    case .exact, .exactGaussian: return try RunDenoiser(exactlyFor: settings)
    default: break
    }
    guard let network = try store.network(of: run.id) else { return nil }
    return try RunDenoiser(
      network, settings, guide: try store.network(of: run.id, RunStore.NetworkName.guide))
  }

  /// As many points of the data, spread over all of them.
  /// - Throws: `DiffusionError` where the data are not there.
  func data(_ count: Int) throws -> (table: PointTable, data: DataSet) {
    let data = try DataSet.load(settings.data)
    return (PointTable(data.spread(count), dimensions: data.valuesPerImage), data)
  }
}

extension PointTable {
  /// The first `count` points.
  func prefix(_ count: Int) -> PointTable {
    count >= self.count
      ? self : PointTable(Array(values[..<(count * dimensions)]), dimensions: dimensions)
  }

  /// The first two coordinates.
  var points: [Plots.Point] {
    (0..<count).map { row in
      Plots.Point(
        Double(values[row * dimensions]), Double(values[row * dimensions + 1]))
    }
  }

  /// - Throws: `CellError` where there are no two coordinates to draw by.
  func requirePlane() throws {
    guard dimensions >= 2 else {
      throw CellError(
        "the samples have one dimension, which is no plane to draw them in",
        hint: "a plot cell shows their measures")
    }
  }
}
