import Analysis
import Foundation
import StoreTestSupport
import TestSupport
import Testing

@testable import Reports
@testable import Store

/// Pins, soft deletion and what `clean` removes.
@Suite struct HousekeepingTests {
  private func withDemo(_ body: (RunStore) throws -> Void) throws {
    try withTemporaryFolder { try body(seedDemoStore(folder: $0)) }
  }

  private let ids = demoRuns().map(\.id)

  private func kind(_ body: () throws -> Void) -> StoreError.Kind? {
    do {
      try body()
      return nil
    } catch { return (error as? StoreError)?.kind }
  }

  private func count(_ store: RunStore, _ sql: String) throws -> Int {
    guard case .integer(let count)? = try store.query(sql).rows.first?.first else { return -1 }
    return count
  }

  @Test func deletedRunsAreHiddenEverywhereAndComeBackAsTheyWere() throws {
    try withDemo { store in
      try store.addTags(["keep"], run: ids[0])
      try store.addNote("odd", run: ids[0])
      let before = try store.memberships(run: ids[0])
      let tables = [
        "runs", "params", "metrics", "history", "images", "artifacts", "tags", "notes",
        "environment",
      ]
      for view in tables {
        let key = view == "runs" ? "id" : "runId"
        #expect(try count(store, "SELECT count(*) FROM \(view) WHERE \(key) = '\(ids[0])'") > 0)
      }
      let removed = try store.remove([ids[0]])
      #expect(removed.map(\.names) == [["demo/\(demoRuns()[0].label)"]])
      for view in tables {
        let key = view == "runs" ? "id" : "runId"
        let left = try count(store, "SELECT count(*) FROM \(view) WHERE \(key) = '\(ids[0])'")
        #expect(left == 0, "\(view) shows a deleted run")
      }
      #expect(try count(store, "SELECT count(*) FROM deletions") == 1)
      #expect(try store.runs(experiment: "demo").count == 11)
      #expect(try store.runs().count == 11)
      #expect(kind { _ = try store.resolve(ids[0]) } == .notFound)
      #expect(kind { _ = try store.resolve("demo/\(demoRuns()[0].label)") } == .notFound)
      #expect(kind { _ = try store.memberships(run: ids[0]) } == .notFound)
      let wide = try store.query("SELECT count(*) FROM wide", experiment: "demo").rows
      #expect(wide == [[.integer(11)]])
      let report = try ExperimentReport(store: store, experiment: "demo")
      let text = String(decoding: report.files[0].bytes, as: UTF8.self)
      #expect(!text.contains(ids[0].prefix(8)))
      #expect(try store.deletedRuns().map(\.id) == [ids[0]])

      #expect(try store.resolveDeleted(String(ids[0].prefix(6))) == ids[0])
      #expect(try store.restore([ids[0], ids[1]]).map(\.id) == [ids[0]])
      let after = try store.memberships(run: ids[0])
      #expect(after == before)
    }
  }

  @Test func whatMustStayKeepsAllThatWasNamed() throws {
    try withDemo { store in
      try store.pin([ids[1]])
      #expect(kind { try store.remove([ids[0], ids[1]]) } == .badInput)
      #expect(try store.runs().count == 12, "all or none")
      try store.unpin([ids[1]])

      var other = demoExperiment(runs: [demoRuns()[2]])
      other.name = "other"
      try store.register(other)
      #expect(kind { try store.remove([ids[2]]) } == .badInput)
      #expect(try store.remove([ids[2]], shared: true)[0].names.count == 2)
      #expect(try store.runs(experiment: "other").isEmpty)

      let lock = try RunLock(run: ids[3], store: store.folder)
      withExtendedLifetime(lock) { #expect(kind { try store.remove([ids[3]]) } == .busy) }
      #expect(kind { try store.remove(["none"]) } == .notFound)
      #expect(kind { try store.pin([ids[2]]) } == .notFound, "a deleted run cannot be pinned")
    }
  }

  @Test func anAttemptBringsADeletedRunBack() throws {
    try withDemo { store in
      try store.remove([ids[0]])
      try store.beginAttempt(run: ids[0], environment: [:])
      #expect(try store.runs().count == 12)
    }
  }

  @Test func cleaningRemovesWhatNothingRefersToAndNothingElse() throws {
    try withDemo { store in
      let large = [UInt8](repeating: 7, count: Artifact.largestInDatabase + 1)
      let shared = [UInt8](repeating: 8, count: Artifact.largestInDatabase + 2)
      let own = try store.saveArtifact(
        run: ids[0], name: "network", mediaType: "application/x-safetensors", bytes: large)
      let common = try store.saveArtifact(
        run: ids[0], name: "common", mediaType: "application/x-safetensors", bytes: shared)
      try store.saveArtifact(
        run: ids[1], name: "common", mediaType: "application/x-safetensors", bytes: shared)
      // A report shows the picture of the run that goes.
      let grid = try #require(
        try store.artifacts(run: ids[0]).first { $0.mediaType == "image/png" })
      try store.saveReport(
        experiment: "demo",
        files: [
          ReportFile(
            name: "demo/a.png", mediaType: "image/png",
            bytes: try store.content(sha256: grid.sha256))
        ])
      func write(_ path: String, _ bytes: [UInt8]) throws {
        let url = URL(filePath: store.folder + "/" + path)
        try FileManager.default.createDirectory(
          at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
      }
      let unknown = String(repeating: "ab", count: 32)
      try write("work/\(unknown)/state.safetensors", [1, 2, 3])
      try write("work/\(ids[0])/state.safetensors", [1, 2])
      try write("work/\(ids[1])/state.safetensors", [1])
      try write("work/notes.txt", [1])
      try write("artifacts/ab/\(unknown)", [1, 2, 3, 4])
      try write("artifacts/.new-x", [1])
      try write("artifacts/README", [1])
      try store.remove([ids[0]])

      let planned = try store.cleaning()
      #expect(
        planned.items.map(\.kind) == [
          .run, .artifact, .workFolder, .workFolder, .strayFile, .strayFile,
        ])
      #expect(planned.items.filter { $0.kind == .artifact }.map(\.name) == [own])
      #expect(planned.items.filter { $0.kind == .artifact }.map(\.bytes) == [large.count])
      #expect(
        Set(planned.items.filter { $0.kind == .workFolder }.map(\.name))
          == ["work/\(ids[0])", "work/\(unknown)"])
      #expect(
        planned.items.filter { $0.kind == .strayFile }.map(\.bytes).sorted() == [1, 4])
      #expect(planned.bytes > large.count)
      #expect(try store.deletedRuns().count == 1, "a dry run removes nothing")

      let cleaned = try store.clean()
      #expect(Set(cleaned.items) == Set(planned.items))
      #expect(cleaned.bytes == planned.bytes)
      #expect(try store.deletedRuns().isEmpty)
      #expect(kind { _ = try store.content(sha256: own) } == .notFound)
      #expect(try store.content(sha256: common) == shared)
      #expect(try store.content(sha256: grid.sha256).count == grid.bytes, "the report has it")
      let left = try FileManager.default.subpathsOfDirectory(atPath: store.folder)
      #expect(left.contains("work/\(ids[1])/state.safetensors"))
      #expect(left.contains("work/notes.txt") && left.contains("artifacts/README"))
      #expect(!left.contains { $0.contains(unknown) || $0.contains(".new-") || $0.contains(own) })
      #expect(try count(store, "SELECT count(*) FROM history WHERE runId = '\(ids[0])'") == 0)
      #expect(try store.healthProblem() == nil)
      #expect(try store.clean().items.isEmpty)
      let alone = try store.memberships(run: ids[1])
      #expect(alone.count == 1 && !alone[0].metrics.isEmpty)
    }
  }

  @Test func whatIsWorkedOnIsLeftAlone() throws {
    try withDemo { store in
      try store.remove([ids[0]])
      let lock = try RunLock(run: ids[0], store: store.folder)
      try withExtendedLifetime(lock) {
        let cleaned = try store.clean()
        #expect(cleaned.items.isEmpty)
        #expect(cleaned.kept.map(\.name) == [ids[0]])
      }
      #expect(try store.deletedRuns().count == 1)
    }
  }

  /// A deletion that was cut short leaves a folder, a row, a file: each is found again.
  @Test func aCleaningCutShortIsTakenUpAgain() throws {
    try withDemo { store in
      let bytes = [UInt8](repeating: 9, count: Artifact.largestInDatabase + 1)
      let sha256 = try store.saveArtifact(
        run: ids[0], name: "network", mediaType: "application/x-safetensors", bytes: bytes)
      try FileManager.default.createDirectory(
        atPath: RunLock.workFolder(run: ids[0], store: store.folder),
        withIntermediateDirectories: true)
      try store.remove([ids[0], ids[1]])
      // As if the process had died after the first run's row.
      try store.removeForGood(ids[0])
      #expect(try store.deletedRuns().map(\.id) == [ids[1]])
      let kinds = try store.clean().items.map(\.kind)
      #expect(kinds.contains(.run) && kinds.contains(.workFolder) && kinds.contains(.artifact))
      let left = try FileManager.default.subpathsOfDirectory(atPath: store.folder)
      #expect(!left.contains { $0.contains(sha256) || $0.contains(ids[0]) })
    }
  }

  @Test func onlyWhatIsAskedForIsRead() throws {
    try withDemo { store in
      let fields = RunFields(
        parameters: .only(["training.precision", "none"]), metrics: .only(["eval/loss"]),
        overrides: false)
      let runs = try store.runs(experiment: "demo", fields: fields)
      let all = try store.runs(experiment: "demo")
      #expect(runs.count == 12)
      #expect(runs.allSatisfy { Set($0.parameters.keys) == ["training.precision"] })
      #expect(runs.allSatisfy { Set($0.metrics.keys) == ["eval/loss"] && $0.overrides.isEmpty })
      #expect(runs.map { $0.metrics["eval/loss"] } == all.map { $0.metrics["eval/loss"] })
      #expect(runs.map(\.label) == all.map(\.label))
      #expect(
        try store.differingSettings(experiment: "demo")
          == ["diffusion.schedule.kind", "training.precision", "training.seed"])
    }
  }
}
