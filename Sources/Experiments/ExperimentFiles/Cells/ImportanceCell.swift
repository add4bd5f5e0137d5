import Text

/// Which swept parameters matter for a metric.
package struct ImportanceCell: Cell {
  package static let kind = "importance"
  package static let about =
    "Which swept settings matter: the share of a metric's variance over runs that each explains by itself, with a 95 % interval, as bars and a table."
  package static let keys =
    [
      CellKey(
        "metric", .metric, standard: "the objective's",
        "Whose variance is explained: of its last values.")
    ] + CellPage.keys
  package static let valueNames: [(name: String, about: String)]? = [
    ("parameter", "the setting that explains most; nothing where none is told apart from nothing"),
    ("share", "the share that it explains, 0 to 1"),
  ]

  package let metric: String?
  package let page: CellPage
  package var metrics: [String] { [metric].compactMap { $0 } }

  package init?(_ values: CellValues, into diagnostics: inout Diagnostics) {
    metric = values.text("metric")
    page = CellPage(values, into: &diagnostics)
  }
}
