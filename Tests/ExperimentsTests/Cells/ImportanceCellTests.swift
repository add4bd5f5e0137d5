import Foundation
import Statistics
import StoreTestSupport
import TestSupport
import Testing

@testable import ExperimentFiles
@testable import Reports
@testable import Store
@testable import Values

/// What matters for a metric, over runs whose every number is written down here.
@Suite struct ImportanceCellTests: DrawnPlot {
  private struct Run {
    var settings: [(path: String, value: ParameterValue)]
    var seed = 0
    var metric: (name: String, value: Double)?
    var state = RunState.finished
    var error: String?
  }

  private func render(
    _ keys: String, _ runs: [Run]
  ) throws -> (markdown: String, svg: String, data: [[String: JSONValue]]) {
    try withTemporaryFolder { folder in
      let text =
        "name: matters\ntraining: {steps: 1}\ndata: {source: shapes}\nreport:\n  - importance: \(keys)\n"
        + "    name: what\n  - markdown: 'First {{ what.parameter }}, {{ what.share | percent }}.'\n"
      let json = try #require(try ExperimentFile.read(text: text, path: "x.yaml").cellsJSON)
      let store = try self.store(folder + "/runs", cells: json, runs)
      let report = try ExperimentReport(
        store: store, experiment: "matters", usesCache: false, keepsNumbers: true)
      #expect(report.cells.map(\.error) == [nil, nil])
      let markdown = report.cells.compactMap { cell -> String? in
        guard case .object(let members) = cell.json, case .string(let text)? = members["markdown"]
        else { return nil }
        return text
      }.joined(separator: "\n")
      guard case .object(let cell) = report.cells[0].json else { return ("", "", []) }
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
    var groups: [[String]] = []
    let registrations = runs.enumerated().map { index, run in
      let overrides = run.settings.map { Parameter($0.path, $0.value) }
      let key = overrides.map { "\($0.path)=\($0.value.text)" }
      if !groups.contains(key) { groups.append(key) }
      let digits = String(index, radix: 16)
      let all = overrides + [Parameter("training.seed", .integer(run.seed))]
      return RunRegistration(
        id: String(repeating: "0", count: 64 - digits.count) + digits, trainKey: "t\(index)",
        label: "run \(index)", index: index, overrides: all, settingsJSON: "{}", parameters: all,
        seed: run.seed, repeatGroup: groups.firstIndex(of: key))
    }
    try store.register(
      ExperimentRegistration(
        name: "matters", fileText: "", planJSON: "{}", cellsJSON: cells,
        objective: Objective(metric: "eval/loss", goal: .minimize),
        sweep: SweepRegistration(
          method: "grid", paths: runs.first?.settings.map(\.path) ?? []),
        runs: registrations))
    for (run, registration) in zip(runs, registrations) {
      try store.beginAttempt(run: registration.id, environment: [:])
      if let metric = run.metric {
        try store.appendPoints(
          [SeriesPoints(name: metric.name, steps: [30], values: [metric.value])],
          run: registration.id)
      }
      try store.finishAttempt(run: registration.id, state: run.state, error: run.error)
    }
    return store
  }

  /// Precision (fp32, bf16) × batch (16, 64) × three learning rates, two seeds: the loss is 1 for bf16 and less than a tenth
  /// of it else.
  private func grid(_ change: (Int, inout Run) -> Void = { _, _ in }) -> [Run] {
    var runs: [Run] = []
    for precision in ["fp32", "bf16"] {
      for batch in [16, 64] {
        for rate in [0.1, 0.2, 0.4] {
          for seed in 0..<2 {
            let index = runs.count
            let loss = (precision == "bf16" ? 1 : 0) + Double(index * 37 % 23) / 256
            var run = Run(
              settings: [
                ("training.precision", .string(precision)), ("training.batch", .integer(batch)),
                ("training.optimizer.lr", .number(rate)),
              ], seed: seed, metric: ("eval/loss", loss))
            change(index, &run)
            runs.append(run)
          }
        }
      }
    }
    return runs
  }

  private func run(_ settings: [(path: String, value: ParameterValue)], _ loss: Double) -> Run {
    Run(settings: settings, metric: ("eval/loss", loss))
  }

  /// The same as the statistic by itself, of the same settings.
  @Test func oneMattersAndTwoDoNot() throws {
    let runs = grid()
    let (markdown, svg, data) = try render("{}", runs)
    try #require(data.count == 3)
    #expect(data[0]["parameter"] == .string("training.precision"))
    for (path, levels) in [
      ("training.precision", ["fp32", "bf16"]), ("training.batch", ["16", "64"]),
      ("training.optimizer.lr", ["0.1", "0.2", "0.4"]),
    ] {
      let settings = stride(from: 0, to: 24, by: 2).map { index in
        let value = runs[index].settings.first { $0.path == path }?.value.text ?? ""
        return VarianceShare.Setting(
          level: levels.firstIndex(of: value) ?? 9,
          values: runs[index...index + 1].map { $0.metric?.value ?? .nan })
      }
      let expected = try #require(VarianceShare(settings))
      let found = try #require(data.first { $0["parameter"] == .string(path) })
      #expect(number(found["share"]) == expected.share)
      #expect(number(found["low"]) == expected.low && number(found["high"]) == expected.high)
    }
    #expect(number(data[0]["share"]) > 0.99)
    #expect(
      data.dropFirst().allSatisfy { $0["verdict"] == .string("not told apart from nothing") })
    #expect(markdown.contains("| `training.precision` | 2 | 100 % | 100 to 100 % |  |"))
    #expect(markdown.contains("over 24 runs of 12 settings"))
    #expect(markdown.contains("First training.precision, 100 %."))
    let bars = try #require(xmlElements(svg)).filter {
      $0.name == "rect" && $0.classes.contains("f0")
    }
    #expect(bars.count == 3 && bars.count { $0.classes.contains("faint") } == 2)
    #expect(svg.contains(">share of its variance, %</text>") && svg.contains(">eval/loss</text>"))
    #expect(svg.contains(">100 (100 to 100)</text>"))
  }

  @Test func theSameTwice() throws {
    let (a, b) = (try render("{}", grid()), try render("{}", grid()))
    #expect(a.svg == b.svg && a.markdown == b.markdown)
  }

  /// Whole settings of one run each are left out: of twelve, one diverged, one was pruned, one has no loss.
  @Test func whatIsLeftOut() throws {
    let (markdown, _, data) = try render(
      "{width: 84mm, font_size: 8pt, title: What matters}",
      grid { index, run in
        switch index {
        case 0: (run.state, run.error) = (.failed, "the loss was NaN at step 3: the run diverged")
        case 1: run.metric = ("eval/loss", .nan)
        case 2: run.state = .pruned
        case 3: run.metric = nil
        default: break
        }
      })
    #expect(data.count == 3)
    #expect(markdown.contains("over 20 runs of 10 settings"), "\(markdown)")
    #expect(
      markdown.contains("1 run that was pruned and 1 run without eval/loss.")
        && markdown.contains("that diverged or ended in no finite number"), "\(markdown)")
  }

  /// Three settings a value on average: five rates have two each.
  @Test func tooFewToSay() throws {
    let rates = [0.1, 0.2, 0.3, 0.4, 0.5, 0.1, 0.2, 0.3, 0.4, 0.5]
    let runs = rates.enumerated().map { index, rate -> Run in
      run(
        [
          ("training.optimizer.lr", .number(rate)),
          ("training.batch", .integer(index < 5 ? 16 : 64)),
        ], Double(index * 7 % 5))
    }
    let (markdown, svg, data) = try render("{}", runs)
    #expect(
      data.map { $0["parameter"] } == [.string("training.batch"), .string("training.optimizer.lr")])
    #expect(data[1]["verdict"] == .string("too few runs to say") && data[1]["share"] == nil)
    #expect(markdown.contains("takes at least 8 settings, and 3 for each value"))
    #expect(svg.contains(">too few runs to say</text>"))
    let (few, none, _) = try render("{}", Array(runs.prefix(7)))
    #expect(few.contains("| `training.batch` | 2 | – | – | too few runs to say |") && none.isEmpty)
    #expect(few.contains("First –, –."))
  }

  /// Twelve rates are four classes of three; "none" is a class of its own.
  @Test func numbersInClasses() throws {
    let runs = (0..<16).map { index -> Run in
      let ema: ParameterValue = index < 4 ? .null : .number(Double(index) / 32)
      return run(
        [("training.optimizer.lr", .number(Double(index + 1) / 64)), ("training.ema", ema)],
        Double(index / 4))
    }
    let (markdown, _, data) = try render("{}", runs)
    let rate = try #require(data.first { $0["parameter"] == .string("training.optimizer.lr") })
    #expect(abs(number(rate["share"]) - 1) < 1e-12 && rate["levels"] == .integer(4))
    #expect(markdown.contains("| `training.optimizer.lr` | 16, in 4 classes | 100 % |"))
    let ema = try #require(data.first { $0["parameter"] == .string("training.ema") })
    #expect(ema["levels"] == .integer(5))
    #expect(markdown.contains("| `training.ema` | 12, in 5 classes |"))
  }

  @Test func notComparable() throws {
    let runs = (0..<12).map { index -> Run in
      let kind: ParameterValue = .string(index % 2 == 0 ? "linear" : "cosine")
      return run(
        [
          ("diffusion.schedule.kind", kind), ("training.batch", .integer(index < 6 ? 16 : 64)),
          ("training.optimizer.lr", .number(Double(index + 1) / 64)),
        ], Double(index * 5 % 7))
    }
    let (markdown, svg, data) = try render("{}", runs)
    #expect(data.count == 3 && data[2]["share"] == nil && data[1]["share"] != nil)
    #expect(markdown.contains("| `diffusion.schedule.kind` | 2 | – | – | not comparable |"))
    #expect(
      markdown.contains("`eval/loss` is not comparable across `diffusion.schedule.kind`: how hard"))
    #expect(svg.contains(">not comparable</text>"))
  }

  @Test func nothingToTell() throws {
    let same = grid { _, run in run.metric = ("eval/loss", 2) }
    #expect(
      try render("{}", same).markdown.contains("Nothing to tell: all runs have the same eval/loss.")
    )
    #expect(
      try render("{metric: train/loss}", same).markdown.contains(
        "Nothing to tell: no finished run has a number as train/loss. Left out: 24 runs without train/loss."
      ))
    #expect(
      try render("{}", Array(grid().prefix(2))).markdown.contains(
        "no setting differs between the runs"))
  }
}
