import Foundation
import Images
import TestSupport
import Testing

@testable import ExperimentFiles
@testable import Reports
@testable import Store
@testable import Values

/// Grids and timelines of runs whose sample i at a step is one plain grey, so that every cell tells
/// which picture it shows.
@Suite struct PictureCellTests {
  private static let classes = 3
  private static let count = 12

  /// schedule (linear, cosine) × guidance (1, 2) × two seeds; samples at steps 10, 20 and at the end.
  private static func level(_ run: Int, _ step: Int, _ image: Int) -> UInt8 {
    UInt8(run * 24 + step / 10 * 6 + image % 6)
  }

  private func store(
    _ folder: String, cells: String?, noise: (Int) -> Int = { _ in 0 }, without: Set<Int> = []
  ) throws -> RunStore {
    let clock = SteppingClock()
    let store = try RunStore(
      folder: folder, creating: true, options: RunStore.Options(clock: { clock.now() }))
    var runs: [RunRegistration] = []
    for schedule in ["linear", "cosine"] {
      for guidance in [1, 2] {
        for seed in 0..<2 {
          let index = runs.count
          let overrides = [
            Parameter("diffusion.schedule.kind", .string(schedule)),
            Parameter("sampling.guidance", .integer(guidance)),
            Parameter("training.seed", .integer(seed)),
          ]
          runs.append(
            RunRegistration(
              id: String(repeating: "0", count: 63) + "\(index)", trainKey: "t\(index)",
              label: "run \(index)", index: index, overrides: overrides, settingsJSON: "{}",
              parameters: overrides + [
                Parameter("conditioning.kind", .string("class")),
                Parameter("sampling.seed", .integer(noise(index))),
              ], seed: seed, repeatGroup: index / 2))
        }
      }
    }
    try store.register(
      ExperimentRegistration(
        name: "pictures", question: "", fileText: "", planJSON: "{}", cellsJSON: cells,
        objective: nil,
        sweep: SweepRegistration(
          method: "grid", paths: ["diffusion.schedule.kind", "sampling.guidance"]), runs: runs))
    for run in runs {
      try store.beginAttempt(run: run.id, environment: [:])
      try store.appendPoints(
        [SeriesPoints(name: "train/loss", steps: [30], values: [1])], run: run.id)
      if !without.contains(run.index) {
        for (name, step) in [
          ("samples-00000010.png", 10), ("samples-00000020.png", 20), ("samples.png", 30),
        ] {
          let images = (0..<Self.count).map {
            Image(width: 16, height: 16, channels: 1, level: Self.level(run.index, step, $0))
          }
          let sheet = Image.grid(
            images, columns: Self.classes, padding: 2, columnLabels: ["a", "b", "c"])
          try store.saveArtifact(
            run: run.id, name: name, step: step == 30 ? nil : step, mediaType: "image/png",
            bytes: try sheet.png())
        }
        if run.index == 0 {
          let nearest = (0..<Self.count).map {
            Image(width: 16, height: 16, channels: 1, level: UInt8(200 + $0))
          }
          try store.saveArtifact(
            run: run.id, name: "nearest.png", mediaType: "image/png",
            bytes: try Image.grid(
              nearest, columns: Self.classes, padding: 2, columnLabels: ["a", "b", "c"]
            ).png())
        }
      }
      try store.finishAttempt(run: run.id, state: .finished)
    }
    return store
  }

  private func picture(
    _ cell: String, noise: (Int) -> Int = { _ in 0 }, without: Set<Int> = []
  ) throws -> (markdown: String, picture: Image?, error: String?) {
    try withTemporaryFolder { folder in
      let text =
        "name: pictures\ntraining: {steps: 1}\ndata: {source: shapes}\nreport:\n  - \(cell)\n"
      let json = try #require(try ExperimentFile.read(text: text, path: "x.yaml").cellsJSON)
      let store = try store(folder + "/runs", cells: json, noise: noise, without: without)
      let report = try ExperimentReport(store: store, experiment: "pictures", usesCache: false)
      guard case .object(let object) = report.cells[0].json,
        case .string(let markdown)? = object["markdown"]
      else { return ("", nil, nil) }
      let file = report.files.first { $0.mediaType == "image/svg+xml" }
      return (markdown, try file.map { try Image(inDrawing: $0.bytes) }, report.cells[0].error)
    }
  }

  /// The grey in the middle of each 64-pixel square of the sheet's cells, row by row.
  private func levels(_ picture: Image?, rows: Int, columns: Int, perCell: Int = 1) -> [UInt8] {
    guard let picture else { return [] }
    let width = 64 * perCell
    return (0..<rows).flatMap { row in
      (0..<columns).flatMap { column in
        (0..<perCell).map { part in
          let x = column * (width + 4) + part * 64 + 32
          let y = row * 68 + 32
          return picture.pixels[(y * picture.width + x) * picture.channels]
        }
      }
    }
  }

  /// Beside samples 1 and 2 of class 2, numbers 5 and 8 of the sheet, what is nearest to them.
  @Test func nearestTrainingImages() throws {
    let found = try picture("grid: {columns: image, images: [1, 2], class: 2, nearest: true}")
    #expect(
      levels(found.picture, rows: 1, columns: 2, perCell: 2) == [
        Self.level(0, 30, 5), 205, Self.level(0, 30, 8), 208,
      ])
    #expect(found.markdown.contains("the training image nearest to it"))
    let without = try picture(
      "grid: {columns: image, nearest: true}", without: [0])
    #expect(without.markdown.contains("Add `memorisation` to `evaluation.metrics`"))
    #expect(throws: (any Error).self) {
      try picture("grid: {columns: step, nearest: true}")
    }
  }

  @Test func rowsAndColumnsOfSettings() throws {
    let (markdown, picture, _) = try picture("grid: {images: 4}")
    // Columns by the first swept path, rows by the second; of two seeds the first.
    #expect(
      levels(picture, rows: 2, columns: 2)
        == [0, 4, 2, 6].map { Self.level($0, 30, 4) })
    #expect(markdown.contains("Every cell starts from the same noise."))
    #expect(markdown.contains("training.seed=0"))
    #expect(markdown.contains("rows: guidance=1, guidance=2; columns: linear, cosine"))
  }

  @Test func stepsAndSeveralImages() throws {
    let (_, picture, _) = try picture(
      "grid: {columns: step, rows: guidance, images: [1, 5], where: diffusion.schedule.kind == 'cosine'}"
    )
    #expect(
      levels(picture, rows: 2, columns: 3, perCell: 2)
        == [4, 6].flatMap { run in
          [10, 20, 30].flatMap { step in [1, 5].map { Self.level(run, step, $0) } }
        })
  }

  /// Image 2 of class 1 is sample 2 · 3 + 1.
  @Test func classes() throws {
    let (_, picture, _) = try picture(
      "grid: {rows: class, columns: seed, images: 2, steps: 20, where: sampling.guidance == 1 and diffusion.schedule.kind == 'linear'}"
    )
    #expect(
      levels(picture, rows: 3, columns: 2)
        == (0..<3).flatMap { classIndex in (0..<2).map { Self.level($0, 20, 6 + classIndex) } })
    let (_, some, _) = try self.picture(
      "grid: {columns: class, rows: seed, class: [2, 0], where: sampling.guidance == 2 and diffusion.schedule.kind == 'linear'}"
    )
    #expect(
      levels(some, rows: 2, columns: 2)
        == (2..<4).flatMap { run in [2, 0].map { Self.level(run, 30, $0) } })
  }

  /// Each image of each class is a sample, and each sample has noise of its own.
  @Test(arguments: [
    ("{rows: guidance, columns: step}", "Every cell"),
    ("{rows: label, columns: step}", "Every cell"),
    ("{rows: class, columns: seed, where: sampling.guidance == 1}", "Along a row every cell"),
    ("{columns: class, rows: guidance, class: [2, 0]}", "Along a column every cell"),
    ("{columns: image, rows: step}", "Along a column every cell"),
    ("{rows: class, columns: image}", ""), ("{columns: class, rows: step, steps: 20}", ""),
  ])
  func whereTheNoiseIsTheSame(keys: String, expected: String) throws {
    let (markdown, sheet, _) = try picture("grid: \(keys)")
    #expect(sheet != nil)
    if expected.isEmpty {
      #expect(!markdown.contains("noise"))
    } else {
      #expect(markdown.contains("*\(expected) starts from the same noise."))
    }
  }

  /// Only where a cell has several, and only by what they differ in.
  @Test(arguments: [
    ("{rows: label, columns: step}", ""),
    ("{rows: seed, columns: guidance, where: diffusion.schedule.kind == 'cosine'}", ""),
    ("{rows: seed, columns: guidance}", "diffusion.schedule.kind=linear"),
    ("{rows: class, columns: guidance}", "diffusion.schedule.kind=linear, training.seed=0"),
    ("{images: 0}", "training.seed=0"),
  ])
  func whichRunIsShown(keys: String, expected: String) throws {
    let (markdown, _, _) = try picture("grid: \(keys)")
    if expected.isEmpty {
      #expect(!markdown.contains("share a cell"))
    } else {
      #expect(
        markdown.contains("Where runs share a cell the first is shown, from \(expected) on."))
    }
  }

  @Test func whatIsMissingIsSaid() throws {
    // The first seed of a cell has no samples: then the second's are shown.
    let (_, second, _) = try picture("grid: {images: 0}", without: [0])
    #expect(levels(second, rows: 2, columns: 2)[0] == Self.level(1, 30, 0))
    let (markdown, none, _) = try picture("grid: {images: 0}", without: [0, 1])
    #expect(levels(none, rows: 2, columns: 2)[0] == 238)
    #expect(markdown.contains("1 cell is empty: no such sample."))
    let (noise, _, _) = try picture("grid: {images: 0}", noise: { $0 })
    #expect(noise.contains("The runs do not sample from the same noise."))
    let (beyond, nothing, _) = try picture("grid: {images: 99}")
    #expect(nothing == nil && beyond.contains("Nothing to show"))
    let all = Set(0..<8)
    #expect(
      try picture("grid: {images: 0}", without: all).markdown.contains("no run has samples yet"))
    #expect(
      try picture("timeline: {over: training}", without: all).error?.contains(
        "sampling: {every: 500}") == true)
  }

  @Test func overTraining() throws {
    let (markdown, picture, _) = try picture("timeline: {image: 1, class: 2}")
    // A row a setting, its first seed.
    #expect(
      levels(picture, rows: 4, columns: 3)
        == [0, 2, 4, 6].flatMap { run in [10, 20, 30].map { Self.level(run, $0, 5) } })
    #expect(markdown.contains("Sample 1 of class 2, from the same noise each time."))
    #expect(
      markdown.contains("Of several runs of one setting the first is shown: training.seed=0."))
    let (only, two, _) = try self.picture("timeline: {frames: 2, where: seed == 1}")
    #expect(
      levels(two, rows: 4, columns: 2)
        == [1, 3, 5, 7].flatMap { run in [10, 30].map { Self.level(run, $0, 0) } })
    #expect(!only.contains("several runs"))
    // The first setting's first run has no samples.
    let (mixed, _, _) = try self.picture("timeline: {image: 0}", without: [0])
    #expect(mixed.contains("the first is shown: training.seed=1; training.seed=0."))
  }

  @Test func noNetworkToSampleFrom() throws {
    let (markdown, _, error) = try picture("timeline: {over: sampling}")
    #expect(error?.contains("no run here has a trained network") == true)
    #expect(markdown.contains("cannot be shown"))
  }

  @Test(arguments: [
    ("grid: {rows: seed, columns: seed}", "rows and columns are the same"),
    ("grid: {columns: shedule}", "'grid.columns': there is no setting or attribute 'shedule'"),
    ("grid: {steps: [1, 2], columns: seed}", "several steps need an axis"),
    ("grid: {images: -1}", "'grid.images' expects a whole number or a list of them, 0 to 9999"),
    ("timeline: {over: time}", "'timeline.over' is training or sampling, not 'time'"),
    ("timeline: {frames: 1}", "'timeline.frames' expects a whole number, 2 to 20"),
  ])
  func errors(cell: String, message: String) {
    let text = "training: {steps: 1}\ndata: {source: shapes}\nreport:\n  - \(cell)\n"
    #expect {
      _ = try ExperimentFile.read(text: text, path: "x.yaml")
    } throws: { "\($0)".contains(message) && "\($0)".contains("x.yaml:4:") }
  }
}
