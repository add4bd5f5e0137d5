import Analysis
import ExperimentFiles
import Images
import Store
import Text
import Values

/// A grid of samples in the making.
struct SampleGrid {
  /// A value of an axis: a label, and which runs, step, class or image it means.
  private struct Place {
    var label: String
    var runs: Set<Int>?
    var step: Int?
    var classIndex: Int?
    var image: Int?
  }

  private let cell: GridCell
  private let context: CellContext
  private let runs: [RunSummary]
  private let pictures: SamplePictures
  private var notes: [String] = []
  /// Places of the runs whose samples are shown.
  private var used: Set<Int> = []

  init(_ cell: GridCell, _ context: CellContext) {
    self.cell = cell
    self.context = context
    pictures = SamplePictures(context.runs, context.memory)
    runs = context.selected
  }

  mutating func render() throws -> RenderedCell {
    guard try runs.contains(where: { try !pictures.steps($0).isEmpty }) else {
      return RenderedCell("*Nothing to show: no run has samples yet.*")
    }
    let axes = self.axes
    let columns = try places(axes.columns)
    let rows = try places(axes.rows)
    var images: [Image?] = []
    for row in rows {
      for column in columns { images.append(try image(row, column)) }
    }
    if cell.showsNearest,
      try !runs.contains(where: { try pictures.beside($0, Artifact.nearestName) != nil })
    {
      return RenderedCell(
        "*Nothing to show: no run has looked for the training images nearest to its samples. Add `memorisation` to "
          + "`evaluation.metrics`.*")
    }
    if cell.showsCondition,
      try !runs.contains(where: { try pictures.beside($0, Artifact.conditionName) != nil })
    {
      return RenderedCell(
        "*Nothing to show: no run has restored images. Set `conditioning: {kind: image}`.*")
    }
    guard images.contains(where: { $0 != nil }) else {
      return RenderedCell(
        "*Nothing to show: the runs' sample sheets do not have these images.*")
    }
    try note(rows, columns)
    let isOpen = used.contains { runs[$0].state != .finished }
    if isOpen, axes.rows != .step, axes.columns != .step, cell.steps.isEmpty {
      notes.append("Of runs that have not finished the latest samples are shown.")
    }
    let missing = images.count { $0 == nil }
    if missing > 0 {
      notes.append("\(missing) \(missing == 1 ? "cell is" : "cells are") empty: no such sample.")
    }
    var rendered = RenderedCell()
    rendered.markdown = try context.picture(
      Self.filled(images), rows: rows.map(\.label), columns: columns.map(\.label), title: "Samples",
      page: cell.page, in: &rendered)
    if !notes.isEmpty {
      rendered.markdown += "\n\n*\(notes.map(MarkdownText.escaped).joined(separator: " "))*"
    }
    return rendered
  }

  // MARK: - Axes

  /// As the cell says; what it leaves open follows from what was swept.
  private var axes: (rows: GridCell.Axis?, columns: GridCell.Axis?) {
    var swept = context.runs.sweptPaths.map { GridCell.Axis.setting($0) }
    swept.removeAll { $0 == cell.rows || $0 == cell.columns }
    let hasSteps = cell.steps.count > 1
    let columns =
      cell.columns
      ?? (hasSteps && cell.rows != .step ? .step : swept.isEmpty ? nil : swept.removeFirst())
    let rows =
      cell.rows ?? (cell.classes.count > 1 && columns != .class ? .class : swept.first)
    return (rows, columns)
  }

  private mutating func places(_ axis: GridCell.Axis?) throws -> [Place] {
    var places: [Place]
    switch axis {
    case nil: places = [Place(label: "")]
    case .setting(let path):
      let name = SettingNames.short([path])[path] ?? path
      places = try group { run in
        let value = try context.runs.setting(path, of: run)
        return value.map { SettingNames.part(name: name, $0) } ?? "no \(name)"
      }
    case .attribute(let attribute): places = try self.places(of: .attribute(attribute))
    case .sweptSetting: places = try self.places(of: .sweptSetting)
    case .step:
      let steps =
        try cell.steps.isEmpty
        ? Set(runs.flatMap { try pictures.steps($0).map(\.step) }).sorted() : cell.steps
      places = Self.evenly(steps, 10).map { Place(label: "step \($0)", step: $0) }
    case .class:
      let classes = try cell.classes.isEmpty ? Array(0..<classCount()) : cell.classes
      let names = try ClassNames(of: runs, context.store)
      places = classes.map { Place(label: names.label($0), classIndex: $0) }
    case .image:
      let images = cell.images.isEmpty ? Array(0..<8) : cell.images
      places = images.map { Place(label: "image \($0)", image: $0) }
    }
    if places.count > GridCell.most {
      notes.append("The first \(GridCell.most) of \(places.count).")
      places = Array(places.prefix(GridCell.most))
    }
    return places
  }

  /// A place for each value that the runs have.
  private mutating func places(of quantity: PlotQuantity) throws -> [Place] {
    let plot = PlotRuns(context: context, runs: runs)
    let names = try plot.column(quantity)
    var places = names.distinct.map { value in
      Place(
        label: PlotColumn.name(value),
        runs: Set(runs.indices.filter { names.values[$0] == value }))
    }
    guard quantity == .sweptSetting else { return places }
    let drawn = Set(try runs.indices.filter { try hasSamples(runs[$0]) })
    let count = places.count
    places.removeAll { ($0.runs ?? []).isDisjoint(with: drawn) }
    if places.count < count {
      let without = count - places.count
      notes.append(
        without == 1
          ? "1 setting has no samples of its end."
          : "\(without) settings have no samples of their end.")
    }
    if places.count > GridCell.most {
      let limited = try plot.limited(to: GridCell.most, besides: [])
      let kept = Set(limited.runs.map(\.id))
      places.removeAll { place in !(place.runs ?? []).contains { kept.contains(runs[$0].id) } }
      notes += limited.notes
    }
    return places
  }

  /// What diverged has no samples of its end, and those of before are no result.
  private func hasSamples(_ run: RunSummary) throws -> Bool {
    let asksForSteps = cell.rows == .step || cell.columns == .step || !cell.steps.isEmpty
    return try (asksForSteps || !run.hasDiverged) && !pictures.steps(run).isEmpty
  }

  private func group(_ label: (RunSummary) throws -> String) rethrows -> [Place] {
    let names = try runs.map(label)
    return grouped(runs.indices) { names[$0] }.map { Place(label: names[$0[0]], runs: Set($0)) }
  }

  private mutating func classCount() throws -> Int {
    for run in runs {
      if let artifact = try pictures.artifact(run, step: nil),
        let sheet = try pictures.sheet(artifact)
      {
        let classes = try pictures.classes(run, sheet)
        if classes > 1 { return classes }
      }
    }
    throw CellError(
      "the runs are not conditioned on a class", hint: "conditioning: {kind: class} makes them")
  }

  /// First, last and what is evenly between.
  static func evenly(_ values: [Int], _ most: Int) -> [Int] {
    guard values.count > most else { return values }
    let last = Double(values.count - 1)
    return (0..<most).map { values[Int((Double($0) * last / Double(most - 1)).rounded())] }
  }

  // MARK: - Cells

  /// The runs of a cell.
  private func members(_ row: Place, _ column: Place) -> [Int] {
    runs.indices.filter {
      row.runs?.contains($0) ?? true && column.runs?.contains($0) ?? true
    }
  }

  /// What is side by side of each sample: nil is the sample itself.
  private var shown: [String?] {
    (cell.showsCondition ? [Artifact.conditionName] : []) + [nil]
      + (cell.showsCondition ? [Artifact.truthName] : [])
      + (cell.showsNearest ? [Artifact.nearestName] : [])
  }

  private mutating func image(_ row: Place, _ column: Place) throws -> Image? {
    let chosen = members(row, column)
    let step = row.step ?? column.step ?? cell.steps.first
    let numbers =
      (row.image ?? column.image).map { [$0] } ?? (cell.images.isEmpty ? [0] : cell.images)
    let ofClass =
      (row.classIndex ?? column.classIndex).map { [Int?.some($0)] }
      ?? (cell.classes.isEmpty ? [nil] : cell.classes.map { .some($0) })
    // Of several seeds the first that has it.
    for index in try chosen.filter({ try hasSamples(runs[$0]) }) {
      var found: [Image] = []
      for classIndex in ofClass {
        for number in numbers {
          for name in shown {
            if let image = try pictures.image(
              runs[index], step: step, index: number, classIndex: classIndex, beside: name)
            {
              found.append(image)
            }
          }
        }
      }
      if found.count == ofClass.count * numbers.count * shown.count {
        used.insert(index)
        return found.joined()
      }
    }
    return nil
  }

  /// Cells without a picture as a light square.
  static func filled(_ images: [Image?]) -> [Image] {
    let width = images.reduce(1) { max($0, $1?.width ?? 0) }
    let height = images.reduce(1) { max($0, $1?.height ?? 0) }
    return images.map { $0 ?? Image(width: width, height: height, channels: 1, level: 238) }
  }

  // MARK: - What to say

  private mutating func note(_ rows: [Place], _ columns: [Place]) throws {
    if cell.showsCondition {
      notes.append(
        "From left to right of each sample: what it was restored from, the sample, the image itself."
      )
    }
    if cell.showsNearest {
      notes.append(
        "Right of each sample: the training image nearest to it, by the Euclidean distance of pixels."
      )
    }
    let table = context.runs
    let candidates = try table.tellingPaths() + table.repeatedPaths + StartingNoise.settings
    let paths = try candidates.filter { path in
      Set(try used.map { try table.setting(path, of: runs[$0]) ?? .null }).count > 1
    }
    if !StartingNoise.isSame(differing: paths) {
      notes.append("The runs do not sample from the same noise.")
    } else if let sentence = Self.sameNoise(rows, columns) {
      notes.append(sentence)
    }
    if let sentence = try choice(rows, columns) { notes.append(sentence) }
  }

  /// Between which cells the noise is the same: it goes by the sample's number, and each image of
  /// each class is a sample of its own.
  private static func sameNoise(_ rows: [Place], _ columns: [Place]) -> String? {
    func areSamples(_ places: [Place]) -> Bool {
      places.count > 1 && places.contains { $0.classIndex != nil || $0.image != nil }
    }
    switch (areSamples(rows), areSamples(columns)) {
    case (false, false):
      return rows.count * columns.count > 1 ? "Every cell starts from the same noise." : nil
    case (false, true):
      return rows.count > 1 ? "Along a column every cell starts from the same noise." : nil
    case (true, false):
      return columns.count > 1 ? "Along a row every cell starts from the same noise." : nil
    case (true, true): return nil
    }
  }

  /// Which run is shown where several with samples share a cell; nil where none do.
  private func choice(_ rows: [Place], _ columns: [Place]) throws -> String? {
    let drawn = Set(try runs.indices.filter { try !pictures.steps(runs[$0]).isEmpty })
    let shared = rows.flatMap { row in
      columns.map { column in members(row, column).filter { drawn.contains($0) } }
    }.filter { $0.count > 1 }
    guard let first = shared.first?.first else { return nil }
    let paths = try (context.runs.sweptPaths + context.runs.repeatedPaths).filter { path in
      try shared.contains { cell in
        let values = try cell.map { try context.runs.setting(path, of: runs[$0]) ?? .null }
        return Set(values).count > 1
      }
    }
    let sentence = "Where runs share a cell the first is shown"
    if paths.isEmpty { return sentence + "." }
    return "\(sentence), from \(try pictures.text(of: paths, runs[first])) on."
  }
}
