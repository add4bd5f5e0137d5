import Foundation
import GRDB
import Statistics
import TestSupport
import Testing
import Values

@testable import Exchange
@testable import Store

/// Runs that are logged line by line, in the store.
@Suite struct LoggedRunTests {
  private let folder: TemporaryFolder
  private let store: RunStore

  init() throws {
    folder = try TemporaryFolder()
    store = try RunStore(folder: folder.path + "/runs", creating: true)
  }

  private func options(
    _ name: String? = nil, _ settings: KeyValuePairs<String, ParameterValue> = [:]
  ) -> LoggedRun.Options {
    var options = LoggedRun.Options(experiment: "base")
    options.name = name
    options.settings = settings.map { Parameter($0.key, $0.value) }
    return options
  }

  /// Logs a text from its first line to its end.
  @discardableResult
  private func log(_ text: String, _ options: LoggedRun.Options) throws -> LoggedRun {
    let run = try LoggedRun(options, in: store)
    let writer = LogWriter(run)
    var lines = LogLines()
    for line in text.split(separator: "\n") {
      let bytes = Array(line.utf8)
      try lines.take(bytes, in: 0..<bytes.count)
      // Every line a batch: whatever comes together must be the same.
      try writer.write(lines.batch)
      lines.batch = lines.batch.next()
    }
    try writer.close()
    try run.end(.finished)
    return run
  }

  private func summary(_ run: LoggedRun) throws -> RunSummary {
    try #require(try store.memberships(run: run.id).first)
  }

  @Test func aRunIsCalledByItsSettings() throws {
    let first = try log("{\"loss\":1}", options(nil, ["lr": .number(1e-3), "seed": .integer(3)]))
    let second = try log("{\"loss\":1}", options(nil, ["lr": .number(1e-3), "seed": .integer(3)]))
    let plain = try [log("{\"loss\":1}", options()), log("{\"loss\":1}", options())]
    #expect(
      [first, second].map(\.label) + plain.map(\.label)
        == ["lr=0.001,seed=3", "lr=0.001,seed=3#2", "1", "2"])
    #expect(Set(([first, second] + plain).map(\.id)).count == 4)
    let run = try summary(first)
    #expect(run.seed == 3 && run.source == "log" && run.state == .finished)
    #expect(run.parameters == ["lr": .number(1e-3), "seed": .integer(3)])
    // One group: the seed repeats.
    #expect(try summary(second).repeatGroup == run.repeatGroup && run.repeatGroup != nil)
    #expect(try summary(plain[0]).repeatGroup != run.repeatGroup)
  }

  private static let text = (0..<20).map { "{\"step\": \($0), \"loss\": \(1.0 / Double($0 + 1))}" }
    .joined(separator: "\n")

  @Test func theSameLinesTwiceAreTheSameAsOnce() throws {
    let once = try log(Self.text, options("once"))
    let twice = try log(Self.text, options("twice"))
    let again = try log(Self.text, options("twice"))
    #expect(!twice.isContinued && again.isContinued && twice.id == again.id && once.id != twice.id)
    #expect(
      try store.history(run: once.id, metric: "loss")
        == store.history(run: twice.id, metric: "loss"))
    #expect(try summary(once).metrics == summary(twice).metrics)
    #expect(try summary(twice).metrics["loss"]?.count == 20)
    #expect(try store.attempts(run: twice.id).map(\.state) == [.finished, .finished])
  }

  @Test func aRunGoesOn() throws {
    let lines = Self.text.split(separator: "\n")
    let run = try log(lines.prefix(12).joined(separator: "\n"), options("a", ["lr": .integer(1)]))
    // Some of it once more, in another order, with another value.
    let rest = lines.dropFirst(9).reversed() + ["{\"step\": 5, \"loss\": 0.001}"]
    try log(rest.joined(separator: "\n"), options("a", ["lr": .number(1), "depth": .integer(2)]))
    let loss = try store.history(run: run.id, metric: "loss")
    #expect(loss.steps == Array(0..<20))
    var values = (0..<20).map { 1 / Double($0 + 1) }
    values[5] = 0.001
    #expect(loss.values == values)
    let metric = try #require(try summary(run).metrics["loss"])
    #expect(metric.count == 20 && metric.lastStep == 19)
    #expect(metric.min == 0.001 && metric.minStep == 5)
    #expect(try summary(run).parameters == ["lr": .integer(1), "depth": .integer(2)])
    #expect(try summary(run).step == 19)
  }

  private func problem(_ options: LoggedRun.Options) throws -> StoreError? {
    do {
      _ = try LoggedRun(options, in: store)
      return nil
    } catch let error as StoreError {
      return error
    }
  }

  @Test func whatAnotherRunHasIsNotTaken() throws {
    let run = try log("{\"loss\":1}", options("a", ["lr": .integer(1)]))
    let other = try problem(options("a", ["lr": .integer(2)]))
    #expect(other?.kind == .badInput)
    #expect(
      other?.description
        == "the run 'base/a' has lr=1, and a run keeps its settings: leave out lr=2, or give another name with --run"
    )
    try store.remove([run.id])
    let deleted = try problem(options("a"))
    #expect(
      deleted?.kind == .badInput
        && deleted?.description.contains("'workbench restore \(run.id.prefix(8))'") == true)
    try store.restore([run.id])
    let holder = try LoggedRun(options("a"), in: store)
    #expect(try problem(options("a"))?.kind == .busy)
    try holder.end(.finished)
    // Of another program, under the same name.
    let table = try folder.write(Array("{\"step\":0,\"x\":1,\"run\":\"b\"}".utf8), "t.jsonl")
    var columns = ForeignImport.Options()
    columns.experiment = "base"
    columns.columns = ImportColumns(run: "run", step: "step", metrics: ["x"])
    _ = try ForeignImport(into: store, options: columns)(table, from: .jsonl)
    #expect(try problem(options("b"))?.description.contains("has not made it") == true)
    #expect(try summary(run).metrics["loss"]?.count == 1)
  }

  /// A run without a name goes on by the one that it got.
  @Test func aLabelIsAName() throws {
    let first = try log("{\"loss\":1}", options(nil, ["lr": .integer(1)]))
    let second = try log("{\"step\":1,\"loss\":2}", options("lr=1"))
    #expect(first.id == second.id && second.isContinued)
    #expect(try store.history(run: first.id, metric: "loss").values == [1, 2])
  }

  @Test func aRunThatNobodyReadsHasCrashed() throws {
    var run: LoggedRun? = try LoggedRun(options("a"), in: store)
    let id = try #require(run?.id)
    #expect(try store.markCrashedRuns() == [], "its lock is held")
    #expect(try store.states()[id] == .running)
    run = nil
    #expect(try store.markCrashedRuns() == [id])
    #expect(try summary(log("{\"loss\":1}", options("a"))).state == .finished)
    #expect(try store.attempts(run: id).map(\.state) == [.crashed, .finished])
  }

  /// Runs of other programs that `import` has read are under way elsewhere.
  @Test func importedRunsStayAsTheirFilesSay() throws {
    let id = try LoggedRun(options("a"), in: store).id
    try store.write { try $0.execute(sql: "UPDATE importedRun SET source = 'mlflow'") }
    #expect(!RunLock.isHeld(run: id, store: store.folder))
    #expect(try store.markCrashedRuns() == [] && store.states()[id] == .running)
  }

  @Test func picturesAreThereOnceAStep() throws {
    let png = tinyPNG(width: 4, height: 4) { x, _ in UInt8(x) }
    let path = try folder.write(png, "a.png")
    let text = "{\"step\":5,\"samples\":\"\(path)\"}\n{\"step\":6,\"samples\":\"\(path)\"}"
    let run = try log(text, options("a"))
    try log(text, options("a"))
    let artifacts = try store.artifacts(run: run.id)
    #expect(artifacts.map(\.name) == ["samples-00000005.png", "samples-00000006.png"])
    #expect(artifacts.map(\.step) == [5, 6])
    #expect(artifacts.allSatisfy { $0.areSamples && $0.width == 4 })
    #expect(try store.content(sha256: artifacts[0].sha256) == png)
  }

  @Test func otherPicturesBecomePNG() throws {
    let goldens = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let path = goldens.path + "/ImagesTests/Goldens/420.jpg"
    let run = try log("{\"step\":5,\"grid\":\"\(path)\"}", options("a"))
    let artifact = try #require(try store.artifacts(run: run.id).first)
    #expect(artifact.name == "grid-00000005.png" && artifact.mediaType == "image/png")
    #expect(pngSize(try store.content(sha256: artifact.sha256)) != nil)
  }

  /// As an import says it.
  @Test func whatDecidesCanBeSaid() throws {
    var options = options("a")
    options.objective = Objective(metric: "acc", goal: .maximize)
    try log("{\"acc\":1}", options)
    #expect(try store.experiment("base").objective?.metric == "acc")
    try log("{\"acc\":1}", self.options("b"))
    #expect(try store.experiment("base").objective?.goal == .maximize)
  }

  @Test func namesMayHoldAnything() throws {
    let name = "\u{1B}[2J\"'; --\u{202E}"
    let key = "\u{7}metric\u{202E} `x`"
    let run = try log(
      "{\"step\":1,\"\\u0007metric\\u202e `x`\":2,\"a\\u0000b\":3,\"\":4}",
      options(name, [key: .string("\n")]))
    let summary = try summary(run)
    #expect(summary.label == name && summary.parameters[key] == .string("\n"))
    #expect(try store.history(run: run.id, metric: key).values == [2])
    #expect(summary.metrics.count == 3)
  }
}
