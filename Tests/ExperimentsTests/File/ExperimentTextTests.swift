import Testing
import Text

@testable import ExperimentFiles

/// What the store keeps of an experiment's files comes apart as they were.
@Suite struct ExperimentTextTests {
  private static let texts: [[String]] = [
    ["a: 1\n"], ["a: 1\n", "b: 2\n"], ["", "\n\n"], ["# --- b.yaml\nb: 2\n"],
    ["# --- command line\n# a=1\n", "b: 2\n"], ["# ---- x\n# --- y\n", "#  --- z\n# -----\n"],
    ["a: 1\r\n# --- b\r\n", "c: 1\r\n"], ["a: '# --- b'\n  # --- b\n", "# --- \n"],
  ]

  private static let overrides: [[String]] = [
    [], ["training.steps=7"], ["question=a\n# --- b.yaml\n\nc", "name=x y"],
  ]

  @Test(arguments: texts, overrides)
  func itComesApart(texts: [String], overrides: [String]) {
    let files = texts.enumerated().map { ExperimentText.File(path: "e/\($0).yaml", text: $1) }
    let text = ExperimentText(files: files, overrides: overrides)
    let again = ExperimentText(joined: text.joined)
    #expect(again.files.map(\.text) == texts)
    #expect(again.overrides == overrides)
    if texts.count > 1 || !overrides.isEmpty { #expect(again == text) }
  }

  /// Nothing is put around it.
  @Test func aFileAloneIsItsText() {
    let file = ExperimentText.File(path: "x.yaml", text: "a: 1")
    #expect(ExperimentText(files: [file], overrides: []).joined == "a: 1")
    let two = ExperimentText(files: [file, file], overrides: ["b=2"])
    #expect(
      two.joined == "# --- x.yaml\na: 1\n# --- x.yaml\na: 1\n# --- command line\n# b=2\n")
  }

  @Test func whereFilesAreSaved() {
    func paths(_ opened: String...) -> [String] {
      ExperimentText(files: opened.map { .init(path: $0, text: "") }, overrides: [])
        .saved(as: "n.yaml").map(\.path)
    }
    #expect(
      paths("/tmp/e/x.yaml", "/tmp/e/base/a.yaml", "/tmp/e/base/../b.yaml")
        == ["x.yaml", "base/a.yaml", "b.yaml"])
    #expect(paths("x.md", "../b.yaml", "../b.yaml") == ["x.md", "../b.yaml"])
    #expect(
      paths("e/x.yaml", "e/../b.yaml", "/else/c.yaml") == ["x.yaml", "../b.yaml", "/else/c.yaml"])
    #expect(ExperimentText(joined: "a: 1\n").saved(as: "n.yaml").map(\.path) == ["n.yaml"])
  }

  @Test func wordsOfTheShell() {
    #expect(ShellText.word("training.steps=7") == "training.steps=7")
    #expect(ShellText.word("a=[1, 2]") == "'a=[1, 2]'")
    #expect(ShellText.word("a=it's $x") == #"'a=it'\''s $x'"#)
    #expect(ShellText.word("") == "''")
  }
}
