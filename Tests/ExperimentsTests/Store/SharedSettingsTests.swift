import Foundation
import GRDB
import StoreTestSupport
import TestSupport
import Testing
import Values

@testable import Store

/// Settings that runs have in common are kept once; nobody who reads them sees a difference.
@Suite struct SharedSettingsTests {
  private static let common: [Parameter] = [
    Parameter("data.source", .string("shapes")), Parameter("training.batch", .integer(64)),
    Parameter("training.clip", .null), Parameter("model.levels", .integer(3)),
  ]

  private static func run(
    _ id: String, _ own: [Parameter], overrides: [Parameter], index: Int = 0
  ) -> RunRegistration {
    RunRegistration(
      id: id, trainKey: "t", label: id, index: index, overrides: overrides, settingsJSON: "{}",
      parameters: (common + own).sorted { $0.path < $1.path }, seed: 0)
  }

  private static func rate(_ value: Double) -> Parameter {
    Parameter("training.optimizer.lr", .number(value))
  }

  /// Two rates; a third setting differs though no sweep sets it.
  private static func sweep(_ name: String = "rates") -> ExperimentRegistration {
    let runs = [1e-3, 2e-3].enumerated().map { index, value in
      run(
        "run\(index)", [rate(value), Parameter("data.limit", index == 0 ? .null : .integer(9))],
        overrides: [rate(value)], index: index)
    }
    return ExperimentRegistration(name: name, fileText: "", planJSON: "{}", runs: runs)
  }

  private static func texts(_ store: RunStore, _ sql: String) throws -> [String] {
    try store.read { try String.fetchAll($0, sql: sql) }
  }

  @Test func whatRunsShareIsKeptOnce() throws {
    try withTemporaryFolder { folder in
      let store = try RunStore(folder: folder, creating: true)
      try store.register(Self.sweep())
      #expect(
        try Self.texts(store, "SELECT path FROM sharedParameter ORDER BY path")
          == Self.common.map(\.path).sorted())
      #expect(
        try Self.texts(
          store, "SELECT runId || ' ' || path || ' ' || swept FROM ownParameter ORDER BY 1")
          == [
            "run0 data.limit 0", "run0 training.optimizer.lr 1", "run1 data.limit 0",
            "run1 training.optimizer.lr 1",
          ])
      let runs = try store.runs(experiment: "rates")
      for (run, planned) in zip(runs, Self.sweep().runs) {
        #expect(
          run.parameters
            == Dictionary(uniqueKeysWithValues: planned.parameters.map { ($0.path, $0.value) }))
      }
      #expect(
        try Self.texts(
          store,
          "SELECT key || ' ' || value || ' ' || swept FROM params WHERE runId = 'run1' ORDER BY 1")
          == [
            "data.limit 9 0", "data.source shapes 0", "model.levels 3 0", "training.batch 64 0",
            "training.clip none 0", "training.optimizer.lr 0.002 1",
          ])
      #expect(
        try store.differingSettings(experiment: "rates")
          == ["data.limit", "training.optimizer.lr"])
      let some = try store.runs(
        experiment: "rates",
        fields: RunFields(parameters: .only(["training.batch"]), metrics: .only([])))
      #expect(
        some.map(\.parameters) == [
          ["training.batch": .integer(64)], ["training.batch": .integer(64)],
        ])
    }
  }

  /// A setting that another experiment sweeps becomes the run's own, with the same value.
  @Test func whatIsSweptLaterIsARunsOwn() throws {
    try withTemporaryFolder { folder in
      let store = try RunStore(folder: folder, creating: true)
      try store.register(Self.sweep())
      let batch = Parameter("training.batch", .integer(64))
      var other = Self.sweep("batches")
      other.runs = [
        Self.run(
          "run0", [Self.rate(1e-3), Parameter("data.limit", .null)], overrides: [batch]),
        Self.run(
          "run2", [Self.rate(1e-3), Parameter("data.limit", .null)], overrides: [], index: 1),
      ]
      try store.register(other)
      #expect(
        try Self.texts(store, "SELECT runId FROM params WHERE key = 'training.batch' AND swept")
          == ["run0"])
      #expect(
        try Self.texts(
          store, "SELECT count(*) FROM params WHERE runId = 'run0' AND key = 'training.batch'")
          == ["1"])
      let (count, spreads) = try store.settingSpreads(experiment: "rates")
      #expect(count == 2)
      #expect(spreads["training.batch"] == SettingSpread(least: "64", greatest: "64", runs: 2))
      #expect(try store.differingSettings(experiment: "batches") == [])
    }
  }

  @Test func whatNoRunHasAnyMoreIsForgotten() throws {
    try withTemporaryFolder { folder in
      let store = try RunStore(folder: folder, creating: true)
      try store.register(Self.sweep())
      _ = try store.remove(["run0", "run1"])
      try store.removeForGood("run0")
      #expect(try Self.texts(store, "SELECT count(*) FROM sharedSettings") == ["1"])
      try store.removeForGood("run1")
      for table in ["sharedSettings", "sharedParameter", "ownParameter"] {
        #expect(try Self.texts(store, "SELECT count(*) FROM \(table)") == ["0"], "\(table)")
      }
    }
  }

  /// As `workbench compare` shows it, whatever is known of it beforehand.
  @Test func mediansAreKeptWhenARunEnds() throws {
    try withTemporaryFolder { folder in
      let store = try RunStore(folder: folder, creating: true)
      try store.register(Self.sweep())
      let metric = "speed/images_per_second"
      func median() throws -> Double? {
        let runs = try store.runs(experiment: "rates").filter { $0.id == "run0" }
        return try store.withMedians(of: metric, runs)[0].metrics[metric]?.last
      }
      func kept() throws -> [String] {
        try Self.texts(store, "SELECT ifnull(median, 'unknown') FROM series ORDER BY name")
      }
      try store.beginAttempt(run: "run0", environment: [:])
      let values = [3.0, 9, .nan, 5, 100]
      try store.appendPoints(
        [
          SeriesPoints(name: metric, steps: Array(1...5), values: values),
          SeriesPoints(name: "train/loss", steps: [1], values: [2]),
        ], run: "run0")
      #expect(try kept() == ["unknown", "unknown"])
      #expect(try median() == 7)
      try store.finishAttempt(run: "run0", state: .finished, error: nil)
      #expect(try kept() == ["7.0", "unknown"])
      #expect(try median() == 7)
      try store.appendPoints(
        [SeriesPoints(name: metric, steps: [6], values: [1000])], run: "run0")
      #expect(try kept() == ["unknown", "unknown"])
      #expect(try median() == 9)
    }
  }
}
