import Testing
import Values

@testable import ExperimentFiles
@testable import Planning

/// YAML 1.2's core schema, where it differs from what a YAML 1.1 reader makes of it.
@Suite struct ScalarTests {
  private func number(_ text: String) -> SourceScalar.Number? {
    SourceScalar(text: text, isPlain: true).number
  }

  private func isInteger(_ text: String, _ value: Int) -> Bool {
    if case .integer(value)? = number(text) { true } else { false }
  }

  private func isFloating(_ text: String, _ value: Double) -> Bool {
    if case .floating(value)? = number(text) { true } else { false }
  }

  @Test func numbers() {
    #expect(isInteger("0", 0))
    #expect(isInteger("-12", -12))
    #expect(isInteger("+7", 7))
    // Not octal, as it would be in YAML 1.1.
    #expect(isInteger("010", 10))
    #expect(isInteger("0o17", 15))
    #expect(isInteger("0xff", 255))
    #expect(isFloating("1e-3", 0.001))
    #expect(isFloating("1E3", 1000))
    #expect(isFloating(".5", 0.5))
    #expect(isFloating("5.", 5))
    #expect(isFloating("-2.5e+2", -250))
  }

  @Test(arguments: [
    "", "-", "+", ".", "e3", ".e3", "1e", "1e+", "1_000", "0x", "0xg", "0o8", "0x-1", "1 2", "1,5",
    "nan", "inf", "Infinity", "1:30", "0b11", "--1", "１",
  ])
  func text(_ text: String) {
    #expect(number(text) == nil)
  }

  @Test(arguments: [
    ".nan", ".inf", "-.inf", "1e999", "-1e999", "9223372036854775808", "0xffffffffffffffff",
  ])
  func unbounded(_ text: String) {
    if case .unbounded? = number(text) { return }
    Issue.record("\(text) has a bound")
  }

  @Test func wordsAreWords() {
    for word in ["yes", "no", "on", "off", "y", "n"] {
      #expect(SourceScalar(text: word, isPlain: true).boolean == nil)
    }
    #expect(SourceScalar(text: "true", isPlain: true).boolean == true)
    #expect(SourceScalar(text: "FALSE", isPlain: true).boolean == false)
    #expect(SourceScalar(text: "true", isPlain: false).boolean == nil)
    #expect(SourceScalar(text: "1", isPlain: false).number == nil)
    #expect(SourceScalar(text: "~", isPlain: true).isNull)
    #expect(!SourceScalar(text: "null", isPlain: false).isNull)
  }

  @Test func anExperimentReadsThemSo() throws {
    let file = try ExperimentFile.read(
      text: """
        name: 2024
        question: yes
        data: {source: shapes}
        training: {steps: 1e3, batch: 0x10, optimizer: {lr: 1e-3}, ema: null, clip: none}
        """, path: "x.yaml")
    let run = try #require(try Plan(file) { _ in "" }.runs.first)
    #expect(file.name == "2024")
    #expect(file.question == "yes")
    #expect(run.parameters["training.steps"] == .integer(1000))
    #expect(run.parameters["training.batch"] == .integer(16))
    #expect(run.parameters["training.optimizer.lr"] == .number(0.001))
    #expect(run.parameters["training.ema"] == .null)
    #expect(run.parameters["training.clip"] == .null)
  }

  /// What the look ahead of libyaml must let pass.
  @Test func proseMayHoldAnything() throws {
    let file = try ExperimentFile.read(
      text: """
        ---
        question: |
          &not *an !anchor [ { [ {
          ---x
           "quotes' # no comment
        name: a   # a comment with [ & *
        training:
          steps: 1
          from: it is *not* an & alias
            *nor* is this # but this is a comment
        data: {source: shapes, "fit":pad}

        """, path: "x.yaml")
    #expect(
      file.question == "&not *an !anchor [ { [ {\n---x\n \"quotes' # no comment\n")
    let run = try #require(try Plan(file) { _ in "" }.runs.first)
    #expect(run.parameters["training.from"] == .string("it is *not* an & alias *nor* is this"))
    #expect(run.parameters["data.fit"] == .string("pad"))
  }
}
