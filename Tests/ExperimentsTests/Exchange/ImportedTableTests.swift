import Foundation
import TestSupport
import Testing
import Values

@testable import Exchange
@testable import Store

/// CSV and JSON lines whose columns are named.
@Suite struct ImportedTableTests {
  private func imported(
    _ text: String, _ columns: ImportColumns, _ source: ForeignSource = .csv, seed: String? = nil,
    steps: StepChoice = .found, in folder: String
  ) throws -> (RunStore, ForeignImport.Result) {
    let path = "\(folder)/table.\(source.rawValue)"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    let store = try ForeignImportTests.store(folder)
    var options = ForeignImport.Options()
    options.columns = columns
    options.seed = seed
    options.steps = steps
    return (store, try ForeignImport(into: store, options: options)(path, from: source))
  }

  private static let table = #"""
    name,epoch,loss,"batch size",lr,seed,note
    a,0,1.5,64,1e-3,1,"one, two"
    a,1,inf,64,1e-3,1,"one, two"
    b,0,,64,1e-3,2,"say ""x"""
    b,2,NaN,64,1e-3,2,"say ""x"""\#r
    007,0,-2,32,0.1,1,
    """#

  @Test func cellsAreReadAsRFC4180HasThem() throws {
    try withTemporaryFolder { folder in
      let columns = ImportColumns(
        run: "name", step: "epoch", metrics: ["loss"],
        settings: ["batch size", "lr", "seed", "note"])
      let (store, result) = try imported(Self.table, columns, seed: "seed", in: folder)
      #expect(result.runs.map(\.label) == ["a", "b", "007"] && result.experiments == ["table"])
      let runs = Dictionary(uniqueKeysWithValues: try store.runs().map { ($0.label ?? "", $0) })
      let a = try #require(runs["a"])
      #expect(a.parameters["batch size"] == .integer(64) && a.parameters["lr"] == .number(0.001))
      #expect(
        a.parameters["note"] == .string("one, two")
          && runs["b"]?.parameters["note"] == .string("say \"x\""))
      #expect(runs["007"]?.parameters["note"] == nil)
      #expect(try store.history(run: a.id, metric: "loss").values == [1.5, .infinity])
      let b = try store.history(run: try #require(runs["b"]).id, metric: "loss")
      #expect(b.steps == [2] && b.values[0].isNaN)
      #expect(a.seed == 1 && a.repeatGroup != nil && a.state == .finished)
    }
  }

  @Test func jsonLinesAreReadAsPythonWritesThem() throws {
    try withTemporaryFolder { folder in
      let text = """
        {"run": "a", "step": 0, "eval": {"loss": NaN}, "config": {"lr": 0.1}}

        {"run": "a", "step": 1, "eval": {"loss": "Infinity"}, "config": {"lr": 0.1}}
        {"run": "b", "step": 0, "eval": {"loss": null}, "x": "\\u00e9\\ud83d\\ude00"}
        {"run": "b", "st
        """
      let columns = ImportColumns(
        run: "run", step: "step", metrics: ["eval.loss"], settings: ["config.lr", "x"])
      let (store, result) = try imported(text, columns, .jsonl, in: folder)
      #expect(result.notices.places.count == 1 && result.notices.places[0].contains("line 5"))
      let runs = try store.runs()
      let a = try store.history(run: runs[0].id, metric: "eval.loss")
      #expect(a.steps == [0, 1] && a.values[0].isNaN && a.values[1] == .infinity)
      #expect(
        runs[0].parameters["config.lr"] == .number(0.1) && runs[1].parameters["x"] == .string("é😀"))
    }
  }

  @Test func aRowMayBeOneValue() throws {
    try withTemporaryFolder { folder in
      let text = "m;s;v\nloss;0;1\nacc;0;2\nloss;1;3\n"
      let columns = ImportColumns(
        step: "s", metricName: "m", value: "v", separator: UInt8(ascii: ";"))
      let (store, _) = try imported(text, columns, in: folder)
      let run = try #require(try store.runs().first)
      #expect(run.label == "table" && Set(run.metrics.keys) == ["loss", "acc"])
      #expect(try store.history(run: run.id, metric: "loss").values == [1, 3])
    }
  }

  @Test func valuesWithoutStepsAreCountedWhereThatIsAsked() throws {
    try withTemporaryFolder { folder in
      let (store, _) = try imported(
        "loss\n3\n2\n\n1\n", ImportColumns(metrics: ["loss"]), steps: .counted, in: folder)
      let history = try store.history(run: try store.runs()[0].id, metric: "loss")
      #expect(history.steps == [0, 1, 2] && history.values == [3, 2, 1])
    }
  }

  @Test(
    arguments: [
      ("s,loss\n1,x\n", "line 2: 'loss' is 'x', and a number is expected"),
      ("s,loss\n1.5,1\n", "line 2: the step ('s') is '1.5'"),
      ("s,loss\n1,1,2\n", "line 2: 3 cells"),
      ("s,loss\n1,\"1\n", "line 2: a quote that begins here is not closed"),
      ("s,loss\n1,\"1\"2\n", "line 2: something follows a closing quote"),
      ("s,loss,loss\n1,1,2\n", "2 columns 'loss'"),
      ("s,lost\n1,1\n", "no column 'loss'; it has s, lost"),
      ("", "is empty"),
    ])
  func errorsNameThePlaceTheValueAndWhatToDo(_ text: String, _ message: String) throws {
    try withTemporaryFolder { folder in
      let error = #expect(throws: StoreError.self) {
        try imported(text, ImportColumns(step: "s", metrics: ["loss"]), in: folder)
      }
      #expect(error?.kind == .badInput && "\(error!)".contains(message), "\(error!)")
      // Nothing came in.
      let experiments = try ForeignImportTests.store(folder).experiments()
      #expect(experiments.isEmpty)
    }
  }

  @Test func aSettingIsTheSameInAllRows() throws {
    try withTemporaryFolder { folder in
      let error = #expect(throws: StoreError.self) {
        try imported(
          "s,loss,lr\n1,1,0.1\n2,1,0.2\n",
          ImportColumns(step: "s", metrics: ["loss"], settings: ["lr"]), in: folder)
      }
      #expect("\(error!)".contains("line 3: 'lr' is 0.2, and was 0.1"))
    }
  }

  // MARK: JSON

  @Test func numbersOfPythonAreNumbers() throws {
    let cases: [(String, JSONValue)] = [
      ("-12", .integer(-12)), ("1e-3", .number(0.001)), ("1152921504606846976", .integer(1 << 60)),
      ("12345678901234567890", .number(12345678901234567890)), ("-Infinity", .number(-.infinity)),
      ("[1, {\"a\": null}, true]", .array([.integer(1), .object(["a": .null]), .boolean(true)])),
      ("\"a\\n\\\"\"", .string("a\n\"")), (" {} ", .object([:])), ("[ ]", .array([])),
    ]
    for (text, value) in cases {
      #expect(try JSONScanner.value(Array(text.utf8)) == value, "\(text)")
    }
    guard case .number(let value) = try JSONScanner.value(Array("NaN".utf8)) else {
      Issue.record("NaN")
      return
    }
    #expect(value.isNaN)
  }

  @Test(arguments: [
    "", "{", "{\"a\"}", "[1,]", "01", "1 2", "\"", "\"\\u12\"", "nul", "-", "{1: 2}", "\"\\x\"",
  ])
  func whatIsNoJSONIsAnError(_ text: String) {
    #expect(throws: JSONScanner.Damage.self) { try JSONScanner.value(Array(text.utf8)) }
  }

  @Test func depthIsLimited() {
    let text = String(repeating: "[", count: 100_000)
    #expect(throws: JSONScanner.Damage.self) { try JSONScanner.value(Array(text.utf8)) }
  }
}
