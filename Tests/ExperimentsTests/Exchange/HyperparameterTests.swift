import Foundation
import Statistics
import TestSupport
import Testing

@testable import Exchange
@testable import ExperimentFiles
@testable import Store
@testable import Values

/// What the HPARAMS tab of TensorBoard reads. It compares values as they are, so that a column with
/// text and numbers cannot be sorted.
@Suite struct HyperparameterTests {
  private struct Sweep {
    var name: String
    var question = "Which?"
    var objective: String
    /// Settings of each run; the first `swept` of them are swept.
    var runs: [[(String, ParameterValue)]]
    var swept: Int
  }

  private func store(_ folder: String, _ sweeps: [Sweep]) throws -> RunStore {
    let clock = SteppingClock()
    let store = try RunStore(
      folder: folder, creating: true, options: RunStore.Options(clock: { clock.now() }))
    for sweep in sweeps {
      let runs = sweep.runs.enumerated().map { index, settings in
        let parameters = settings.map { Parameter($0.0, $0.1) }
        return RunRegistration(
          id: SHA256Text.of("\(sweep.name) \(index)"), trainKey: SHA256Text.of(sweep.name),
          label: "run\(index)", index: index, overrides: Array(parameters.prefix(sweep.swept)),
          settingsJSON: "{}", parameters: parameters, seed: 0)
      }
      try store.register(
        ExperimentRegistration(
          name: sweep.name, question: sweep.question, fileText: "", planJSON: "{}",
          objective: Objective(metric: sweep.objective, goal: .minimize),
          sweep: SweepRegistration(method: "grid", paths: []), runs: runs))
      for run in runs {
        try store.beginAttempt(run: run.id, environment: [:])
        try store.appendPoints(
          [sweep.objective, "train/loss"].map {
            SeriesPoints(name: $0, steps: [1], values: [0.5])
          }, run: run.id)
        try store.finishAttempt(run: run.id, state: .finished)
      }
    }
    return store
  }

  /// A message of the plugin in every file of a folder, by the file's folder.
  private func messages(_ folder: String, _ tag: String) throws -> [String: ProtobufReader] {
    var found: [String: ProtobufReader] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder)
    where path.contains("tfevents") {
      for event in try TensorBoardExportTests.events("\(folder)/\(path)") {
        for value in try event.message(5)?.messages(1) ?? [] where value.text(1) == tag {
          let content = try value.message(9)?.message(1)?.message(2)
          found[path.split(separator: "/").dropLast().joined(separator: "/")] = content
        }
      }
    }
    return found
  }

  private func shown(_ value: ProtobufReader?) -> String {
    guard let value else { return "nothing" }
    return value.double(2).map { "\($0)" } ?? value.text(3).map { "'\($0)'" }
      ?? value.integer(4).map { $0 == 1 ? "true" : "false" } ?? "nothing"
  }

  /// Types and domains as `HParamInfo` has them, by name.
  private func columns(_ experiment: ProtobufReader) throws -> [String] {
    try experiment.messages(4).map { info in
      let values = try info.message(5)?.messages(1).map { shown($0) } ?? []
      return "\(info.text(1) ?? "") \(info.integer(4) ?? 0) \(values.joined(separator: " "))"
    }
  }

  /// A run's values, by name.
  private func values(_ session: ProtobufReader?) throws -> [String] {
    try session?.message(3)?.messages(1).map { entry in
      "\(entry.text(1) ?? "")=\(shown(try entry.message(2)))"
    } ?? []
  }

  @Test func aColumnHasOneType() throws {
    try withTemporaryFolder { folder in
      let store = try store(
        folder + "/runs",
        [
          Sweep(
            name: "mixed", objective: "eval/loss",
            runs: [
              [
                ("training.ema", .null), ("training.clip", .integer(1)), ("flag", .boolean(true)),
                ("mixed", .number(0.5)), ("never", .null),
              ],
              [
                ("training.ema", .number(0.9)), ("training.clip", .null), ("flag", .null),
                ("mixed", .string("auto")), ("never", .null),
              ],
              [
                ("training.ema", .integer(1)), ("training.clip", .number(1)),
                ("flag", .boolean(false)), ("mixed", .boolean(true)), ("never", .null),
              ],
            ], swept: 5)
        ])
      try TensorBoardExport(ExportSelection(["mixed"], store: store)).write(to: folder + "/tb")
      let summaries = try messages(folder + "/tb", "_hparams_/experiment")
      #expect(summaries.keys.sorted() == [""])
      let experiment = try #require(try summaries[""]?.message(2))
      // 1 is text, 2 a truth value, 3 a number.
      #expect(
        try columns(experiment) == [
          "training.ema 3 0.9 1.0", "training.clip 3 1.0", "flag 2 true false",
          "mixed 1 '0.5' 'auto' 'true'", "never 1 'none'",
        ])
      let sessions = try messages(folder + "/tb", "_hparams_/session_start_info")
      #expect(
        try values(sessions["mixed/run0"]) == [
          "training.clip=1.0", "flag=true", "mixed='0.5'", "never='none'",
        ])
      #expect(
        try values(sessions["mixed/run1"]) == [
          "training.ema=0.9", "mixed='auto'", "never='none'",
        ])
      #expect(
        try values(sessions["mixed/run2"]) == [
          "training.ema=1.0", "training.clip=1.0", "flag=false", "mixed='true'", "never='none'",
        ])
    }
  }

  /// A box to tick for each of a hundred learning rates would be of no use.
  @Test(arguments: [11, 12]) func manyNumbersAreARange(count: Int) throws {
    try withTemporaryFolder { folder in
      let rates = (1...count).map { [("training.lr", ParameterValue.number(Double($0) / 8))] }
      let store = try store(
        folder + "/runs",
        [
          Sweep(
            name: "drawn", objective: "eval/loss", runs: rates + [[("training.lr", .null)]],
            swept: 1)
        ])
      try TensorBoardExport(ExportSelection(["drawn"], store: store)).write(to: folder + "/tb")
      let summaries = try messages(folder + "/tb", "_hparams_/experiment")
      let info = try #require(try summaries[""]?.message(2)?.message(4))
      #expect(info.integer(4) == 3)
      let values = try info.message(5)?.messages(1).compactMap { $0.double(2) }
      let range = try info.message(6)
      if count < 12 {
        let wanted = (1...count).map { Double($0) / 8 }
        #expect(values == wanted)
        #expect(range?.double(1) == nil)
      } else {
        #expect(values == nil)
        #expect(range?.double(1) == 0.125 && range?.double(2) == 1.5)
      }
    }
  }

  /// TensorBoard takes the first summary that it finds, for all runs of the folder.
  @Test func experimentsShareOneSummary() throws {
    try withTemporaryFolder { folder in
      let store = try store(
        folder + "/runs",
        [
          Sweep(
            name: "rates", question: "Which rate\nis best?", objective: "eval/loss",
            runs: [
              [("training.lr", .number(0.1)), ("training.ema", .null)],
              [("training.lr", .number(0.2)), ("training.ema", .null)],
            ], swept: 1),
          Sweep(
            name: "averages", objective: "eval/frechet",
            runs: [
              [("training.ema", .number(0.9)), ("training.lr", .number(0.1))],
              [("training.ema", .null), ("training.lr", .string("auto"))],
            ], swept: 1),
        ])
      try TensorBoardExport(ExportSelection(["rates", "averages"], store: store))
        .write(to: folder + "/tb")
      let summaries = try messages(folder + "/tb", "_hparams_/experiment")
      #expect(summaries.keys.sorted() == [""])
      let experiment = try #require(try summaries[""]?.message(2))
      #expect(experiment.text(6) == "averages, rates")
      #expect(
        experiment.text(1) == "> averages: Which?\n\n> rates: Which rate  \n> is best?")
      #expect(
        try columns(experiment) == ["training.ema 3 0.9", "training.lr 1 '0.1' 'auto' '0.2'"])
      #expect(
        try experiment.messages(5).map { try $0.message(1)?.text(2) } == [
          "eval/frechet", "eval/loss", "train/loss",
        ])
      // Every run has its value of whatever any of them varies.
      let sessions = try messages(folder + "/tb", "_hparams_/session_start_info")
      #expect(try values(sessions["rates/run1"]) == ["training.lr='0.2'"])
      #expect(
        try values(sessions["averages/run0"]) == ["training.ema=0.9", "training.lr='0.1'"])
      #expect(try values(sessions["averages/run1"]) == ["training.lr='auto'"])
    }
  }
}
