import Foundation
import GRDB
import Images
import Plots
import Statistics
import TestSupport

@testable import ExperimentFiles
@testable import Reports
@testable import Store
@testable import Values

/// An experiment as a test makes it up: put into a store, then reported from there.
struct FakeExperiment {
  var name: String
  var question: String
  var objective: Objective
  var fileText = ""
  /// Repeated seeds not among them.
  var sweptPaths: [String]
  var runs: [FakeRun]
  /// Of the report, as YAML; nil: the automatic one.
  var cells: String?
}

struct FakeRun {
  var label: String
  var state = RunState.finished
  var error: String?
  var seed: Int
  var overrides: [Parameter]
  var settings: [String: ParameterValue]
  /// The last value of each metric; where it has a curve too, in place of the curve's last.
  var last: [String: Double]
  var curves: [String: Curve] = [:]
  /// Names of sample sheets.
  var artifacts: [String] = []
  var environment: [String: String] = [:]
  var ended = "2026-02-01T12:00:01.000Z"
  var seconds = 0.42
  var step = 0
}

extension FakeExperiment {
  /// Makes a store of it.
  func store(in folder: String) throws -> RunStore {
    let store = try RunStore(folder: folder, creating: true)
    let groups = distinct(runs.map(setting))
    let registrations = runs.enumerated().map { index, run in
      var settings = run.settings
      for parameter in run.overrides { settings[parameter.path] = parameter.value }
      return RunRegistration(
        id: "\(index)abcdef0" + String(repeating: "0123456789abcdef", count: 3),
        trainKey: "t\(index)",
        label: "run \(index)", index: index, overrides: run.overrides, settingsJSON: "{}",
        parameters: settings.map { Parameter($0.key, $0.value) }, seed: run.seed,
        repeatGroup: groups.firstIndex(of: setting(run)))
    }
    let notebook = try cells.map { cells in
      let text = "name: fake\ntraining: {steps: 1}\ndata: {source: shapes}\nreport:\n\(cells)"
      return try ExperimentFile.read(text: text, path: "fake.yaml")
    }
    try store.register(
      ExperimentRegistration(
        name: "fake", question: question, fileText: fileText, planJSON: "{}",
        cellsJSON: notebook?.cellsJSON, objective: objective,
        sweep: SweepRegistration(method: "grid", paths: sweptPaths), runs: registrations))
    for (run, registration) in zip(runs, registrations) { try bring(run, registration.id, store) }
    try store.write { db in
      try db.execute(sql: "UPDATE experiment SET name = ?", arguments: [name])
    }
    return store
  }

  private func setting(_ run: FakeRun) -> [ParameterValue?] {
    sweptPaths.map { path in run.overrides.last { $0.path == path }?.value }
  }

  private func bring(_ run: FakeRun, _ id: String, _ store: RunStore) throws {
    try store.beginAttempt(run: id, environment: run.environment)
    var series = run.curves.filter { run.last[$0.key] == nil || !$0.value.points.isEmpty }
      .mapValues { curve in curve.points.map { (Int($0.x), $0.y) } }
    for (name, value) in run.last {
      let points = series[name] ?? []
      series[name] = points.dropLast() + [(points.last?.0 ?? max(1, run.step), value)]
    }
    try store.appendPoints(
      series.map { SeriesPoints(name: $0, steps: $1.map(\.0), values: $1.map(\.1)) }, run: id)
    for name in run.artifacts {
      try store.saveArtifact(run: id, name: name, mediaType: "image/png", bytes: Self.sheet.get())
    }
    try store.finishAttempt(run: id, state: .finished)
    // What no run of this program would be, like a finished one that is queued.
    try store.write { db in
      try db.execute(
        sql: """
          UPDATE run SET state = ?, error = ?, created = '2026-02-01T12:00:00.000Z', ended = ?,
            seconds = ?, step = ? WHERE id = ?
          """,
        arguments: [run.state.rawValue, run.error, run.ended, run.seconds, run.step, id])
      try db.execute(
        sql: "UPDATE experimentRun SET label = ? WHERE runId = ?", arguments: [run.label, id])
    }
  }

  /// Eight plain images.
  private static let sheet = Result {
    try Image.grid(
      (0..<8).map { Image(width: 8, height: 8, channels: 1, level: UInt8(20 * $0)) }, columns: 4,
      padding: 2
    ).png()
  }
}

extension ExperimentReport {
  /// The report of a made-up experiment.
  init(_ experiment: FakeExperiment) throws {
    let folder = try TemporaryFolder()
    try self.init(
      store: experiment.store(in: folder.path + "/runs"), experiment: experiment.name)
  }
}
