import Foundation
import TestSupport
import Testing
import Values

@testable import ExperimentFiles
@testable import Planning
@testable import Reports
@testable import Store

/// docs/notebooks.md against the program.
@Suite struct NotebookDocumentationTests {
  private static func text() throws -> String {
    try String(
      contentsOf: DefinitionTests.root.appending(path: "docs/notebooks.md"), encoding: .utf8)
  }

  @Test func itHasTheTables() throws {
    let parts = try Self.text().components(
      separatedBy: "<!-- cells: written by 'workbench schema --cells' -->\n")
    try #require(parts.count == 2)
    let tables = try #require(parts[1].components(separatedBy: "<!-- end of cells -->").first)
    #expect(tables == CellTable.markdown, "write them anew: workbench schema --cells")
  }

  /// The document of the page, run by hand: every cell shows something.
  @Test func itsDocumentRenders() throws {
    let document = try #require(
      try Self.text().components(separatedBy: "````markdown\n").dropFirst().first?
        .components(separatedBy: "````\n").first)
    let file = try ExperimentFile.read(text: document, path: "schedules.md")
    #expect(file.runCount == 12)
    try withTemporaryFolder { folder in
      let store = try RunStore(folder: folder, creating: true)
      let plan = try Plan(file) { _ in "" }
      try store.register(plan.registration(of: file))
      for run in plan.runs {
        let shift = run.label.contains("cosine") ? 0.2 : 0.1
        let value = shift + 0.01 * Double(run.repeatIndex)
        try store.beginAttempt(run: run.id, environment: [:])
        try store.appendPoints(
          ["eval/loss", "eval/frechet_pca64"].map {
            SeriesPoints(name: $0, steps: [200], values: [value])
          }, run: run.id)
        try store.finishAttempt(run: run.id, state: .finished)
      }
      let report = try ExperimentReport(store: store, experiment: "schedules")
      let page = String(decoding: report.files[0].bytes, as: UTF8.self)
      #expect(page.hasPrefix("# Linear or cosine?\n\n> Does a cosine schedule"))
      #expect(page.contains("We trained 12 networks"))
      #expect(report.cells.allSatisfy { $0.error == nil })
      #expect(report.claims.map(\.verdict) == [.holds])
    }
  }

  @Test func itsListIsSound() throws {
    let list = try #require(
      try Self.text().components(separatedBy: "```yaml\nreport:").dropFirst().first?
        .components(separatedBy: "```").first)
    let file = try ExperimentFile.read(
      text: "data: {source: shapes}\ntraining: {steps: 1}\nreport:" + list, path: "x.yaml")
    #expect(file.cellCount == 4)
  }

  /// Every key of every kind has its row, whatever the kinds.
  @Test func kindsAreSound() {
    var seen: Set<String> = []
    for kind in CellKinds.all {
      #expect(seen.insert(kind.kind).inserted)
      let keys = CellKey.all(of: kind)
      #expect(Set(keys.map(\.name)).count == keys.count, "\(kind.kind)")
      if let main = kind.mainKey { #expect(keys.contains { $0.name == main && $0.isRequired }) }
    }
  }
}
