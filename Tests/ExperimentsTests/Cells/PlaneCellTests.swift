import Diffusion
import Kernels
import TestSupport
import Testing

@testable import ExperimentFiles
@testable import Reports
@testable import Store
@testable import Values

/// `scatter` and `field` over runs of points: two settings, samples at steps 10 and 20 and at the end.
@Suite struct PlaneCellTests {
  private static let count = 40

  private static func settings(_ width: Int, _ classes: Bool) -> RunSettings {
    RunSettings(
      data: DataSettings(source: .points(shape: .moons)),
      model: ModelSettings(
        architecture: .mlp, timeEmbedding: .sinusoidal, timeEmbeddingDim: 8,
        mlp: MLPSettings(width: width, layers: 1)),
      conditioning: classes ? ConditioningSettings(kind: .class, inject: .time) : .init(),
      diffusion: DiffusionSettings(steps: 50),
      training: TrainingSettings(steps: 30),
      sampling: SamplingSettings(sampler: .ddim, steps: 5, count: count))
  }

  /// Sample i of a step is (step/100, i/100).
  private static func samples(_ step: Int) -> PointTable {
    PointTable(
      (0..<count).flatMap { [Float(step) / 100, Float($0) / 100] }, dimensions: 2)
  }

  private func store(_ folder: String, _ cells: String, classes: Bool, without: Set<Int>) throws
    -> RunStore
  {
    let clock = SteppingClock()
    let store = try RunStore(
      folder: folder, creating: true, options: RunStore.Options(clock: { clock.now() }))
    let runs = [8, 16].enumerated().map { index, width in
      let overrides = [Parameter("model.width", .integer(width))]
      return RunRegistration(
        id: String(repeating: "0", count: 63) + "\(index)", trainKey: "t\(index)",
        label: "width=\(width)", index: index, overrides: overrides,
        settingsJSON: FrozenSettings.encode(Self.settings(width, classes)),
        parameters: overrides, seed: 0, repeatGroup: index)
    }
    try store.register(
      ExperimentRegistration(
        name: "planes", question: "", fileText: "", planJSON: "{}", cellsJSON: cells,
        objective: nil, sweep: SweepRegistration(method: "grid", paths: ["model.width"]),
        runs: runs))
    for (run, width) in zip(runs, [8, 16]) where !without.contains(width) {
      try store.beginAttempt(run: run.id, environment: [:])
      try store.appendPoints(
        [SeriesPoints(name: "train/loss", steps: [30], values: [1])], run: run.id)
      for (name, step) in [
        ("samples-00000010.npy", 10), ("samples-00000020.npy", 20), ("samples.npy", 30),
      ] {
        try store.saveArtifact(
          run: run.id, name: name, step: step == 30 ? nil : step, mediaType: Artifact.arrayType,
          bytes: Self.samples(step).npy)
      }
      let settings = Self.settings(width, classes)
      let description = NetworkDescription(settings, data: try DataSet.load(settings.data))
      let network = try description.makeNetwork()
      let file = NetworkFile(
        description: description, network: network,
        values: AlignedBuffer(network.layout.initialValues(seed: 3)))
      try store.saveArtifact(
        run: run.id, name: "network.safetensors", mediaType: "application/x-safetensors",
        bytes: file.bytes())
      try store.finishAttempt(run: run.id, state: .finished)
    }
    return store
  }

  private func render(
    _ cell: String, classes: Bool = false, without: Set<Int> = []
  ) throws -> (markdown: String, svg: String, data: [[String: JSONValue]], error: String?) {
    try withTemporaryFolder { folder in
      let text =
        "name: planes\ntraining: {steps: 1}\ndata: {source: shapes}\nreport:\n  - \(cell)\n"
      let json = try #require(try ExperimentFile.read(text: text, path: "x.yaml").cellsJSON)
      let store = try store(folder + "/runs", json, classes: classes, without: without)
      let report = try ExperimentReport(
        store: store, experiment: "planes", usesCache: false, keepsNumbers: true)
      guard case .object(let object) = report.cells[0].json,
        case .string(let markdown)? = object["markdown"]
      else { return ("", "", [], report.cells[0].error) }
      let file = report.files.first { $0.mediaType == "image/svg+xml" }
      var data: [[String: JSONValue]] = []
      if case .array(let items)? = object["data"] {
        data = items.compactMap { if case .object(let members) = $0 { members } else { nil } }
      }
      return (
        markdown, String(decoding: file?.bytes ?? [], as: UTF8.self), data, report.cells[0].error
      )
    }
  }

  /// Points of the clouds of a class, which are drawn as `h0`.
  private func dots(_ svg: String, _ name: String) -> Int {
    svg.split(separator: "\n").filter { $0.contains("class=\"\(name) speck\"") }
      .reduce(0) { $0 + $1.split(separator: "M").filter { $0.contains("h0") }.count }
  }

  @Test func aPanelPerSetting() throws {
    let (_, svg, data, error) = try render("scatter: {}")
    #expect(error == nil)
    #expect(data.map { $0["setting"] } == [.string("width=8"), .string("width=16")])
    #expect(data.allSatisfy { $0["points"] == .integer(Self.count) })
    // (0.3, i/100) all lie within the moons' window.
    #expect(dots(svg, "s1") == 2 * Self.count)
    #expect(dots(svg, "r-none") > 1500)
    #expect(svg.contains(">data<") && svg.contains(">samples<"))
    let few = try render("scatter: {points: 10, data: none}")
    #expect(dots(few.svg, "s1") == 20 && dots(few.svg, "r-none") == 0)
  }

  @Test func aRowOverTraining() throws {
    let (_, svg, data, error) = try render("scatter: {over: training, data: beside}")
    #expect(error == nil)
    #expect(
      data.map { $0["panel"] }
        == (0..<2).flatMap { _ in ["step 10", "step 20", "step 30"].map { .string($0) } })
    #expect(dots(svg, "s1") == 6 * Self.count)
    // The first pixels of the three steps' columns differ: each shows its own samples.
    let starts = svg.split(separator: "\n").filter { $0.contains("class=\"s1 speck\"") }
      .compactMap { $0.split(separator: "M").dropFirst().first?.split(separator: " ").first }
    #expect(Set(starts).count == 3)
  }

  @Test func theSamplersWay() throws {
    let (_, svg, data, error) = try render(
      "scatter: {over: sampling, frames: 3, paths: 7, points: 20, where: model.width == 8}")
    #expect(error == nil)
    #expect(data.first?["panel"] == .string("noise"))
    #expect(data.dropLast().last?["panel"] == .string("end"))
    #expect(data.last?["panel"] == .string("7 ways"))
    #expect(data.dropLast().allSatisfy { $0["points"] == .integer(20) })
    #expect(svg.contains("thin soft"))
  }

  @Test func classesHaveColours() throws {
    let (_, svg, _, error) = try render("scatter: {where: model.width == 8}", classes: true)
    #expect(error == nil)
    #expect(dots(svg, "s0") == Self.count / 2 && dots(svg, "s1") == Self.count / 2)
    #expect(svg.contains(">upper<") && svg.contains(">lower<"))
  }

  @Test func aFieldAtEachLevel() throws {
    let (markdown, svg, data, error) = try render("field: {levels: [1, 0], arrows: 7}")
    #expect(error == nil)
    #expect(data.count == 4)
    let schedule = try NoiseSchedule(DiffusionSettings(steps: 50))
    for (row, timestep) in zip(data, [49, 0, 49, 0]) {
      #expect(row["sigma"] == .number(schedule.sqrtOneMinusAlphasCumprod[timestep]))
    }
    #expect(svg.contains(">t=49, σ="))
    // 49 arrows a panel, two pieces each.
    let arrows = svg.split(separator: "\n").filter {
      $0.contains("class=\"whisker thin\"") && $0.utf8.count > 400
    }
    #expect(arrows.count == 4)
    #expect(markdown.contains("longest tenth"))
    #expect(svg.contains("mist"))
    let bare = try render("field: {of: velocity, density: false, levels: 0.5}")
    #expect(bare.error == nil && !bare.svg.contains("class=\"s0 mist\""))
  }

  @Test(arguments: [
    ("scatter: {over: sampling, where: model.width == 8}", true), ("field: {class: 1}", false),
  ])
  func theUnconditionalHaveNoClasses(cell: String, isSound: Bool) throws {
    let error = try render(cell).error
    #expect((error == nil) == isSound)
    if !isSound { #expect(error?.contains("knows no classes") == true) }
  }

  @Test func withoutSamplesItSaysWhatMakesThem() throws {
    for cell in ["scatter: {}", "field: {}"] {
      let error = try render(cell, without: [8, 16]).error
      #expect(error?.contains("no run has samples that are points") == true)
    }
  }

  @Test(arguments: [
    ("scatter: {paths: 5}", "'paths' are those of the sampler, but the cell is over end"),
    ("field: {levels: [0.1, 2]}", "'field.levels' must be at least 0 and at most 1, not 2"),
    ("field: {levels: []}", "'field.levels' is empty"),
    ("field: {levels: [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]}", "at most 6 levels"),
    ("scatter: {over: time}", "'scatter.over' is end, training or sampling, not 'time'"),
  ])
  func whatIsWrongIsSaid(cell: String, message: String) throws {
    let text = "name: planes\ntraining: {steps: 1}\ndata: {source: shapes}\nreport:\n  - \(cell)\n"
    #expect(try errors(of: text).map(\.message).contains { $0.hasPrefix(message) })
  }
}
