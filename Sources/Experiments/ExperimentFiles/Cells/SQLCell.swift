/// A table from a query.
package struct SQLCell: Cell {
  package static let kind = "sql"
  package static let about =
    "A table from a read-only query (`workbench sql --schema` describes the views)."
  package static let keys = [
    CellKey(
      "query", .sql, isRequired: true,
      "One SELECT. The views hold the experiment's runs, `main.runs` and the like those of the whole store. `wide` is there too: one row per run, one column per swept setting and metric."
    ),
    CellKey(
      "experiment", .experiment, standard: "the report's own", "Whose runs the views have."),
    CellKey("limit", .integer(1...10_000), standard: "50", "The most rows that are shown."),
    CellKey(
      "digits", .integer(1...17), standard: "4", "Significant digits of numbers that are not whole."
    ),
    CellKey(
      "align", .words(["left", "right", "center"]), standard: "numbers right, text left",
      "For all columns, or a list with one word per column."),
  ]
  package static let mainKey: String? = "query"
  package static let showsRuns = false
  package static let valueNames: [(name: String, about: String)]? = nil

  package let query: String
  package let limit: Int
  package let digits: Int
  package let alignments: [String]

  package init?(_ values: CellValues, into diagnostics: inout Diagnostics) {
    guard let query = values.text("query") else { return nil }
    self.query = query
    limit = values.integer("limit") ?? 50
    digits = values.integer("digits") ?? 4
    alignments = values.texts("align")
  }
}
