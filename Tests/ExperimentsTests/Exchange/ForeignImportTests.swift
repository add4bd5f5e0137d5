import Foundation
import GRDB
import TestSupport
import Testing
import Values

@testable import Exchange
@testable import Store

/// Runs that other programs wrote (Goldens/README.md), beside what these read of them.
@Suite struct ForeignImportTests {
  static func golden(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Goldens/" + name
  }

  /// A copy that may be changed.
  static func copy(_ name: String, to folder: String) throws -> String {
    let target = "\(folder)/\(name)"
    try FileManager.default.copyItem(atPath: golden(name), toPath: target)
    return target
  }

  static func store(_ folder: String) throws -> RunStore {
    try RunStore(folder: folder + "/runs", creating: true)
  }

  @discardableResult
  static func imported(
    _ path: String, into store: RunStore, _ change: (inout ForeignImport.Options) -> Void = { _ in }
  ) throws -> ForeignImport.Result {
    var options = ForeignImport.Options()
    change(&options)
    guard case .runs(let source) = try ImportKind(of: path) else {
      throw StoreError(.badInput, "taken for a capsule")
    }
    return try ForeignImport(into: store, options: options)(path, from: source)
  }

  // MARK: What the sources' readers say

  private struct Expected: Decodable {
    struct Run: Decodable {
      var id: String?
      var experiment: String
      var label: String
      var state: String?
      var settings: [String: JSONValue]
      var tags: [String]?
      var notes: [String]?
      /// [metric][value][step, value]
      var points: [String: [[JSONValue]]]
    }

    var runs: [Run]
  }

  /// The store has each step once, with the value that was logged last; MLflow's database has no infinities.
  private static func kept(_ points: [[JSONValue]], isDatabase: Bool) -> [Int: Double] {
    var kept: [Int: Double] = [:]
    for point in points {
      guard case .integer(let step) = point[0], var value = point[1].logged else { continue }
      if isDatabase, abs(value) == .greatestFiniteMagnitude {
        value = value < 0 ? -.infinity : .infinity
      }
      kept[step] = value
    }
    return kept
  }

  private static func isSame(
    _ found: ParameterValue, _ expected: JSONValue, of source: ForeignSource
  ) -> Bool {
    if source == .mlflow {
      guard case .string(let text) = expected else { return false }
      return switch found {
      case .boolean(let value): text == (value ? "True" : "False")
      case .null: text == "None"
      case .integer, .number: found.number == Double(text)
      case .string(let value): value == text
      case .list: false
      }
    }
    return found == ParameterValue(json: expected) ?? .string(expected.canonical)
  }

  @Test(
    arguments: [
      ("tensorboard", ForeignSource.tensorboard), ("mlflow.db", .mlflow), ("mlruns", .mlflow),
      ("wandb", .wandb), ("trackio", .trackio),
    ])
  func everythingIsAsTheProgramItselfReadsIt(_ name: String, _ source: ForeignSource) throws {
    try withTemporaryFolder { folder in
      let expected = try JSONDecoder().decode(
        Expected.self, from: Data(contentsOf: URL(fileURLWithPath: Self.golden(name + ".json"))))
      let path = try Self.copy(name, to: folder)
      let store = try Self.store(folder)
      let result = try Self.imported(path, into: store)
      #expect(result.source == source)
      #expect(result.runs.count == expected.runs.count && result.count(.new) == result.runs.count)
      let identities = try store.read { db in
        try Dictionary(
          uniqueKeysWithValues: Row.fetchAll(db, sql: "SELECT runId, sourceId FROM imports").map {
            ($0[0] as String, $0[1] as String)
          })
      }
      for wanted in expected.runs {
        let found = try store.runs().filter { run in
          let last = identities[run.id]?.split(separator: "/").last.map(String.init)
          return wanted.id == nil ? run.label == wanted.label : last == wanted.id
        }
        let run = try #require(found.first, "\(wanted.label)")
        #expect(found.count == 1 && run.label == wanted.label && run.source == source.rawValue)
        #expect(run.experiment == ForeignMerge.experimentName(wanted.experiment))
        #expect(run.state.rawValue == wanted.state ?? "finished", "\(wanted.label)")
        #expect(Set(run.parameters.keys) == Set(wanted.settings.keys))
        for (path, value) in wanted.settings {
          let setting = try #require(run.parameters[path])
          #expect(Self.isSame(setting, value, of: source), "\(path): \(setting), \(value)")
        }
        #expect(Set(run.metrics.keys).subtracting(["time/unix"]) == Set(wanted.points.keys))
        for (metric, points) in wanted.points {
          let history = try store.history(run: run.id, metric: metric)
          let kept = Self.kept(points, isDatabase: name == "mlflow.db")
          #expect(history.steps == kept.keys.sorted(), "\(metric)")
          for (step, value) in zip(history.steps, history.values) {
            let wanted = try #require(kept[step])
            #expect(value == wanted || value.isNaN && wanted.isNaN, "\(metric) at \(step)")
          }
        }
        if let tags = wanted.tags { #expect(run.tags == tags.sorted()) }
        if let notes = wanted.notes { #expect(run.notes == notes) }
      }
    }
  }

  @Test(arguments: ["tensorboard", "mlflow.db", "mlruns", "wandb", "trackio"])
  func twiceIsTheSameAsOnce(_ name: String) throws {
    try withTemporaryFolder { folder in
      let path = try Self.copy(name, to: folder)
      let store = try Self.store(folder)
      try Self.imported(path, into: store)
      let before = try CapsuleTests.dump(store).filter { !$0.hasPrefix("experiment ") }
      let again = try Self.imported(path, into: store)
      #expect(again.count(.same) == again.runs.count && again.runs.count > 1)
      #expect(try CapsuleTests.dump(store).filter { !$0.hasPrefix("experiment ") } == before)
      // Nothing is made beside a database, not even to read it.
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
          == [name, "runs"].sorted())
    }
  }

  /// By MLflow's own `migrate-filestore` a run keeps its id, and so does it here.
  @Test func identityIsTheSourcesAndNotTheFiles() throws {
    try withTemporaryFolder { folder in
      let path = try Self.copy("wandb", to: folder)
      let store = try Self.store(folder)
      let first = try Self.imported(path, into: store)
      try FileManager.default.moveItem(atPath: path, toPath: folder + "/elsewhere")
      let moved = try Self.imported(folder + "/elsewhere", into: store)
      #expect(moved.runs.map(\.id) == first.runs.map(\.id) && moved.count(.same) == 3)
    }
  }

  // MARK: Runs that go on

  @Test func aRunThatWentOnIsBroughtUpToDate() throws {
    try withTemporaryFolder { folder in
      let whole = try Self.copy("wandb", to: folder)
      let logs = try SourceFile.all(below: whole)
      let killed = try #require(logs.first { $0.contains("cccc3333") })
      let file = "\(whole)/\(killed)"
      let bytes = try Data(contentsOf: URL(fileURLWithPath: file))
      try bytes.prefix(8000).write(to: URL(fileURLWithPath: file))
      let store = try Self.store(folder)
      let before = try Self.imported(whole, into: store)
      let run = try #require(before.runs.first { $0.label == "killed" })
      let short = try store.history(run: run.id, metric: "loss").steps.count
      try store.addNote("mine", run: run.id)
      try store.addTags(["mine"], run: run.id)
      try bytes.write(to: URL(fileURLWithPath: file))
      let after = try Self.imported(whole, into: store)
      #expect(after.count(.updated) == 1 && after.count(.same) == 2)
      let long = try store.history(run: run.id, metric: "loss").steps.count
      #expect(short > 10 && long > 2 * short)
      let summary = try #require(try store.memberships(run: run.id).first)
      #expect(summary.notes == ["mine"] && summary.tags == ["mine"])
    }
  }

  @Test func aDeletedRunComesBack() throws {
    try withTemporaryFolder { folder in
      let path = try Self.copy("trackio", to: folder)
      let store = try Self.store(folder)
      let runs = try Self.imported(path, into: store).runs
      _ = try store.write { try $0.execute(sql: "UPDATE run SET deleted = created") }
      #expect(try store.runs().isEmpty)
      try Self.imported(path, into: store)
      #expect(try store.runs().count == runs.count)
    }
  }

  /// What MLflow says is running has no process here, and is not taken for one that died.
  @Test func runningStaysRunning() throws {
    try withTemporaryFolder { folder in
      let store = try Self.store(folder)
      try Self.imported(Self.golden("mlruns"), into: store)
      #expect(try store.markCrashedRuns().isEmpty)
      #expect(try store.runs().count { $0.state == .running } == 1)
    }
  }

  // MARK: Options

  @Test func countedStepsKeepAllValues() throws {
    try withTemporaryFolder { folder in
      let store = try Self.store(folder)
      let result = try Self.imported(Self.golden("mlruns"), into: store) { $0.steps = .counted }
      let run = try #require(result.runs.first { $0.label == "first" })
      let history = try store.history(run: run.id, metric: "unnumbered")
      #expect(history.steps == [0, 1, 2] && history.values == [1, 2, 3])
      #expect(try store.history(run: run.id, metric: "loss").steps.count == 11)
    }
  }

  @Test func renamesAreOfWhatIsThere() throws {
    try withTemporaryFolder { folder in
      let store = try Self.store(folder)
      try Self.imported(Self.golden("trackio"), into: store) {
        $0.renames = ["lr": "training.optimizer.lr", "loss": "eval/loss"]
      }
      let run = try #require(try store.runs().first { $0.label == "first" })
      #expect(
        run.parameters["training.optimizer.lr"] == .number(0.001) && run.parameters["lr"] == nil)
      #expect(run.metrics["eval/loss"] != nil && run.metrics["loss"] == nil)
      #expect(throws: StoreError.self) {
        try Self.imported(Self.golden("trackio"), into: store) { $0.renames = ["lrr": "x"] }
      }
      #expect(throws: StoreError.self) {
        try Self.imported(Self.golden("trackio"), into: store) { $0.renames = ["lr": "seed"] }
      }
    }
  }

  /// Values that fall on one step, steps that go back and what a restart takes back are said.
  @Test func whatIsLeftOutIsSaid() throws {
    try withTemporaryFolder { folder in
      let result = try Self.imported(Self.golden("tensorboard"), into: try Self.store(folder))
      let counts = Dictionary(
        uniqueKeysWithValues: result.notices.counted.map { ($0.text, $0.count) })
      #expect(counts["histograms, left out"] == 1 && counts["texts, left out"] == 1)
      #expect(counts["values that a restart at an earlier step took back, as in TensorBoard"] == 3)
      #expect(counts["places where the steps of a metric go back"] == 2)
      #expect(
        result.notices.places.count == 1
          && result.notices.places[0].contains("is damaged from byte"))
    }
  }

  @Test func aFolderOfSeveralKindsHasToBeNamed() throws {
    try withTemporaryFolder { folder in
      for name in ["tensorboard", "wandb"] { _ = try Self.copy(name, to: folder) }
      let error = #expect(throws: StoreError.self) { try ImportKind(of: folder) }
      #expect(error?.kind == .badInput && "\(error!)".contains("--from tensorboard"))
      #expect(throws: StoreError.self) { try ImportKind(of: folder + "/nothing") }
    }
  }

  /// Of every kind, cut anywhere: what is whole is taken, and nothing traps.
  @Test(arguments: ["tensorboard", "wandb"])
  func filesThatWereCutAreReadUpToThere(_ name: String) throws {
    try withTemporaryFolder { folder in
      let path = try Self.copy(name, to: folder)
      let logs = try SourceFile.all(below: path)
      let log = try #require(
        logs.first { $0.contains(name == "wandb" ? "aaaa1111" : "first/events") })
      let bytes = try SourceFile.read("\(path)/\(log)")
      var last = 0
      for count in stride(from: 7, to: bytes.count, by: 61) {
        try Data(bytes.prefix(count)).write(to: URL(fileURLWithPath: "\(path)/\(log)"))
        let store = try Self.store("\(folder)/\(count)")
        let result = try Self.imported(path, into: store)
        let points = try store.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM point") ?? 0 }
        #expect(points >= last && !result.runs.isEmpty)
        last = points
      }
    }
  }
}
