import Statistics
import StoreTestSupport
import TestSupport
import Testing

@testable import ExperimentFiles
@testable import Plots
@testable import Reports
@testable import Store
@testable import Values

/// Curves over the share of a run, and runs' ways through the plane of two metrics, of runs whose every number is written
/// down here.
@Suite struct ProgressPlotTests: DrawnPlot {
  private struct Run {
    /// nil: without that setting.
    var planned: Int?
    var precision = "fp32"
    var series: [(name: String, steps: [Int], values: [Double])]
    var state = RunState.finished
  }

  private func render(
    _ keys: String, _ runs: [Run]
  ) throws -> (markdown: String, svg: String, lines: [[String: JSONValue]]) {
    try withTemporaryFolder { folder in
      let text =
        "name: ways\ntraining: {steps: 1}\ndata: {source: shapes}\nreport:\n  - plot: \(keys)\n"
      let json = try #require(try ExperimentFile.read(text: text, path: "x.yaml").cellsJSON)
      let store = try self.store(folder + "/runs", cells: json, runs)
      let report = try ExperimentReport(
        store: store, experiment: "ways", usesCache: false, keepsNumbers: true)
      #expect(report.cells.map(\.error) == [nil])
      guard case .object(let cell) = report.cells[0].json,
        case .string(let markdown)? = cell["markdown"]
      else { return ("", "", []) }
      let svg = report.files.first { $0.mediaType == "image/svg+xml" }
      return (
        markdown, String(decoding: svg?.bytes ?? [], as: UTF8.self), objects(cell["data"] ?? .null)
      )
    }
  }

  private func store(_ folder: String, cells: String, _ runs: [Run]) throws -> RunStore {
    let clock = SteppingClock()
    let store = try RunStore(
      folder: folder, creating: true, options: RunStore.Options(clock: { clock.now() }))
    let registrations = runs.enumerated().map { index, run in
      let overrides =
        [
          Parameter("training.precision", .string(run.precision)),
          Parameter("training.seed", .integer(index)),
        ] + (run.planned.map { [Parameter("training.steps", .integer($0))] } ?? [])
      let digits = String(index, radix: 16)
      return RunRegistration(
        id: String(repeating: "0", count: 64 - digits.count) + digits, trainKey: "t\(index)",
        label: "run \(index)", index: index, overrides: overrides, settingsJSON: "{}",
        parameters: overrides, seed: index, repeatGroup: nil)
    }
    try store.register(
      ExperimentRegistration(
        name: "ways", fileText: "", planJSON: "{}", cellsJSON: cells,
        objective: Objective(metric: "eval/loss", goal: .minimize),
        sweep: SweepRegistration(
          method: "grid", paths: ["training.precision", "training.steps"]),
        runs: registrations))
    for (run, registration) in zip(runs, registrations) {
      try store.beginAttempt(run: registration.id, environment: [:])
      try store.appendPoints(
        run.series.map { SeriesPoints(name: $0.name, steps: $0.steps, values: $0.values) },
        run: registration.id)
      try store.finishAttempt(run: registration.id, state: run.state)
    }
    return store
  }

  // MARK: Progress

  /// 100·step/steps; of a run without `training.steps` 100·step/(its last step of any metric), 40 here.
  @Test func shareOfEachRun() throws {
    let (markdown, svg, lines) = try render(
      "{y: train/loss, x: progress}",
      [
        Run(planned: 50, series: [("train/loss", [10, 20, 50], [3, 2, 1])]),
        Run(planned: 200, series: [("train/loss", [10, 100], [3, 2])], state: .pruned),
        Run(series: [("train/loss", [10, 20], [5, 4]), ("eval/loss", [40], [1])]),
      ])
    #expect(lines.map { numbers($0["x"]) } == [[20, 40, 100], [5, 50], [25, 50]])
    #expect(lines.map { numbers($0["y"]) } == [[3, 2, 1], [3, 2], [5, 4]])
    #expect(svg.contains(">progress (%)</text>") && markdown.contains("against progress (%)"))
  }

  /// At 20 % the one has 4 and the other, half-way between 2 at 10 % and 6 at 30 %, also 4; at 40 % 8 and 10.
  @Test func meansInProportion() throws {
    let (_, _, lines) = try render(
      "{y: train/loss, x: progress, band: range}",
      [
        Run(planned: 50, series: [("train/loss", [10, 20, 25], [4, 8, 9])]),
        Run(planned: 100, series: [("train/loss", [10, 30, 50], [2, 6, 14])]),
      ])
    try #require(lines.count == 1)
    #expect(numbers(lines[0]["x"]) == [20, 40, 50])
    #expect(numbers(lines[0]["y"]) == [4, 9, 11.5])
    #expect(numbers(lines[0]["low"]) == [4, 8, 9] && numbers(lines[0]["high"]) == [4, 10, 14])
  }

  @Test func progressWithTheRest() throws {
    let runs = (0..<4).map { index in
      Run(
        planned: 30, precision: index < 2 ? "fp32" : "bf16",
        series: [("train/loss", [10, 20, 30], [Double(index + 1), 2, 4])])
    }
    let (_, svg, lines) = try render(
      "{y: train/loss, x: progress, band: interval, facet: training.precision, log: y, smooth: 0.5}",
      runs)
    #expect(
      lines.map { $0["facet"] ?? .null } == ["fp32", "bf16"].map { .string("precision = \($0)") })
    for line in lines {
      let places = numbers(line["x"])
      #expect(zip(places, [100.0 / 3, 200.0 / 3, 100]).allSatisfy { abs($0 - $1) < 1e-12 })
    }
    #expect(numbers(lines[0]["y"]) == [1.5, (1 + 2 + 4) / 6.0 + (2 + 2 + 4) / 6.0, 3])
    #expect(svg.contains("log scale"))
  }

  // MARK: Traces

  /// Metrics at steps that both have: 20, 30, 50; x goes forth and back.
  @Test func stepsThatBothHave() throws {
    let (markdown, svg, lines) = try render(
      "{x: eval/loss, y: train/loss, trace: true}",
      [
        Run(
          planned: 50,
          series: [
            ("train/loss", [10, 20, 30, 50], [9, 4, 3, 2]),
            ("eval/loss", [20, 30, 40, 50], [5, 7, 6, 1]),
          ]),
        Run(planned: 50, series: [("train/loss", [10, 20], [9, 4])]),
      ])
    try #require(lines.count == 1)
    #expect(lines[0]["isPath"] == .boolean(true))
    #expect(numbers(lines[0]["x"]) == [5, 7, 1] && numbers(lines[0]["y"]) == [4, 3, 2])
    #expect(markdown.contains("1 run has no step with both eval/loss and train/loss."))
    #expect(markdown.contains("a dot is where it ends"))
    // One circle, at the end.
    let elements = try #require(xmlElements(svg))
    #expect(elements.count { $0.name == "circle" } == 1)
    #expect(elements.contains { $0.text == "run 0" } && !svg.contains("leader\" d"))
  }

  /// Of three points the middle one is the mean of all three, in x and in y.
  @Test func smoothedInBoth() throws {
    let runs = [
      Run(
        planned: 30,
        series: [
          ("train/loss", [10, 20, 30], [3, 1, 2]), ("eval/loss", [10, 20, 30], [0, 9, 3]),
        ])
    ]
    let (markdown, svg, lines) = try render(
      "{x: eval/loss, y: train/loss, trace: true, smooth: 0.5}", runs)
    try #require(lines.count == 1)
    #expect(numbers(lines[0]["x"]) == [0, 4, 6] && numbers(lines[0]["y"]) == [3, 2, 1.5])
    #expect(markdown.contains("Running means over 50 % of the points.") && !svg.contains(" raw\""))
    let (_, _, part) = try render(
      "{x: eval/loss, y: train/loss, trace: true, xrange: [15, 30]}", runs)
    #expect(numbers(part.first?["x"]) == [9, 3] && numbers(part.first?["y"]) == [1, 2])
  }

  /// Over t, whether that is said or not: what is logged by timesteps has no other steps.
  @Test(arguments: ["{y: vlb/term, x: t}", "{y: vlb/term}", "{y: vlb/term, x: step}"])
  func alongTimesteps(keys: String) throws {
    let runs = [
      Run(planned: 5, series: [("train/loss", [5], [1]), ("vlb/term", [0, 1, 999], [-2, 3, 1])])
    ]
    let (_, svg, lines) = try render(keys, runs)
    #expect(numbers(lines.first?["x"]) == [0, 1, 999])
    #expect(numbers(lines.first?["y"]) == [-2, 3, 1])
    #expect(svg.contains("timestep t") && !svg.contains("training step"))
  }

  /// `false` is as it was: one point a run.
  @Test func withoutATrace() throws {
    let runs = [
      Run(series: [("train/loss", [10, 20], [3, 1]), ("eval/loss", [10, 20], [0, 9])])
    ]
    let (_, off, points) = try render("{x: eval/loss, y: train/loss, trace: false}", runs)
    let (_, plain, _) = try render("{x: eval/loss, y: train/loss}", runs)
    #expect(off == plain && points.count == 1 && number(points[0]["x"]) == 9)
  }

  /// A circle of 10,000 points, of which one leaps out in x: thinned, it keeps the leap, the ends and the order.
  @Test func thinning() throws {
    var points = (0..<10_000).map { step in
      let angle = Double(step % 200) / 100
      return Point(angle < 1 ? angle : 2 - angle, Double(step))
    }
    points[5003].x = 40
    points[7001].y = .nan
    let curve = Curve(points, isPath: true).decimated(bins: 100)
    #expect(curve.points.count <= 202 && curve.points.count > 100 && curve.isPath)
    #expect(curve.points.first == points.first && curve.points.last == points.last)
    #expect(curve.points.contains { $0.x == 40 } && curve.points.contains { $0.y.isNaN })
    let heights = curve.points.map(\.y).filter { !$0.isNaN }
    #expect(heights == heights.sorted())
    #expect(curve.decimated(bins: 100) == curve)
  }

  @Test(arguments: [
    ("x: step", "x.yaml:4:43: error: 'trace' needs a metric as 'x'; 'training step' is none|curve"),
    ("summary: last", "'trace' needs a metric as 'x'|like x: eval/loss"),
    (
      "x: training.batch", "'trace' needs a metric as 'x'; 'training.batch' is none|leave out trace"
    ),
    ("x: eval/loss, band: range", "'trace' draws a line a run, and no band|leave out band"),
    ("x: eval/loss, kind: scatter", "which kind: scatter does not have|leave out kind, or trace"),
    ("x: eval/loss, kind: bar", "which kind: bar does not have|"),
    ("x: progress, kind: scatter, trace: false", "one point per run|"),
    ("x: eval/loss, trace: maybe", "'plot.trace' expects true or false, not|"),
  ])
  func errors(keys: String, expected: String) {
    let trace = keys.contains("trace") ? "" : "trace: true, "
    let text =
      "training: {steps: 1}\ndata: {source: shapes}\nreport:\n  - plot: {y: train/loss, \(trace)\(keys)}\n"
    var message = ""
    do { _ = try ExperimentFile.read(text: text, path: "x.yaml") } catch { message = "\(error)" }
    #expect(!message.isEmpty)
    for part in expected.split(separator: "|") { #expect(message.contains(part), "\(message)") }
  }
}
