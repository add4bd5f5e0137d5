import Foundation
import Statistics
import TestSupport
import Testing

@testable import ExperimentFiles
@testable import Reports
@testable import Store
@testable import Values

/// Plots over numbers that some runs do not have, and of runs that were pruned.
@Suite struct NumberPlotTests {
  private struct Run {
    var value: ParameterValue
    /// Of `eval/loss`; nil: has none.
    var loss: Double?
    var state = RunState.finished
  }

  /// Renders one plot of runs that differ in what `path` is set to.
  private func plot(
    _ keys: String, _ path: String, _ runs: [Run]
  ) throws -> (markdown: String, elements: [XMLElementText]) {
    try withTemporaryFolder { folder in
      let text =
        "name: numbers\ntraining: {steps: 1}\ndata: {source: shapes}\nreport:\n  - plot: \(keys)\n"
      let json = try #require(try ExperimentFile.read(text: text, path: "x.yaml").cellsJSON)
      let store = try self.store(folder + "/runs", cells: json, path, runs)
      let report = try ExperimentReport(
        store: store, experiment: "numbers", usesCache: false, keepsNumbers: true)
      #expect(report.cells.map(\.error) == [nil])
      guard case .object(let cell) = report.cells[0].json,
        case .string(let markdown)? = cell["markdown"]
      else { return ("", []) }
      let svg = try #require(report.files.first { $0.mediaType == "image/svg+xml" })
      let elements = try #require(xmlElements(String(decoding: svg.bytes, as: UTF8.self)))
      return (markdown, elements)
    }
  }

  private func store(
    _ folder: String, cells: String, _ path: String, _ runs: [Run]
  ) throws -> RunStore {
    let clock = SteppingClock()
    let store = try RunStore(
      folder: folder, creating: true, options: RunStore.Options(clock: { clock.now() }))
    let registrations = runs.enumerated().map { index, run in
      let overrides = [Parameter(path, run.value), Parameter("training.seed", .integer(index))]
      let digits = String(index, radix: 16)
      return RunRegistration(
        id: String(repeating: "0", count: 64 - digits.count) + digits, trainKey: "t\(index)",
        label: "run \(index)", index: index, overrides: overrides, settingsJSON: "{}",
        parameters: overrides, seed: index, repeatGroup: nil)
    }
    try store.register(
      ExperimentRegistration(
        name: "numbers", fileText: "", planJSON: "{}", cellsJSON: cells,
        objective: Objective(metric: "eval/loss", goal: .minimize),
        sweep: SweepRegistration(method: "random", paths: [path]), runs: registrations))
    for (run, registration) in zip(runs, registrations) {
      try store.beginAttempt(run: registration.id, environment: [:])
      if let loss = run.loss {
        try store.appendPoints(
          [SeriesPoints(name: "eval/loss", steps: [30], values: [loss])], run: registration.id)
      }
      try store.finishAttempt(run: registration.id, state: run.state)
    }
    return store
  }

  // MARK: None

  private let averaged = (0..<8).map {
    Run(value: $0 < 4 ? .null : .number(0.9), loss: Double($0))
  }

  /// On an axis of numbers half of the runs would have no place.
  @Test func noneIsABar() throws {
    let (markdown, elements) = try plot(
      "{y: eval/loss, x: training.ema}", "training.ema", averaged)
    #expect(elements.contains { $0.text == "none" } && elements.contains { $0.text == "0.9" })
    #expect(elements.count { $0.name == "rect" && $0.classes == ["f0"] } == 2)
    #expect(!markdown.contains("no place"))
  }

  /// Points where they are asked for, or where bars lack what is asked for.
  @Test(arguments: [
    "{y: eval/loss, x: training.ema, kind: scatter}", "{y: eval/loss, x: training.ema, log: y}",
    "{y: seed, x: training.ema}",
  ])
  func noneHasNoPoint(keys: String) throws {
    let (markdown, elements) = try plot(keys, "training.ema", averaged)
    #expect(elements.contains { $0.name == "circle" })
    #expect(markdown.contains("4 runs have no place"))
  }

  /// Forty bars would be no better than points.
  @Test func manyNumbersAreNoBars() throws {
    let runs = (0..<40).map {
      Run(value: $0 == 0 ? .null : .number(Double($0) / 50), loss: Double($0))
    }
    let (markdown, elements) = try plot("{y: eval/loss, x: training.ema}", "training.ema", runs)
    #expect(elements.count { $0.name == "circle" } == 39)
    #expect(markdown.contains("1 run has no place"))
  }

  // MARK: Parallel coordinates

  private func rates(_ rates: [Double]) -> [Run] {
    rates.enumerated().map { Run(value: .number($1), loss: Double($0)) }
  }

  private func isLogarithmic(_ keys: String, _ rates: [Double]) throws -> Bool {
    let (_, elements) = try plot(keys, "training.optimizer.lr", self.rates(rates))
    return elements.contains { $0.text == "lr (log)" }
  }

  @Test func logarithmicAxes() throws {
    let near = [0.001, 0.0013, 0.0021, 0.004]
    #expect(try isLogarithmic("{kind: parallel, log: x}", near))
    #expect(try !isLogarithmic("{kind: parallel}", near))
    // Drawn from a range, or a few of a list that runs share.
    let wide = [0.0001, 0.0004, 0.003, 0.02]
    #expect(try isLogarithmic("{kind: parallel}", wide))
    #expect(try !isLogarithmic("{kind: parallel}", wide + wide))
    #expect(try isLogarithmic("{kind: parallel, log: x}", wide + wide))
  }

  /// Two of the three had the metric by then, and the lowest of it: they are drawn, and do not win.
  @Test func prunedRuns() throws {
    var runs = rates([0.001, 0.002, 0.003, 0.004, 0.005])
    for (index, loss) in [(0, 0.1), (1, 0.2), (2, nil)] as [(Int, Double?)] {
      runs[index].state = .pruned
      runs[index].loss = loss
    }
    let (markdown, elements) = try plot("{kind: parallel}", "training.optimizer.lr", runs)
    #expect(elements.count { $0.name == "path" && $0.classes.contains("faint") } == 2)
    #expect(elements.contains { $0.text == "best: run 3" })
    #expect(markdown.contains("What was pruned is drawn fainter"))
    #expect(markdown.contains("1 run has no eval/loss that is a number."))
  }
}
