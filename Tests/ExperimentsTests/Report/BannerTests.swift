import Store
import StoreTestSupport
import TestSupport
import Testing
import Values

@testable import ExperimentFiles
@testable import Reports

/// Why what a page shows may not be the whole story.
@Suite struct BannerTests {
  private func page(_ report: ExperimentReport) -> String {
    String(decoding: report.files[0].bytes, as: UTF8.self)
  }

  @Test func deletedRuns() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder)
      let ids = demoRuns().map(\.id)
      func banner() throws -> String {
        page(try ExperimentReport(store: store, experiment: "demo"))
      }
      try store.remove([ids[0]])
      #expect(
        try banner().contains(
          "> [!WARNING]\n> 1 run is deleted (`workbench restore` brings it back).\n"))
      try store.remove([ids[1]])
      #expect(
        try banner().contains("> 2 runs are deleted (`workbench restore` brings them back).\n"))
      try store.restore(ids)
      #expect(try !banner().contains("[!WARNING]"))
    }
  }

  @Test func deletedRunsOfANotebook() throws {
    let text = """
      name: hand
      data: {source: shapes}
      training: {steps: 1}
      report:
        - compare: {by: training.precision}
        - compare: {by: training.precision, where: diffusion.schedule.kind == "linear"}
        - markdown: "{{ count(runs) }} runs."
      """
    let cells = try #require(try ExperimentFile.read(text: text, path: "hand.yaml").cellsJSON)
    try withTemporaryFolder { folder in
      let store = try CellStore.make(folder, cells: cells)
      #expect(
        try !page(ExperimentReport(store: store, experiment: "hand")).contains("deleted"))
      try store.remove([try store.runs(experiment: "hand")[0].id])
      // Earlier values are not shown.
      let report = try ExperimentReport(store: store, experiment: "hand")
      #expect(report.answer == "11 of 11 runs finished, 1 deleted.")
      let shown = page(report)
      #expect(shown.contains("> 1 run is deleted (`workbench restore` brings it back).\n"))
      #expect(shown.contains("\n11 runs.\n"))
      // Below the cell that shows all runs; what a condition chooses nobody knows of deleted ones.
      #expect(shown.matches(of: /\n\*1 run is deleted\.\*\n/).count == 1)
    }
  }

  @Test func noLineStandsForOneRun() throws {
    func failures(_ seeds: Int) throws -> String {
      var input = FakeReport.quickstart(seeds: seeds)
      for index in input.runs.indices { input.runs[index].state = .failed }
      return page(try ExperimentReport(input))
    }
    let six = try failures(1)
    #expect(six.matches(of: /\n> - run \d \(failed\)/).count == 6)
    #expect(!six.contains("> - and "))
    let twelve = try failures(2)
    #expect(twelve.matches(of: /\n> - run \d+ \(failed\)/).count == 5)
    #expect(twelve.contains("\n> - and 7 more\n"))
  }
}
