import ArgumentParser
import Foundation
import Statistics
import Store
import TestSupport
import Testing
import Values

@testable import Workbench

/// Values, labels, notes, tags and errors that would break a table, a page or a terminal come out
/// of every verb as text.
@Suite struct HostileTextTests {
  static let hostile = [
    "a|b", "`rm`", "<script>alert(1)</script>", "line\nbreak", "bell\u{7}", "red\u{1B}[31m",
    "back\u{8}space", "rtl\u{202E}evil", "mark\u{200F}", "\u{2066}isolate", "\u{9B}31m",
    "quote\"d, 'x'", "*bold*", "[x](javascript:y)", "tab\there", "cr\rover", "=1+1",
  ]

  /// An experiment whose values, labels, question, tags, notes and errors are all hostile.
  private func withStore(_ body: (RunStore, [String]) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let clock = SteppingClock()
      let store = try RunStore(
        folder: folder, creating: true, options: .init(clock: { clock.now() }))
      var runs: [RunRegistration] = []
      for (place, text) in Self.hostile.enumerated() {
        for seed in 0..<2 {
          let index = 2 * place + seed
          let overrides = [
            Parameter("data.path", .string(text)), Parameter("training.seed", .integer(seed)),
          ]
          runs.append(
            RunRegistration(
              id: String(format: "%064x", index * 7919 + 1), trainKey: "t\(index)",
              label: "path=\(text),seed=\(seed)", index: index, overrides: overrides,
              settingsJSON: "{}",
              parameters: overrides + [Parameter("training.steps", .integer(10))], seed: seed,
              repeatGroup: place))
        }
      }
      try store.register(
        ExperimentRegistration(
          name: "bad", question: Self.hostile.joined(separator: " "), fileText: "x", planJSON: "{}",
          objective: Objective(metric: "eval/<b>|`m`", goal: .minimize),
          sweep: SweepRegistration(method: "list", paths: ["data.path"]), runs: runs))
      for (index, run) in runs.enumerated() {
        let text = Self.hostile[index / 2]
        try store.beginAttempt(run: run.id, environment: ["host.name": text])
        try store.logEvent(run: run.id, text)
        try store.addTags([text], run: run.id)
        try store.addNote(text, run: run.id)
        try store.appendPoints(
          [
            SeriesPoints(name: "eval/<b>|`m`", steps: [1], values: [Double(index)]),
            SeriesPoints(name: "train/loss", steps: [1, 2], values: [1, Double(index)]),
          ], run: run.id)
        try store.finishAttempt(
          run: run.id, state: index == 5 ? .failed : .finished, error: index == 5 ? text : nil)
      }
      try body(store, runs.map(\.id))
    }
  }

  /// Nothing that moves a cursor, changes a colour or turns the direction of text.
  private func isHarmless(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      scalar == "\n"
        || scalar.properties.generalCategory != .control
          && ![0x200E, 0x200F, 0x061C, 0xFEFF].contains(scalar.value)
          && !(0x202A...0x202E).contains(scalar.value)
          && !(0x2066...0x2069).contains(scalar.value)
    }
  }

  /// - Returns: what every verb prints for people, by its command line.
  private func answers(_ store: RunStore, _ ids: [String]) throws -> [(String, String)] {
    var answers: [(String, String)] = []
    func add(_ name: String, _ text: String) { answers.append((name, text)) }
    let columns = "id,label,tags,notes,error,data.path"
    for format in [[], ["--csv"], ["--markdown"]] {
      add("runs \(format)", try RunsCommand.parse(["bad"] + format).output(store))
      add(
        "runs --columns \(format)",
        try RunsCommand.parse(["--columns", columns, "--sort", "data.path"] + format).output(store))
      add("compare \(format)", try CompareCommand.parse(["bad"] + format).output(store))
      add(
        "compare --baseline \(format)",
        try CompareCommand.parse(["bad", "--baseline", Self.hostile[3]] + format).output(store))
      add(
        "sql \(format)",
        try SQLCommand.parse(["SELECT * FROM notes JOIN tags USING (runId)"] + format)
          .output("SELECT * FROM notes JOIN tags USING (runId)", store))
    }
    for index in stride(from: 0, to: ids.count, by: 2) {
      add("show", try ShowCommand.parse([ids[index]]).output(store))
      add("why", try WhyCommand.parse([ids[index], ids[(index + 2) % ids.count]]).output(store))
      add("diff", try DiffCommand.parse([ids[index], ids[(index + 3) % ids.count]]).output(store))
      add("tag", try TagCommand.parse([ids[index]]).output(store))
      add("note", try NoteCommand.parse([ids[index]]).output(store))
      add("logs", try store.events(run: ids[index]).map(LogsCommand.line).joined())
      add("pin", try PinCommand.parse([ids[index]]).output(store))
    }
    add("tags", try TagCommand.parse([]).output(store))
    add("best", try BestCommand.parse(["bad"]).output(store))
    add("unpin", try UnpinCommand.parse(["--where", "seed == 0"]).output(store))
    add("rm", try RmCommand.parse(["--where", "seed == 0"]).output(store))
    add("runs --deleted", try RunsCommand.parse(["--deleted"]).output(store))
    add("gc --dry-run", try GcCommand.parse(["--dry-run"]).output(store))
    add("restore", try RestoreCommand.parse(["--where", "seed == 0"]).output(store))
    return answers
  }

  @Test func everyVerbPrintsThemAsText() throws {
    try withStore { store, ids in
      let answers = try answers(store, ids)
      #expect(answers.count > 100)
      for (verb, text) in answers {
        #expect(!text.isEmpty || verb == "unpin", "\(verb) printed nothing")
        // Tables for other programs keep tabs.
        let seen = verb.contains("--csv") ? text.replacing("\t", with: "") : text
        #expect(isHarmless(seen), "\(verb) printed a control character")
      }
      // The words themselves are there: they were not thrown away.
      let list = try #require(answers.first { $0.0 == "runs []" }?.1)
      for word in ["a|b", "<script>alert(1)</script>", "line break", "rtlevil", "red[31m"] {
        #expect(list.contains(word), "\(word)")
      }
      #expect(list.split(separator: "\n").count == ids.count + 1, "one line per run")
    }
  }

  @Test func markdownHasNoMarkupOfTheirs() throws {
    try withStore { store, ids in
      for (verb, text) in try answers(store, ids) where verb.contains("--markdown") {
        // Below a table may stand why its rows are not ranked.
        let lines = text.split(separator: "\n").filter { $0.hasPrefix("|") }
        // A pipe that is not escaped would be a cell too many.
        let cells = lines.map { $0.replacing("\\|", with: "").count { $0 == "|" } }
        #expect(Set(cells).count == 1, "\(verb)")
        #expect(!text.contains("<script") && !text.contains(" `rm`"), "\(verb)")
        #expect(!text.contains("[x](") && !text.contains(" *bold*"), "\(verb)")
      }
    }
  }

  /// Read back by the rules of RFC 4180.
  @Test func csvHasTheSameFieldsInEveryRecord() throws {
    try withStore { store, ids in
      for (verb, text) in try answers(store, ids) where verb.contains("--csv") {
        var records = [[""]]
        var isQuoted = false
        for character in text {
          switch character {
          case "\"": isQuoted.toggle()
          case "," where !isQuoted: records[records.count - 1].append("")
          case "\n" where !isQuoted: records.append([""])
          default:
            let last = records[records.count - 1].count - 1
            records[records.count - 1][last].append(character)
          }
        }
        records.removeLast()
        #expect(Set(records.map(\.count)).count == 1, "\(verb)")
        #expect(records.count > 2, "\(verb)")
      }
    }
  }

  /// Errors name what they were given, and what they name is text too.
  @Test func errorsPrintThemAsText() throws {
    try withStore { store, _ in
      for text in Self.hostile {
        for arguments in [
          ["compare", "bad", "--baseline", text + "?"], ["best", text], ["why", text, text],
        ] {
          do {
            var answer = ""
            switch arguments[0] {
            case "compare":
              answer = try CompareCommand.parse(Array(arguments.dropFirst())).output(store)
            case "best": answer = try BestCommand.parse([text]).output(store)
            default: answer = try WhyCommand.parse([text, text]).output(store)
            }
            Issue.record("no error: \(answer.prefix(20))")
          } catch {
            let failure = try #require(Failure(error))
            #expect(isHarmless(failure.printed), "\(arguments[0]) \(failure.printed)")
          }
        }
      }
    }
  }
}
