import Analysis
import Diffusion
import Foundation
import Store
import StoreTestSupport
import TestSupport
import Testing
import Values

@Suite struct StoreRunTests {
  private func withStore<Result>(_ body: (RunStore) throws -> Result) throws -> Result {
    try withTemporaryFolder { folder in
      let clock = SteppingClock()
      return try body(
        RunStore(
          folder: folder, creating: true, options: RunStore.Options(clock: { clock.now() })))
    }
  }

  private func message(_ body: () throws -> Void) -> String? {
    do {
      try body()
      return nil
    } catch {
      return "\(error)"
    }
  }

  // MARK: Registration

  @Test func aPlanIsKeptAsItWas() throws {
    try withStore { store in
      let plan = demoExperiment(runs: demoRuns())
      let states = try store.register(plan)
      #expect(states == Dictionary(uniqueKeysWithValues: plan.runs.map { ($0.id, .queued) }))
      let experiment = try store.experiment("demo")
      #expect(experiment.question == plan.question)
      #expect(experiment.fileText == plan.fileText)
      #expect(experiment.planJSON == plan.planJSON)
      #expect(experiment.objective == plan.objective)
      #expect(experiment.sweep == plan.sweep)
      let runs = try store.runs(experiment: "demo")
      #expect(runs.map(\.id) == plan.runs.map(\.id))
      #expect(runs.map(\.overrides) == plan.runs.map(\.overrides))
      #expect(runs.map(\.repeatGroup) == plan.runs.map(\.repeatGroup))
      for (run, planned) in zip(runs, plan.runs) {
        #expect(
          run.parameters
            == Dictionary(uniqueKeysWithValues: planned.parameters.map { ($0.path, $0.value) }))
        #expect(try store.settingsJSON(run: run.id) == planned.settingsJSON)
      }
    }
  }

  @Test func planningAgainKeepsResultsAndMarksOrphans() throws {
    try withStore { store in
      let runs = demoRuns()
      try store.register(demoExperiment(runs: runs))
      try store.beginAttempt(run: runs[0].id, environment: [:])
      try store.finishAttempt(run: runs[0].id, state: .finished)

      let states = try store.register(demoExperiment(runs: Array(runs[0..<6])))
      #expect(states.count == 6)
      #expect(states[runs[0].id] == .finished)
      let after = try store.runs(experiment: "demo")
      #expect(after.map(\.isOrphan) == runs.indices.map { $0 >= 6 })

      // An overridden plan adds and leaves alone.
      var extra = runs[6]
      extra.id = String(repeating: "e", count: 64)
      try store.register(demoExperiment(runs: [extra]), marksOrphans: false)
      #expect(try store.runs(experiment: "demo").count { !$0.isOrphan } == 7)

      try store.register(demoExperiment(runs: runs))
      #expect(try store.runs(experiment: "demo").filter(\.isOrphan).map(\.id) == [extra.id])
    }
  }

  @Test func twoRunsWithTheSameSettingsAreRefused() throws {
    try withStore { store in
      var runs = demoRuns()
      runs[3].id = runs[1].id
      let said = message { try store.register(demoExperiment(runs: runs)) }
      #expect(said?.contains("'\(runs[1].label)' and '\(runs[3].label)'") == true)
      let kept = try store.experiments()
      #expect(kept.isEmpty)
    }
  }

  @Test func twoExperimentsShareARun() throws {
    try withStore { store in
      var other = demoExperiment(runs: [demoRuns()[0]])
      other.name = "other"
      other.runs[0].label = "alone"
      other.runs[0].overrides = []
      try store.register(other)
      let swept = { try store.query("SELECT DISTINCT key FROM params WHERE swept ORDER BY 1").rows }
      let before = try swept()
      #expect(before.isEmpty)
      try store.register(demoExperiment(runs: demoRuns()))
      #expect(
        try swept() == [
          [.text("diffusion.schedule.kind")], [.text("training.precision")],
          [.text("training.seed")],
        ])
      let members = try store.memberships(run: demoRuns()[0].id)
      #expect(members.map(\.experiment) == ["demo", "other"])
      #expect(members.map(\.label) == [demoRuns()[0].label, "alone"])
      #expect(try store.query("SELECT count(*) FROM runs").rows == [[.integer(13)]])
    }
  }

  // MARK: Attempts

  @Test func aRunsLife() throws {
    try withStore { store in
      let run = demoRuns()[0].id
      try store.register(demoExperiment(runs: demoRuns()))
      #expect(try store.beginAttempt(run: run, environment: ["host.name": "a"]) == 1)
      #expect(try store.states()[run] == .running)
      try store.finishAttempt(run: run, state: .interrupted)
      #expect(try store.beginAttempt(run: run, environment: ["host.name": "b"]) == 2)
      let midway = try store.memberships(run: run)[0]
      #expect(midway.ended == nil)
      try store.logEvent(run: run, "half")
      try store.finishAttempt(
        run: run, state: .failed, error: "no luck")

      let attempts = try store.attempts(run: run)
      #expect(attempts.map(\.state) == [.interrupted, .failed])
      #expect(
        attempts.map(\.environment) == [
          ["host.name": "a"], ["host.name": "b"],
        ])
      let seconds = attempts.compactMap(\.seconds)
      let total = try #require(try store.memberships(run: run)[0].seconds)
      #expect(abs(total - seconds.reduce(0, +)) < 1e-9)
      // The clock steps a second at each look; julianday() keeps about 0.1 ms.
      #expect(seconds.allSatisfy { $0 >= 1 - 1e-3 && $0 <= 3 + 1e-3 })
      let failed = try store.memberships(run: run)[0]
      #expect(failed.error == "no luck")
      #expect(failed.ended == attempts[1].ended)
      let events = try store.events(run: run)
      #expect(events.map(\.attempt) == [2])
    }
  }

  @Test func clearedAndDoneAnew() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder)
      let run = demoRuns()[0].id
      try store.clearResults(run: run)
      let cleared = try store.memberships(run: run)[0]
      #expect(cleared.state == .queued)
      #expect(cleared.step == 0)
      #expect(cleared.seconds == nil)
      #expect(cleared.metrics.isEmpty)
      let (files, points) = try (
        store.artifacts(run: run), store.history(run: run, metric: "train/loss")
      )
      #expect(files.isEmpty)
      #expect(points.steps.isEmpty)
      #expect(try store.attempts(run: run).count == 1, "attempts are history")
      #expect(try store.beginAttempt(run: run, environment: [:]) == 2)
    }
  }

  @Test func namesOfRunsThatAreNotThere() throws {
    try withStore { store in
      let none = StoreError(
        .notFound, "the store has no run 'ff'; 'workbench runs' lists them")
      #expect(throws: none) { try store.beginAttempt(run: "ff", environment: [:]) }
      #expect(throws: none) { try store.finishAttempt(run: "ff", state: .failed) }
      #expect(throws: none) { try store.truncatePoints(run: "ff", beyond: 0) }
      #expect(throws: none) { try store.clearResults(run: "ff") }
      #expect(throws: none) { try store.logEvent(run: "ff", "x") }
      #expect(throws: none) { try store.addTags(["x"], run: "ff") }
      #expect(throws: none) { try store.addNote("x", run: "ff") }
      #expect(throws: none) {
        try store.saveArtifact(run: "ff", name: "x", mediaType: "text/plain", bytes: [1])
      }
      #expect(throws: none) { _ = try store.resolve("ff") }
    }
  }

  @Test func aRunIsTakenByOne() throws {
    try withTemporaryFolder { folder in
      #expect(!RunLock.isHeld(run: "ab", store: folder))
      do {
        let lock = try RunLock(run: "ab", store: folder)
        #expect(RunLock.isHeld(run: "ab", store: folder))
        do {
          _ = try RunLock(run: "ab", store: folder)
          Issue.record("taken twice")
        } catch let error as StoreError {
          #expect(error.kind == .busy)
          #expect(error.description.contains("process \(getpid()) on"))
        }
        #expect(FileManager.default.fileExists(atPath: lock.folder + "/lock"))
      }
      #expect(!RunLock.isHeld(run: "ab", store: folder))
    }
  }

  // MARK: Names of runs

  @Test func whatAPersonCallsARun() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder, incidents: true)
      let runs = demoRuns()
      #expect(try store.resolve(runs[4].id) == runs[4].id)
      #expect(try store.resolve(String(runs[4].id.prefix(10)).uppercased()) == runs[4].id)
      #expect(try store.resolve("demo/\(runs[7].label)") == runs[7].id)
      #expect(try store.resolve("last") == runs[10].id, "begun last; 11 never began")
      let best = try #require(
        try store.runs(experiment: "demo").filter { $0.state == .finished }
          .min { $0.metrics["eval/frechet_pca64"]!.last < $1.metrics["eval/frechet_pca64"]!.last })
      #expect(try store.resolve("best:demo") == best.id)
      #expect(best.parameters["diffusion.schedule.kind"] == .string("cosine"))

      #expect(
        message { _ = try store.resolve("demo") }
          == "'demo' is an experiment of 13 runs; say which: 'demo/LABEL' or 'best:demo' "
          + "('workbench runs demo' lists them)")
      #expect(message { _ = try store.resolve("") }?.contains("no run ''") == true)
      #expect(
        message { _ = try store.resolve("demo/none") }?.contains("it has kind=linear") == true)
      #expect(message { _ = try store.resolve("none/x") }?.contains("no experiment 'none'") == true)
      #expect(message { _ = try store.resolve("best:none") }?.contains("no experiment") == true)
      #expect(message { _ = try store.resolve("%") }?.contains("no run '%'") == true)
    }
  }

  @Test func anAmbiguousIDIsSaidSo() throws {
    try withStore { store in
      var runs = Array(demoRuns().prefix(2))
      runs[0].id = "abc111"
      runs[1].id = "abc222"
      try store.register(demoExperiment(runs: runs))
      #expect(
        message { _ = try store.resolve("abc") }
          == "'abc' could be abc111, abc222; type more of the id")
      #expect(try store.resolve("abc1") == "abc111")
      #expect(
        message { _ = try store.resolve("last") } == nil, "queued runs count where none began")
      #expect(
        message { _ = try store.resolve("best:demo") }
          == "no finished run of 'demo' has eval/frechet_pca64, which decides what is best")
    }
  }

  /// After an override, and after a change of the file, several runs have one label.
  @Test func aLabelOfSeveralRunsIsSaidSo() throws {
    try withStore { store in
      var runs = Array(demoRuns().prefix(2))
      runs[0].id = String(repeating: "a", count: 64)
      runs[1].id = String(repeating: "b", count: 64)
      runs[1].label = runs[0].label
      let name = "demo/\(runs[0].label)"
      func said(_ marks: String) -> String {
        "'\(name)' is the label of 2 runs; specify one by its id: \(marks)"
      }
      try store.register(demoExperiment(runs: [runs[0]]))
      try store.register(demoExperiment(runs: [runs[1]]), marksOrphans: false)
      let both = said("aaaaaaaa (training.seed 0), bbbbbbbb (training.seed 1)")
      #expect(message { _ = try store.resolve(name) } == both)
      #expect(message { _ = try store.resolve(name, for: .change) } == both)
      #expect(
        message { _ = try store.resolve("demo/x") }
          == "'demo' has no run labelled 'x'; it has \(runs[0].label)")

      // One is asked for: that is the one to read.
      try store.register(demoExperiment(runs: [runs[1]]))
      #expect(try store.resolve(name) == runs[1].id)
      #expect(
        message { _ = try store.resolve(name, for: .change) }
          == said("bbbbbbbb (training.seed 1), aaaaaaaa (training.seed 0, no longer in the file)"))
      try store.remove([runs[1].id])
      #expect(try store.resolve(name, for: .change) == runs[0].id)
      try store.remove([runs[0].id])
      #expect(
        message { _ = try store.resolveDeleted(name) }?.contains("2 runs; specify one") == true)
    }
  }

  // MARK: Files

  @Test(arguments: [0, 1, 1 << 20, (1 << 20) + 1, 3_000_000])
  func artifactsComeBackByteForByte(size: Int) throws {
    try withStore { store in
      try store.register(demoExperiment(runs: demoRuns()))
      let run = demoRuns()[0].id
      let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
      let hash = try store.saveArtifact(
        run: run, name: "blob", mediaType: "application/octet-stream", bytes: bytes)
      #expect(hash == SHA256.hexadecimal(of: bytes))
      #expect(try store.content(sha256: hash) == bytes)
      let path = "\(store.folder)/artifacts/\(hash.prefix(2))/\(hash)"
      #expect(FileManager.default.fileExists(atPath: path) == (size > 1 << 20))

      let file = store.folder + "/copy"
      try Data(bytes).write(to: URL(fileURLWithPath: file))
      #expect(
        try store.saveArtifact(
          run: run, name: "copy", mediaType: "application/octet-stream", file: file) == hash)
      let artifacts = try store.artifacts(run: run)
      #expect(artifacts.map(\.name) == ["blob", "copy"])
      #expect(artifacts.map(\.bytes) == [size, size])
      if size > 1 << 20 {
        let left = try FileManager.default.contentsOfDirectory(atPath: store.folder + "/artifacts")
        #expect(left == [String(hash.prefix(2))], "no temporary file stays")
      }
    }
  }

  @Test func aDamagedOrLostFileIsSaidSo() throws {
    try withStore { store in
      try store.register(demoExperiment(runs: demoRuns()))
      let bytes = [UInt8](repeating: 7, count: 2_000_000)
      let hash = try store.saveArtifact(
        run: demoRuns()[0].id, name: "n", mediaType: "x/y", bytes: bytes)
      let path = "\(store.folder)/artifacts/\(hash.prefix(2))/\(hash)"
      try Data(bytes.dropLast()).write(to: URL(fileURLWithPath: path))
      #expect(message { _ = try store.content(sha256: hash) }?.contains("is damaged") == true)
      try FileManager.default.removeItem(atPath: path)
      #expect(message { _ = try store.content(sha256: hash) }?.contains("is gone") == true)
    }
  }

  @Test func picturesKnowTheirSizeAndAreReplacedByName() throws {
    try withStore { store in
      try store.register(demoExperiment(runs: demoRuns()))
      let run = demoRuns()[0].id
      for grey in [UInt8(1), 2] {
        try store.saveArtifact(
          run: run, name: "samples", step: 100, mediaType: "image/png",
          bytes: tinyPNG(width: 7, height: 5) { _, _ in grey })
      }
      let last = tinyPNG(width: 7, height: 5) { _, _ in 2 }
      let images = try store.query("SELECT * FROM images")
      #expect(images.columns == ["runId", "name", "step", "sha256", "width", "height"])
      #expect(
        images.rows == [
          [
            .text(run), .text("samples"), .integer(100),
            .text(SHA256.hexadecimal(of: last)), .integer(7), .integer(5),
          ]
        ])
    }
  }

  @Test func aReportReplacesTheOneBefore() throws {
    try withStore { store in
      try store.register(demoExperiment(runs: demoRuns()))
      let file = { (name: String, text: String) in
        ReportFile(name: name, mediaType: "text/markdown", bytes: Array(text.utf8))
      }
      try store.saveReport(experiment: "demo", files: [file("a.md", "one"), file("b.md", "two")])
      try store.saveReport(experiment: "demo", files: [file("a.md", "three")])
      let report = try store.report(experiment: "demo")
      #expect(report.map(\.name) == ["a.md"])
      #expect(try store.content(sha256: report[0].sha256) == Array("three".utf8))
      #expect(throws: StoreError.self) { try store.saveReport(experiment: "none", files: []) }
    }
  }

  @Test func tagsAndNotes() throws {
    try withStore { store in
      try store.register(demoExperiment(runs: demoRuns()))
      let run = demoRuns()[0].id
      try store.addTags(["b", "a", "a"], run: run)
      try store.addTags(["b"], run: run)
      #expect(try store.tags(run: run) == ["a", "b"])
      #expect(throws: StoreError.self) { try store.removeTags(["a", "none"], run: run) }
      #expect(try store.tags(run: run) == ["a", "b"], "all or nothing")
      try store.removeTags(["a"], run: run)
      #expect(try store.tags(run: run) == ["b"])
      try store.addNote("first", run: run)
      try store.addNote("second\nline", run: run)
      #expect(try store.notes(run: run).map(\.text) == ["first", "second\nline"])
    }
  }
}
