import Diffusion
import Foundation
import Statistics
import StoreTestSupport
import TestSupport
import Testing

@testable import ExperimentFiles
@testable import Reports
@testable import Store
@testable import Values

/// What short formats lose, of runs whose every number is written down here.
@Suite struct RoundingCellTests: DrawnPlot {
  /// Two layers, three steps; in e4m3 0.25, 0.5 and 0.75 of `a`'s gradients underflow, nothing of `b`'s until the last step.
  private static let points: [(name: String, steps: [Int], values: [Double])] =
    RoundingNames.Format.all.flatMap { format in
      RoundingNames.Operands.allCases.flatMap { operands in
        ["a", "b.0"].map {
          (
            RoundingNames.name(format.name, operands, .error, layer: $0), [1, 10, 20],
            [0.1, 0.2, 0.3]
          )
        }
          + RoundingNames.Measure.allCases.map {
            (RoundingNames.name(format.name, operands, $0), [1, 10, 20], [0, 0, 0])
          }
      }
    }

  private static let gradients: [(name: String, steps: [Int], values: [Double])] = [
    ("rounding/e4m3/gradients/underflow/a", [1, 10, 20], [0.25, 0.5, 0.75]),
    ("rounding/e4m3/gradients/underflow/b.0", [20], [0.02]),
    ("rounding/e4m3/gradients/underflow", [1, 10, 20], [0.1, 0.2, 0.38]),
  ]

  private func render(
    _ keys: String, looks: Bool = true, lossScale: [Double]? = nil
  ) throws -> (markdown: String, errors: [String?], svgs: [String], data: [[String: JSONValue]]) {
    try withTemporaryFolder { folder in
      let text =
        "name: lost\ntraining: {steps: 20}\ndata: {source: shapes}\nreport:\n  - rounding: \(keys)\n"
        + "    name: what\n  - markdown: 'Most {{ what.layer }} {{ what.format }} {{ what.value | percent }}.'\n"
      let json = try #require(try ExperimentFile.read(text: text, path: "x.yaml").cellsJSON)
      let clock = SteppingClock()
      let store = try RunStore(
        folder: folder + "/runs", creating: true,
        options: RunStore.Options(clock: { clock.now() }))
      let all = [Parameter("training.seed", .integer(0))]
      let run = RunRegistration(
        id: String(repeating: "0", count: 64), trainKey: "t", label: "run", index: 0,
        overrides: [], settingsJSON: "{}", parameters: all, seed: 0, repeatGroup: 0)
      try store.register(
        ExperimentRegistration(
          name: "lost", fileText: "", planJSON: "{}", cellsJSON: json,
          objective: Objective(metric: "eval/loss", goal: .minimize),
          sweep: SweepRegistration(method: "grid", paths: []), runs: [run]))
      try store.beginAttempt(run: run.id, environment: [:])
      var series =
        looks
        ? Self.points.filter { point in !Self.gradients.contains { $0.name == point.name } }
          + Self.gradients : []
      if let lossScale { series.append(("train/loss_scale", [1, 10, 20], lossScale)) }
      try store.appendPoints(
        series.map { SeriesPoints(name: $0.name, steps: $0.steps, values: $0.values) },
        run: run.id)
      try store.finishAttempt(run: run.id, state: .finished, error: nil)
      let report = try ExperimentReport(
        store: store, experiment: "lost", usesCache: false, keepsNumbers: true)
      let markdown = report.cells.compactMap { cell -> String? in
        guard case .object(let members) = cell.json, case .string(let text)? = members["markdown"]
        else { return nil }
        return text
      }.joined(separator: "\n")
      guard case .object(let cell) = report.cells[0].json else { return ("", [], [], []) }
      return (
        markdown, report.cells.map(\.error),
        report.files.filter { $0.mediaType == "image/svg+xml" }.map {
          String(decoding: $0.bytes, as: UTF8.self)
        }, objects(cell["data"] ?? .null)
      )
    }
  }

  @Test func saysWhatMattersAndWhere() throws {
    let (markdown, errors, svgs, data) = try render("{of: gradients, formats: [e4m3, bf16]}")
    #expect(errors == [nil, nil])
    #expect(
      markdown.contains(
        "Of the gradients, at step 20, 38 % underflow in e4m3 (75 % of those of a) and none in bf16."
      ))
    #expect(markdown.contains("Most a e4m3 75"))
    try #require(svgs.count == 1)
    for text in ["gradients", "e4m3", "bf16", "b.0", "training step", "below 0.10 %", "100 %"] {
      #expect(svgs[0].contains(">\(text)<"), "\(text)")
    }
    // Two formats, two layers; what was not logged is 0.
    try #require(data.count == 4)
    #expect(data[0]["values"] == .array([.number(0.25), .number(0.5), .number(0.75)]))
    #expect(data[1]["layer"] == .string("b.0"))
    #expect(data[1]["values"] == .array([.integer(0), .integer(0), .number(0.02)]))
    #expect(data[1]["steps"] == .array([.integer(1), .integer(10), .integer(20)]))
    #expect(data[3]["values"] == .array([.integer(0), .integer(0), .integer(0)]))
  }

  @Test func theErrorHasALogarithmicScale() throws {
    let (markdown, errors, svgs, _) = try render("{measure: error, of: weights, formats: fp16}")
    #expect(errors == [nil, nil])
    #expect(markdown.contains("Rounding the weights has, at step 20, a relative error of 0"))
    #expect(svgs[0].contains("(log scale)") && !svgs[0].contains("below"))
  }

  @Test func theLossScaleIsDrawnWhereItMoves() throws {
    #expect(try render("{}", lossScale: [65536, 65536, 65536]).svgs.count == 1)
    let (_, _, svgs, _) = try render("{}", lossScale: [65536, 32768, 16384])
    try #require(svgs.count == 2)
    #expect(svgs[1].contains("train/loss_scale"))
  }

  @Test func withoutALookThereIsNothing() throws {
    let (_, errors, svgs, _) = try render("{}", looks: false)
    let error = try #require(errors[0])
    #expect(error.contains("no run has looked at what short formats lose"))
    #expect(svgs.isEmpty)
  }

  @Test func formatsAndOperandsAreNames() throws {
    func errors(_ keys: String) -> [String] {
      do {
        _ = try ExperimentFile.read(
          text: "training: {steps: 1}\ndata: {source: shapes}\nreport:\n  - rounding: \(keys)\n",
          path: "x.yaml")
        return []
      } catch let error as ExperimentFileError {
        return error.diagnostics.map(\.message)
      } catch { return ["\(error)"] }
    }
    #expect(errors("{formats: [fp16, e4m3-scaled], of: weight-gradients}") == [])
    #expect(errors("{formats: fp12}").count == 1 && errors("{of: biases}").count == 1)
  }

  /// Hundreds of layers' metrics are no columns of `wide`.
  @Test func layersAreNotListed() {
    #expect(MetricName.isOfLayer("rounding/e4m3/gradients/underflow/encoder.0.0"))
    #expect(!MetricName.isOfLayer("rounding/e4m3/gradients/underflow"))
    #expect(!MetricName.isOfLayer("eval/loss_by_snr/-2"))
  }
}
