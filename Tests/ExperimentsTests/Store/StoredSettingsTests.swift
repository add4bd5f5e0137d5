import Diffusion
import Foundation
import GRDB
import TestSupport
import Testing
import Values

@testable import Analysis
@testable import ExperimentFiles
@testable import Planning
@testable import Store

/// Settings have one text, wherever the store keeps them and whichever version wrote it.
@Suite struct StoredSettingsTests {
  /// A value, its text, and what Foundation's encoder made of it for the stores of before.
  struct Spelling: Sendable {
    var value: ParameterValue
    var text: String
    var before: String
  }

  /// Texts by ECMAScript's Number::toString and RFC 8785; those of before as swift-foundation 6.1 writes them.
  private static let spellings: [Spelling] = [
    Spelling(value: .number(1e-05), text: "0.00001", before: "1e-05"),
    Spelling(value: .number(2.5e-7), text: "2.5e-7", before: "2.5e-07"),
    Spelling(value: .number(1e16), text: "10000000000000000", before: "1e+16"),
    Spelling(value: .number(1e30), text: "1e+30", before: "1e+30"),
    Spelling(value: .number(1), text: "1", before: "1"),
    Spelling(value: .number(0.1), text: "0.1", before: "0.1"),
    Spelling(value: .number(-0.0), text: "0", before: "-0"),
    Spelling(value: .number(.infinity), text: "\"Infinity\"", before: "\"Infinity\""),
    Spelling(
      value: .number(.greatestFiniteMagnitude), text: "1.7976931348623157e+308",
      before: "1.7976931348623157e+308"),
    Spelling(value: .number(.leastNonzeroMagnitude), text: "5e-324", before: "5e-324"),
    Spelling(value: .integer(.max), text: "9223372036854775807", before: "9223372036854775807"),
    Spelling(value: .integer(.min), text: "-9223372036854775808", before: "-9223372036854775808"),
    Spelling(
      value: .integer(1 << 53 + 1), text: String(1 << 53 + 1), before: String(1 << 53 + 1)),
    Spelling(value: .string("a/b"), text: #""a/b""#, before: #""a/b""#),
    Spelling(value: .string("größe 大きさ 🙂"), text: #""größe 大きさ 🙂""#, before: #""größe 大きさ 🙂""#),
    Spelling(
      value: .string("\u{8}\u{C}\n\u{1F}\"\\"), text: #""\u0008\u000c\n\u001f\"\\""#,
      before: #""\b\f\n\u001f\"\\""#),
    Spelling(value: .string("é"), text: "\"é\"", before: "\"é\""),
    Spelling(
      value: .list([.number(0.9), .number(1e-08), .null, .boolean(true)]),
      text: "[0.9,1e-8,null,true]", before: "[0.9,1e-08,null,true]"),
    Spelling(value: .null, text: "null", before: "null"),
  ]

  @Test(arguments: spellings) func oneTextAndOneReader(_ spelling: Spelling) throws {
    #expect(StoredSettings.text(spelling.value) == spelling.text)
    #expect(try StoredJSON.text(spelling.value) == spelling.before)
    let (now, before) = try (
      StoredSettings.value(spelling.text), StoredSettings.value(spelling.before)
    )
    for read in [now, before] {
      // Whole numbers are read as integers, and what is not finite as its word.
      #expect(StoredSettings.text(read) == spelling.text)
      #expect(read.number == spelling.value.number || read == .string("Infinity"))
      #expect(read.text == spelling.value.text)
    }
  }

  /// The program's own plan: `parameter`, `experimentRun.overrides` and `run.settings` say the same in the same bytes.
  @Test func allPlacesHoldTheSameText() throws {
    let text = """
      data: {source: npy, path: "größe/a b", range: [-0.0, 1.0e+5]}
      training: {steps: 5, optimizer: {kind: adam, lr: 1.0e-7, eps: 1.0e-30}, seed: 9007199254740993}
      sweep: {parameters: {training.optimizer.lr: [1.0e-5, 1.0e-7, 0.001]}, repeat: {training.seed: 2}}
      """
    try withTemporaryFolder { folder in
      let file = try ExperimentFile.read(text: text, path: "x.yaml")
      let store = try RunStore(folder: folder, creating: true)
      try store.register(try Plan(file) { _ in "" }.registration(of: file))
      let (count, differing, overrides, texts) = try store.read { db in
        try (
          Int.fetchOne(db, sql: "SELECT count(*) FROM parameter"),
          Row.fetchAll(
            db,
            sql: """
              SELECT path, json, settings -> ('$.' || path) FROM parameter
              JOIN run ON run.id = runId WHERE json IS NOT settings -> ('$.' || path)
              """),
          Int.fetchOne(
            db,
            sql: """
              SELECT count(*) FROM experimentRun AS member, json_each(member.overrides) AS entry
              JOIN parameter ON parameter.runId = member.runId
                AND parameter.path = entry.value ->> 'path' AND parameter.json = entry.value -> 'value'
              """),
          Set(String.fetchAll(db, sql: "SELECT DISTINCT json FROM parameter"))
        )
      }
      #expect((count ?? 0) > 6 * 40)
      #expect(differing.isEmpty, "\(differing)")
      #expect(overrides == 6 * 2)
      #expect(texts.isSuperset(of: ["[0,100000]", "1e-7", "0.00001", "1e-30", "9007199254740994"]))
    }
  }

  // MARK: Stores of before

  private static let parameters = spellings.enumerated().map { index, spelling in
    Parameter("odd.n\(index)", spelling.value)
  }

  /// A store of the version before, with two runs: one as it wrote them, one with the texts of now, as another version of
  /// Foundation might.
  private func oldStore(_ folder: String) throws {
    let queue = try DatabaseQueue(path: folder + "/workbench.sqlite")
    try StoreSchema.migrator.migrate(queue, upTo: "3 inputs")
    try queue.write { db in
      try db.execute(
        sql: """
          INSERT INTO experiment (id, name, question, fileText, plan, created, updated)
          VALUES (1, 'demo', '', '', '{}', 'now', 'now')
          """)
      for (index, id) in ["a", "b"].enumerated() {
        func text(_ value: ParameterValue) throws -> String {
          index == 0 ? try StoredJSON.text(value) : value.json.canonical
        }
        let parameters = Self.parameters + [Parameter("training.seed", .integer(index))]
        let overrides = try parameters.map {
          #"{"path":"\#($0.path)","value":\#(try text($0.value))}"#
        }
        try db.execute(
          sql: """
            INSERT INTO run (id, trainKey, settings, seed, state, created, updated)
            VALUES (?, 't', '{"as": 1e-05}', ?, 'finished', 'now', 'now')
            """, arguments: [id, index])
        try db.execute(
          sql: """
            INSERT INTO experimentRun (experimentId, runId, position, label, overrides)
            VALUES (1, ?, ?, ?, ?)
            """, arguments: [id, index, id, "[\(overrides.joined(separator: ","))]"])
        for parameter in parameters {
          try db.execute(
            sql: """
              INSERT INTO parameter (runId, path, value, number, json, swept)
              VALUES (?, ?, ?, ?, ?, 1)
              """,
            arguments: [
              id, parameter.path, parameter.value.text, parameter.value.number,
              try text(parameter.value),
            ])
        }
      }
    }
    try queue.close()
  }

  private func newRun() -> RunRegistration {
    let parameters = Self.parameters + [Parameter("training.seed", .integer(2))]
    return RunRegistration(
      id: "c", trainKey: "t", label: "c", index: 2, overrides: parameters, settingsJSON: "{}",
      parameters: parameters, seed: 2)
  }

  /// What is asked of the settings of all runs.
  private func check(_ store: RunStore, runs ids: [String]) throws {
    let runs = try store.runs(experiment: "demo")
    #expect(runs.map(\.id) == ids)
    for run in runs {
      #expect(run.parameters == runs[0].parameters.merging(run.parameters) { $0 == $1 ? $0 : $1 })
      #expect(
        run.overrides.filter { $0.path != "training.seed" }
          == runs[0].overrides.filter { $0.path != "training.seed" })
      #expect(run.overrides.map(\.value) == run.overrides.map { run.parameters[$0.path] })
      for parameter in Self.parameters {
        #expect(run.parameters[parameter.path]?.text == parameter.value.text)
      }
    }
    #expect(try store.differingSettings(experiment: "demo") == ["training.seed"])
    let table = try RunTable(store: store, experiment: "demo")
    #expect(Set(try table.commonSettings().keys) == Set(Self.parameters.map(\.path)))
    let texts = try store.read { db in
      try String.fetchAll(
        db, sql: "SELECT DISTINCT path || ' ' || json FROM parameter WHERE path LIKE 'odd.%'")
    }
    #expect(
      Set(texts) == Set(Self.parameters.map { "\($0.path) \(StoredSettings.text($0.value))" }))
  }

  @Test func oldRunsAreAsNewOnes() throws {
    try withTemporaryFolder { folder in
      try oldStore(folder)
      let store = try RunStore(folder: folder)
      try check(store, runs: ["a", "b"])
      var new = ExperimentRegistration(name: "demo", fileText: "", planJSON: "{}", runs: [])
      new.runs = [newRun()]
      try store.register(new, marksOrphans: false)
      try check(store, runs: ["a", "b", "c"])
      let settings = try store.settingsJSON(run: "a")
      #expect(settings == #"{"as": 1e-05}"#, "what is frozen stays as it is")
      let health = try store.healthProblem()
      #expect(health == nil)
    }
  }

  /// The store's file stays as it is, and every answer is that of a store that was brought up to date.
  @Test func oldStoresThatMayOnlyBeRead() throws {
    try withTemporaryFolder { folder in
      try oldStore(folder)
      let path = URL(filePath: folder + "/workbench.sqlite")
      let before = try Data(contentsOf: path)
      try check(try RunStore(reading: folder), runs: ["a", "b"])
      #expect(try Data(contentsOf: path) == before)
    }
  }

  /// They stay, and whoever reads them is told.
  @Test(arguments: ["nan", "{}", String(repeating: "[", count: 100_000)])
  func textsThatAreNoSettingsStay(text: String) throws {
    try withTemporaryFolder { folder in
      try oldStore(folder)
      let queue = try DatabaseQueue(path: folder + "/workbench.sqlite")
      try queue.write {
        try $0.execute(
          sql: "UPDATE parameter SET json = ? WHERE runId = 'a' AND path = 'odd.n0'",
          arguments: [text])
      }
      try queue.close()
      let store = try RunStore(folder: folder)
      let texts = try store.read {
        try String.fetchAll(
          $0, sql: "SELECT json FROM parameter WHERE runId = 'a' AND path <= 'odd.n1' ORDER BY path"
        )
      }
      #expect(texts == [text, "2.5e-7"])
      let error = #expect(throws: StoreError.self) { _ = try store.runs(experiment: "demo") }
      #expect(error?.kind == .badInput)
    }
  }

  /// A run of an earlier version has no parameter of a key that came later, whose default means what the run did: a sweep
  /// of the key may have the run, and says what it set.
  @Test func overridesOfKeysNewerThanTheRun() throws {
    try withTemporaryFolder { folder in
      try oldStore(folder)
      let store = try RunStore(folder: folder)
      var run = newRun()
      run.id = "a"
      run.overrides = [Parameter("new.key", .number(1e-05))]
      run.parameters.append(run.overrides[0])
      try store.register(
        ExperimentRegistration(name: "later", fileText: "", planJSON: "{}", runs: [run]))
      let runs = try store.runs(experiment: "later")
      #expect(runs.map(\.overrides) == [[Parameter("new.key", .number(1e-05))]])
      #expect(runs[0].parameters["new.key"] == nil)
      let table = try RunTable(store: store, experiment: "later")
      #expect(try table.setting("new.key", of: table.runs[0]) == .number(1e-05))
    }
  }
}
