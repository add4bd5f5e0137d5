import Text

/// A table or a chart from a query.
package struct SQLCell: Cell {
  package enum Chart: String, Sendable, CaseIterable {
    case line, scatter, bar
  }

  package static let kind = "sql"
  package static let about =
    "A table or a chart from a read-only query (`workbench sql --schema` describes the views)."
  package static let keys =
    [
      CellKey(
        "query", .sql, isRequired: true,
        "One SELECT. The views hold the experiment's runs, `main.runs` and the like those of the whole store. `wide` is there too: one row per run, one column per swept setting and metric."
      ),
      CellKey(
        "experiment", .experiment, standard: "the report's own", "Whose runs the views have."),
      CellKey(
        "limit", .integer(1...10_000), standard: "50, of a chart 10000",
        "The most rows that are shown."),
      CellKey(
        "digits", .integer(1...17), standard: "4",
        "Significant digits of numbers that are not whole, in a table."
      ),
      CellKey(
        "align", .words(["left", "right", "center"]), standard: "numbers right, text left",
        "For all columns of a table, or a list with one word per column."),
      CellKey(
        "chart", .word(Chart.allCases.map(\.rawValue)), standard: "a table",
        """
        `line` joins the rows of one colour in the result's order, `scatter` has a point per row, `bar` \
        a bar per row.
        """),
      CellKey(
        "x", .column, standard: "the first column",
        "Horizontal axis of a chart: numbers; of bars, what they are called."),
      CellKey(
        "y", .columns, standard: "the second column",
        "Vertical axis of a chart, how long bars are: numbers, of which NULL is a gap."),
      CellKey("color", .column, "What the colours of a chart stand for."),
      CellKey("log", .words(["x", "y", "color"]), "Axes with a logarithmic scale."),
      CellKey("xlabel", .text, standard: "what `x` is", "What the horizontal axis says."),
      CellKey(
        "ylabel", .text, standard: "what `y` is",
        "What the vertical axis says; of bars what they measure."),
    ] + CellPage.keys
  package static let mainKey: String? = "query"
  package static let showsRuns = false
  package static let valueNames: [(name: String, about: String)]? = nil

  package let query: String
  package let limit: Int
  package let digits: Int
  package let alignments: [String]
  /// nil: a table.
  package let chart: Chart?
  /// Columns; nil and empty: the first, the second, none.
  package let x: String?
  package let y: [String]
  package let color: String?
  package let logarithmic: Set<String>
  package let xLabel: String?
  package let yLabel: String?
  package let page: CellPage

  package init?(_ values: CellValues, into diagnostics: inout Diagnostics) {
    guard let query = values.text("query") else { return nil }
    self.query = query
    chart = values.text("chart").flatMap(Chart.init(rawValue:))
    limit = values.integer("limit") ?? (chart == nil ? 50 : 10_000)
    digits = values.integer("digits") ?? 4
    alignments = values.texts("align")
    (x, y, color) = (values.text("x"), values.texts("y"), values.text("color"))
    logarithmic = Set(values.texts("log"))
    (xLabel, yLabel) = (values.text("xlabel"), values.text("ylabel"))
    page = CellPage(values, into: &diagnostics)
    check(values, into: &diagnostics)
  }

  private func check(_ values: CellValues, into diagnostics: inout Diagnostics) {
    func refuse(_ keys: [String], _ why: (String) -> String, hint: String? = nil) {
      for key in keys where values.has(key) {
        diagnostics.error(why(key), at: values.place(key), hint: hint)
      }
    }
    guard let chart else {
      let keys = ["x", "y", "color", "log", "xlabel", "ylabel"] + CellPage.keys.map(\.name)
      refuse(
        keys, { "'\($0)' is for charts, and this cell is a table" },
        hint: "add chart: \(alternatives(Chart.allCases.map(\.rawValue)))")
      return
    }
    refuse(
      ["align", "digits"], { "'\($0)' is for tables, and this cell is a chart" },
      hint: "leave out \(values.has("align") ? "align" : "digits"), or chart")
    if chart == .bar, !logarithmic.isDisjoint(with: ["x", "y"]) {
      refuse(
        ["log"], { _ in "bars start at 0, which a logarithmic axis does not have" },
        hint: "chart: scatter has one")
    }
    if logarithmic.contains("color"), color == nil || chart == .bar {
      refuse(
        ["log"], { _ in "a logarithmic scale of colours needs numbers as 'color'" },
        hint: "name a column as color, or leave color out of log")
    }
  }
}
