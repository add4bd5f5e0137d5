import Foundation
import StoreTestSupport
import TestSupport
import Testing

@testable import ExperimentFiles
@testable import Plots
@testable import Reports
@testable import Store
@testable import Values

/// Charts of what a query gives.
@Suite struct QueryChartTests {
  private func picture(_ query: String, _ keys: String...) throws -> (
    notes: String, elements: [XMLElementText], svg: String
  ) {
    try withTemporaryFolder { folder in
      let store = try CellStore.make(folder)
      let picture = try CellPicture(
        store: store, experiment: "hand", kind: "sql", arguments: ["query=\(query)"] + keys,
        keepsNumbers: true)
      let svg = String(decoding: picture.bytes, as: UTF8.self)
      return (picture.notes, try #require(xmlElements(svg)), svg)
    }
  }

  private func values(_ rows: String) -> String {
    "SELECT column1 AS a, column2 AS b, column3 AS c, column4 AS d FROM (VALUES \(rows))"
  }

  // MARK: Lines

  /// Rows of one colour in the result's order; NULL is a gap.
  @Test func linesByColour() throws {
    let query = values(
      "(0, 1, 'p', 0), (0, 5, 'q', 0), (1, 2, 'p', 0), (1, NULL, 'q', 0), (2, 4, 'p', 0), (2, 6, 'q', 0), (3, 7, 'q', 0)"
    )
    let (notes, elements, svg) = try picture(
      query, "chart=line", "x=a", "y=b", "color=c", "title=Two, with a gap", "width=84mm",
      "font_size=8pt")
    let lines = elements.filter { $0.classes.contains("line") && $0.name == "path" }
    #expect(lines.map { $0.classes[0] } == ["s0", "s1"])
    #expect(lines.map { $0.attributes["d"]?.count { $0 == "M" } } == [1, 2])
    // A dot at each value that is there.
    #expect(elements.count { $0.name == "circle" } == 6)
    #expect(
      notes == "1 value has no place: NULL, not a number, or 0 and below on a logarithmic axis.")
    #expect(elements.contains { $0.text == "p" } && elements.contains { $0.text == "q" })
    #expect(svg.contains("<title>Two, with a gap</title>") && svg.contains("width=\"317.5\""))
  }

  /// Without keys: the first column along x, the second up; several columns of y are named by their columns.
  @Test func columnsByDefaultAndByName() throws {
    let query = values("(1, 10, 3, 1), (2, 20, 2, 1), (4, 40, 1, 1)")
    let (_, first, svg) = try picture(query, "chart=line")
    #expect(svg.contains(">b</text>") && svg.contains(">a</text>") && !svg.contains(">c</text>"))
    #expect(first.count { $0.name == "path" && $0.classes.contains("line") } == 1)
    let (_, both, names) = try picture(
      query, "chart=line", "y=[b, C]", "x=d", "ylabel=height", "log=y")
    #expect(both.count { $0.name == "path" && $0.classes.contains("line") } == 2)
    #expect(
      names.contains(">height</text>") && names.contains(">b</text>") && names.contains(">c</text>")
    )
  }

  /// A way that goes back is drawn in the result's order.
  @Test func linesMayGoBack() throws {
    let (_, elements, _) = try picture(
      values("(0, 0, 0, 0), (2, 1, 0, 0), (1, 2, 0, 0)"), "chart=line")
    let path = try #require(elements.first { $0.name == "path" && $0.classes.contains("line") })
    let steps = try #require(path.attributes["d"]).split(separator: "l").last.map(String.init) ?? ""
    // To the right, then half as far to the left.
    let numbers = steps.split(separator: " ").compactMap { Double($0) }
    try #require(numbers.count == 4)
    #expect(numbers[0] > 0 && abs(numbers[2] + numbers[0] / 2) < 0.2)
  }

  // MARK: Points and bars

  @Test func points() throws {
    let query = values("(1, 10, 0.5, 1), (2, 20, 1.5, 1), (4, NULL, 1, 1), (0, 5, 1, 1)")
    let (notes, elements, _) = try picture(query, "chart=scatter", "log=x")
    #expect(
      elements.count { $0.name == "circle" } == 2 && notes.hasPrefix("2 values have no place"))
    let rows = (0..<9).map { "(\($0), \($0), \($0).5, 0)" }.joined(separator: ", ")
    let (_, scaled, svg) = try picture(values(rows), "chart=scatter", "color=c", "log=color")
    #expect(scaled.contains { $0.classes.contains("q0") } && svg.contains("8.50 (log scale)"))
  }

  /// Text is a category; a bar a row, and NULL none.
  @Test func bars() throws {
    let query = values(
      "('one', 2, 'p', 4), ('two', 4, 'p', 2), ('one', 1, 'q', 8), ('three', NULL, 'q', 6)")
    let (notes, elements, svg) = try picture(query, "chart=bar")
    let bars = elements.filter { $0.name == "rect" && $0.classes == ["f0"] }.compactMap {
      $0.number("width")
    }
    #expect(notes.isEmpty && bars.count == 3 && abs(bars[1] - 2 * bars[0]) < 0.2)
    #expect(svg.contains(">–</text>"))
    let (_, grouped, words) = try picture(query, "chart=bar", "color=c", "y=[b, d]")
    #expect(grouped.count { $0.name == "rect" && $0.classes == ["f1"] } == 3)
    #expect(words.contains(">a = one</text>") && words.contains(">a = three</text>"))
    #expect(words.components(separatedBy: ">a = one</text>").count == 2)
  }

  /// The views of the cell are those of a table's query.
  @Test func ofRuns() throws {
    let (_, elements, _) = try picture(
      "SELECT label, \"eval/frechet_pca64\" FROM wide ORDER BY 2", "chart=bar")
    #expect(elements.count { $0.name == "rect" && $0.classes == ["f0"] } == 12)
    #expect(elements.contains { $0.text == "kind=linear,precision=fp32,seed=2" })
  }

  @Test func moreBarsThanCanBeRead() throws {
    let query =
      "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 70) SELECT x, x * x FROM c"
    let (notes, elements, _) = try picture(query, "chart=bar")
    #expect(notes == "The first 60 of 70 bars.")
    #expect(elements.count { $0.name == "rect" && $0.classes == ["f0"] } == 60)
    let (few, _, _) = try picture(query, "chart=line", "limit=10")
    #expect(few == "The first 10 rows.")
  }

  /// In a report a chart has the values that a table has.
  @Test func valuesForOthers() throws {
    let text = """
      name: hand
      data: {source: shapes}
      training: {steps: 1}
      report:
        - sql: {query: "SELECT 'a' AS name, 3 AS n", chart: bar}
          name: one
        - markdown: "{{ one.n }} in {{ one.rows }} row"
      """
    let cells = try #require(try ExperimentFile.read(text: text, path: "hand.yaml").cellsJSON)
    try withTemporaryFolder { folder in
      let store = try CellStore.make(folder, cells: cells)
      let report = try ExperimentReport(store: store, experiment: "hand")
      #expect(report.failedCells.isEmpty)
      let page = String(decoding: report.files[0].bytes, as: UTF8.self)
      #expect(page.contains("3 in 1 row") && page.contains("](hand/one.svg)"))
    }
  }

  // MARK: Errors

  @Test(arguments: [
    ("chart=line|x=aa", "'sql.x': the result has no column 'aa'|did you mean 'a'?"),
    ("chart=line|y=[b, loss]", "'sql.y': the result has no column 'loss'|its columns: a, b, c, d"),
    ("chart=bar|color=e", "'sql.color': the result has no column 'e'|"),
    (
      "chart=line|y=c",
      "'sql.y': the column 'c' has text, 'p', where numbers are needed|CAST(… AS REAL)"
    ),
    ("chart=scatter|x=c", "'sql.x': the column 'c' has text|chart: bar takes words"),
    ("chart=bar|y=c", "'sql.y': the column 'c' has text|"),
    ("chart=scatter|color=c|log=color", "'sql.color': the column 'c' has text|"),
    ("x=a", "'x' is for charts, and this cell is a table|add chart: line, scatter or bar"),
    ("title=no", "'title' is for charts|"),
    ("chart=bar|digits=3", "'digits' is for tables, and this cell is a chart|leave out digits"),
    ("chart=bar|log=y", "bars start at 0|chart: scatter has one"),
    ("chart=line|log=color", "a logarithmic scale of colours needs numbers as 'color'|"),
    ("chart=pie", "'sql.chart' is line, scatter or bar, not 'pie'|"),
  ])
  func errors(keys: String, expected: String) throws {
    let arguments = keys.split(separator: "|").map(String.init)
    let message = error(self.values("(1, 2, 'p', 4)"), arguments)
    for part in expected.split(separator: "|") { #expect(message.contains(part), "\(message)") }
  }

  private func error(_ query: String, _ keys: [String]) -> String {
    do {
      _ = try withTemporaryFolder { folder in
        try CellPicture(
          store: try CellStore.make(folder), experiment: "hand", kind: "sql",
          arguments: ["query=\(query)"] + keys)
      }
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func nothingToDraw() {
    #expect(error("SELECT 1 AS a", ["chart=bar"]).contains("needs two columns or more"))
    #expect(
      error("SELECT 1 AS a, 2 AS b WHERE 0", ["chart=bar"]).contains(
        "Nothing to draw: the query gives no row."))
    #expect(
      error("SELECT 1 AS a, NULL AS b", ["chart=line"]).contains(
        "Nothing to draw: the query gives no number."))
  }

  /// The command line's first word may be a kind of cell.
  @Test func aKindComesFirst() throws {
    try withTemporaryFolder { folder in
      let store = try CellStore.make(folder)
      let picture = try CellPicture(
        store: store, experiment: "hand", kind: "plot",
        arguments: ["sql", "query=SELECT 'x, y' AS a, 2 AS b", "chart=bar"])
      #expect(String(decoding: picture.bytes, as: UTF8.self).contains(">x, y</text>"))
      let shares = try CellPicture(
        store: store, experiment: "hand", kind: "plot", arguments: ["results"])
      #expect(!shares.bytes.isEmpty)
    }
  }
}
