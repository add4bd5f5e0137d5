import Foundation
import StoreTestSupport
import TestSupport
import Testing

@testable import Exchange
@testable import Store
@testable import Values

@Suite struct TablesExportTests {
  /// RFC 4180: records of fields, by its grammar.
  static func parse(_ text: String) throws -> [[String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var field = ""
    var isQuoted = false
    var rest = Array(text.unicodeScalars)[...]
    struct Malformed: Error {}
    while let scalar = rest.popFirst() {
      if isQuoted {
        if scalar != "\"" {
          field.unicodeScalars.append(scalar)
        } else if rest.first == "\"" {
          rest.removeFirst()
          field += "\""
        } else {
          isQuoted = false
          guard let next = rest.first, next == "," || next == "\r" else { throw Malformed() }
        }
        continue
      }
      switch scalar {
      case "\"":
        guard field.isEmpty else { throw Malformed() }
        isQuoted = true
      case ",":
        row.append(field)
        field = ""
      case "\r":
        guard rest.popFirst() == "\n" else { throw Malformed() }
        rows.append(row + [field])
        (row, field) = ([], "")
      case "\n": throw Malformed()
      default: field.unicodeScalars.append(scalar)
      }
    }
    guard !isQuoted, row.isEmpty, field.isEmpty else { throw Malformed() }
    return rows
  }

  private func read(_ path: String) throws -> [[String: String]] {
    let rows = try Self.parse(String(contentsOfFile: path, encoding: .utf8))
    let header = try #require(rows.first)
    #expect(Set(header).count == header.count)
    return rows.dropFirst().map { row in
      #expect(row.count == header.count)
      return Dictionary(uniqueKeysWithValues: zip(header, row))
    }
  }

  @Test func runsAndPointsAreAllThere() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/runs", incidents: true)
      let runs = try store.runs(experiment: "demo").filter { !$0.isOrphan }
      try store.addTags(["keep", "b"], run: runs[0].id)
      let selection = try ExportSelection(["demo"], store: store)
      #expect(selection.orphansLeftOut == 1)
      try CSVExport(selection).write(to: folder + "/long")
      try CSVExport(selection, layout: .wide).write(to: folder + "/wide")
      let table = try read(folder + "/long/runs.csv")
      #expect(table.map { $0["id"] } == runs.map(\.id))
      #expect(table.map { $0["label"] } == runs.map(\.label))
      #expect(table[0]["tags"] == "b\nkeep")
      #expect(table[0]["param:training.optimizer.lr"] == "0.002")
      #expect(table[0]["param:training.optimizer.betas"] == "[0.9, 0.999]")
      for (row, run) in zip(table, runs) {
        let last = run.metrics["eval/loss"].map(\.last)
        #expect(row["last:eval/loss"].flatMap(Double.init) == last)
      }
      let failed = try #require(table.first { $0["state"] == "failed" })
      #expect(failed["last:train/loss"] == "NaN" && failed["last:eval/loss"] == "")

      let history = try read(folder + "/long/history.csv")
      #expect(history.count == runs.flatMap { $0.metrics.values.map(\.count) }.reduce(0, +))
      for run in runs {
        for name in run.metrics.keys {
          let rows = history.filter { $0["runId"] == run.id && $0["metric"] == name }
          let points = try store.history(run: run.id, metric: name)
          #expect(rows.map { Int($0["step"]!) } == points.steps)
          #expect(rows.map { $0["value"] } == points.values.map { TableCell.number($0).text })
        }
      }
      let wide = try read(folder + "/wide/history.csv")
      let cells = wide.map { $0.filter { $0.key.contains("/") && !$0.value.isEmpty }.count }
      #expect(cells.reduce(0, +) == history.count)
      // Twenty steps a run, seven of the failed one, none of the last.
      #expect(wide.count == 11 * 20 - 13)
    }
  }

  @Test func cellsAreNoFormulas() throws {
    func written(_ text: String) -> String { CSVText.line([.text(text)], end: "") }
    #expect(written("=1+1") == "\"'=1+1\"")
    #expect(
      written("@A") == "\"'@A\"" && written("+x") == "\"'+x\"" && written("-x") == "\"'-x\"")
    #expect(written("'=1") == "\"''=1\"")
    #expect(written("-1.5e3") == "\"-1.5e3\"" && written("it's") == "\"it's\"")
    #expect(written("a\"b,c") == "\"a\"\"b,c\"")
    #expect(written("\tx\u{202e}") == "\"'\tx\u{FFFD}\"")
    #expect(written("") == "\"\"" && CSVText.line([.none, .none], end: "") == ",")
  }

  /// A reader that guesses from the first rows has seen by then what the rest is: text has quotes,
  /// and a number that may be a fraction has a point. What is none is spelt as Polars takes it too.
  @Test func columnsAreOfOneType() {
    #expect(
      CSVText.table(
        header: ["whole", "number", "truth", "mixed", "a\"b\nc", "whole", "gaps"],
        rows: [
          [.integer(1), .integer(1), .boolean(true), .integer(1), .text("x"), .integer(7), .none],
          [.none, .number(0.5), .none, .text("none"), .none, .integer(-8), .none],
          [
            .integer(3), .number(.infinity), .boolean(false), .number(0.5), .text(""),
            .integer(9), .none,
          ],
          [
            .integer(4), .number(-.infinity), .none, .boolean(true), .text("y\nz"), .integer(0),
            .none,
          ],
          [.integer(5), .number(.nan), .none, .none, .text("1"), .integer(0), .number(1e-7)],
        ]) == """
          "whole","number","truth","mixed","a""b c","whole (2)","gaps"\r
          1,1.0,true,"1","x",7,\r
          ,0.5,,"none",,-8,\r
          3,inf,false,"0.5","",9,\r
          4,-inf,,"true","y\nz",0,\r
          5,NaN,,,"1",0,1e-07\r\n
          """)
  }

  @Test func noneAmongNumbersIsNoCell() {
    #expect(
      TableCell.column([.null, .number(0.9), nil, .integer(1)]) == [
        .none, .number(0.9), .none, .number(1),
      ])
    #expect(TableCell.column([.null, .boolean(true)]) == [.none, .boolean(true)])
    #expect(TableCell.column([.null, nil]) == [.text("none"), .none])
    #expect(
      TableCell.column([.null, .string("cosine"), .integer(2)]) == [
        .text("none"), .text("cosine"), .text("2"),
      ])
    #expect(TableCell.column([.integer(1), .integer(2)]) == [.integer(1), .integer(2)])
  }

  @Test func hostileNamesComeOutAsText() throws {
    try withTemporaryFolder { folder in
      let store = try makeHostileStore(folder: folder + "/runs")
      let selection = try ExportSelection(["hostile"], store: store)
      try CSVExport(selection).write(to: folder + "/csv")
      try JSONLinesExport(selection).write(to: folder + "/runs.jsonl")
      let table = try read(folder + "/csv/runs.csv")
      #expect(table.count == hostileNames.count)
      let dangerous: (Unicode.Scalar) -> Bool = {
        $0.value < 0x20 && !"\r\n\t".unicodeScalars.contains($0)
          || [0x202e, 0x2028, 0x7f].contains($0.value)
      }
      for name in ["csv/runs.csv", "csv/history.csv", "runs.jsonl"] {
        let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
        #expect(!text.unicodeScalars.contains(where: dangerous), "\(name)")
      }
      #expect(
        table.contains { $0["label"] == "'=1+1" }
          && table.contains { $0["label"] == "-rf" } == false)
    }
  }

  @Test func jsonLinesGiveEverythingBack() throws {
    try withTemporaryFolder { folder in
      let store = try makeHostileStore(folder: folder + "/runs")
      let path = folder + "/runs.jsonl"
      try JSONLinesExport(ExportSelection(["hostile"], store: store)).write(to: path)
      let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
      let values = try lines.map { try #require(JSONValue(text: String($0))) }
      func kind(_ name: String) -> [[String: JSONValue]] {
        values.compactMap { value in
          guard case .object(let members) = value, members["kind"] == .string(name) else {
            return nil
          }
          return members
        }
      }
      #expect(kind("experiment").count == 1)
      #expect(kind("run").map { $0["label"] } == hostileNames.map { .string($0) })
      let histories = kind("history")
      #expect(histories.count == 2 * hostileNames.count)
      for (index, name) in hostileNames.enumerated() {
        let id = JSONValue.string(SHA256Text.of("hostile \(index)"))
        let history = try #require(
          histories.first {
            $0["runId"] == id && $0["metric"] == .string(name.isEmpty ? "empty" : name)
          })
        #expect(history["steps"] == .array([1, 2, 7].map { .integer($0) }))
        #expect(history["values"] == .array([.string("NaN"), .string("-Infinity"), .number(0.1)]))
      }
    }
  }

  @Test func allOrNothing() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/runs")
      let selection = try ExportSelection(["demo"], store: store)
      let file = try TemporaryFolder().write([1], "there")
      for path in [file, folder + "/none/x", "/proc/x"] {
        for write in [
          { try CSVExport(selection).write(to: path) },
          { try JSONLinesExport(selection).write(to: path) },
          { try TensorBoardExport(selection).write(to: path) },
          { try MLflowExport(selection).write(to: path) },
          { try CapsuleExport(selection).write(to: path) },
        ] as [() throws -> Void] {
          let error = #expect(throws: StoreError.self) { try write() }
          #expect(error?.kind == .cannotCreate, "\(error?.description ?? "")")
        }
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["runs"])
    }
  }

  @Test func selectionsAreWhatTheyName() throws {
    try withTemporaryFolder { folder in
      let store = try seedDemoStore(folder: folder + "/runs", incidents: true)
      let id = demoRuns()[3].id
      #expect(try ExportSelection([id, "last", id], store: store).runs.map(\.id).first == id)
      #expect(try ExportSelection(["demo"], store: store).runs.count == 12)
      #expect(try ExportSelection(["demo"], store: store, orphans: true).runs.count == 13)
      #expect(try ExportSelection([id, "demo"], store: store).runs.count == 12)
      let error = #expect(throws: StoreError.self) { try ExportSelection(["nobody"], store: store) }
      #expect(error?.kind == .notFound)
    }
  }
}
