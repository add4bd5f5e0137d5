import ArgumentParser
import Experiments
import Foundation
import TestSupport
import Testing

@testable import Workbench

@Suite struct ReportCommandTests {
  @Test func writesAndPrints() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/runs")
      let command = try ReportCommand.parse(["demo", "-o", folder + "/out"])
      let printed = try command.write(store)
      #expect(printed.hasPrefix("cosine · fp32 is the best of 4 settings in eval/frechet_pca64"))
      #expect(printed.hasSuffix("\n\(folder)/out/demo.md\n"))
      let page = try String(contentsOfFile: folder + "/out/demo.md", encoding: .utf8)
      #expect(page.hasPrefix("# demo\n"))
      // Kept in the store, and the same the second time.
      let kept = try store.report(experiment: "demo")
      #expect(
        kept.map(\.name).sorted() == [
          "demo.md", "demo/results.svg", "demo/samples-01-linear-fp32.png",
          "demo/samples-02-linear-bf16.png", "demo/samples-03-cosine-fp32.png",
          "demo/samples-04-cosine-bf16.png", "demo/train-loss.svg",
        ])
      #expect(try command.write(store) == printed)
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
      let printed = try ReportCommand.parse(["demo", "-o", folder, "--json"]).write(store)
      let document = try JSONDecoder().decode(Document.self, from: Data(printed.utf8))
      #expect(document.experiment == "demo" && document.path == folder + "/demo.md")
      #expect(document.pictures.count == 6)
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
        try command.write(store)
      } throws: { error in
        Failure(error)?.code == .notFound
      }
      #expect(!FileManager.default.fileExists(atPath: folder + "/out"))
    }
  }
}
