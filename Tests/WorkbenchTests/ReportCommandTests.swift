import ArgumentParser
import Foundation
import Store
import StoreTestSupport
import TestSupport
import Testing
import Values

@testable import Workbench

@Suite struct ReportCommandTests {
  @Test func writesAndPrints() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/runs")
      let command = try ReportCommand.parse(["demo", "-o", folder + "/out"])
      let printed = try command.write("demo", store).answer
      #expect(printed.hasPrefix("cosine · fp32 is the best of 4 settings in eval/frechet_pca64"))
      #expect(printed.hasSuffix("\n\(folder)/out/demo.md\n"))
      let page = try String(contentsOfFile: folder + "/out/demo.md", encoding: .utf8)
      #expect(page.hasPrefix("# demo\n"))
      // Kept in the store, and the same the second time.
      let kept = try store.report(experiment: "demo")
      #expect(
        kept.map(\.name).sorted() == [
          "demo.md", "demo/results.svg", "demo/samples.svg", "demo/train-loss.svg",
        ])
      #expect(try command.write("demo", store).answer == printed)
      #expect(try store.report(experiment: "demo").map(\.sha256) == kept.map(\.sha256))
    }
  }

  @Test func json() throws {
    struct Document: Decodable {
      var answer, experiment, path: String
      var pictures: [String]
    }
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/runs")
      let printed = try ReportCommand.parse(["demo", "-o", folder, "--json"])
        .write("demo", store).answer
      let document = try JSONDecoder().decode(Document.self, from: Data(printed.utf8))
      #expect(document.experiment == "demo" && document.path == folder + "/demo.md")
      #expect(document.pictures.count == 3)
      for picture in document.pictures {
        #expect(FileManager.default.fileExists(atPath: picture))
      }
    }
  }

  @Test func unknownExperimentIsNotFound() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/runs")
      let command = try ReportCommand.parse(["nothing", "-o", folder + "/out"])
      #expect {
        try command.write("nothing", store)
      } throws: { error in
        Failure(error)?.code == .notFound
      }
      #expect(!FileManager.default.fileExists(atPath: folder + "/out"))
    }
  }

  private static func file(steps: Int) -> String {
    """
    name: few
    data: {source: shapes, size: 8}
    training: {steps: \(steps)}
    """
  }

  @Test func fileIsSavedIntoTheStoreFirst() async throws {
    let folder = try TemporaryFolder()
    let (path, runs, output) = (folder.path + "/few.yaml", folder.path + "/runs", folder.path)
    func report(steps: Int) async throws -> String {
      try folder.write(Array(Self.file(steps: steps).utf8), "few.yaml")
      try await ReportCommand.parse([path, "-o", output, "--store", runs]).run()
      return try String(contentsOfFile: output + "/few.md", encoding: .utf8)
    }
    let missing = try await report(steps: 3)
    #expect(missing.contains("> 1 of 1 runs is missing (1 queued)."))

    let store = try RunStore(folder: runs)
    let run = try store.runs()[0].id
    try store.beginAttempt(run: run, environment: [:])
    try store.finishAttempt(run: run, state: .finished)
    let whole = try await report(steps: 3)
    #expect(!whole.contains("WARNING"))

    let stale = try await report(steps: 4)
    #expect(stale.contains("> 1 of 1 runs is missing (1 queued)."))
    #expect(stale.contains("has changed: 1 finished run is no longer in it and left out."))
    #expect(stale.contains("training: {steps: 4}"))
  }
}
