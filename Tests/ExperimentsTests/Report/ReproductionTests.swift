import TestSupport
import Testing

@testable import ExperimentFiles
@testable import Planning
@testable import Reports
@testable import Store

/// What a report says under "How to reproduce", followed to the letter.
@Suite struct ReproductionTests {
  /// What is to be saved: a path, then a fenced block.
  private func blocks(_ page: String) -> [(path: String, text: String)] {
    let lines = page.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var blocks: [(path: String, text: String)] = []
    for (index, line) in lines.enumerated() where line.hasPrefix("`") && line.hasSuffix("`:") {
      let fence = String(lines[index + 2].prefix { $0 == "`" })
      let body = lines[(index + 3)...].prefix { $0 != fence }
      blocks.append((String(line.dropFirst().dropLast(2)), body.map { $0 + "\n" }.joined()))
    }
    return blocks
  }

  @Test func theSameRunsFromWhatThePageSays() throws {
    let files = [
      "e/x.yaml": "extends: base/a.yaml\nsweep: {parameters: {training.batch: [2, 4]}}\n",
      "e/base/a.yaml": "extends: ../b.yaml\n# ```\n# </details>\ntraining: {steps: 5}\n",
      "e/base/../b.yaml": "data: {source: shapes, size: 16}\n# --- c.yaml\n",
    ]
    let overrides = ["training.steps=7", "question=Is 'it' so?"]
    let file = try ExperimentFile.read(path: "e/x.yaml", overrides: overrides) { files[$0] ?? "" }
    let plan = try Plan(file) { _ in "" }
    try withTemporaryFolder { folder in
      let store = try RunStore(folder: folder, creating: true)
      try store.register(plan.registration(of: file))
      let report = try ExperimentReport(store: store, experiment: "x")
      let page = String(decoding: report.files[0].bytes, as: UTF8.self)
      #expect(page.contains("Save the 3 experiment files below under their names, then:"))
      #expect(
        page.contains(
          #"workbench run x.yaml training.steps=7 'question=Is '\''it'\'' so?'    # makes the"#))

      let saved = blocks(page)
      #expect(saved.map(\.path) == ["x.yaml", "base/a.yaml", "b.yaml"])
      let opened = ["e/x.yaml", "e/base/a.yaml", "e/base/../b.yaml"]
      #expect(saved.map(\.text) == opened.map { files[$0] ?? "" })
      let texts = Dictionary(uniqueKeysWithValues: saved.map { ($0.path, $0.text) })
      let again = try ExperimentFile.read(path: "x.yaml", overrides: overrides) {
        texts[LayerLoader.normalised($0)] ?? ""
      }
      #expect(try Plan(again) { _ in "" }.runs.map(\.id) == plan.runs.map(\.id))
    }
  }

  /// As before: one file without overrides is shown alone, under the experiment's name.
  @Test func oneFile() throws {
    let report = try ExperimentReport(FakeReport.quickstart(seeds: 1))
    let page = String(decoding: report.files[0].bytes, as: UTF8.self)
    #expect(page.contains("Save the experiment file below as `quickstart.yaml`, then:"))
    #expect(page.contains("workbench run quickstart.yaml    # makes"))
    #expect(page.contains("<summary>Experiment file</summary>\n\n```yaml\nworkbench: 1\n"))
  }
}
