/// What came out of each setting.
package struct ResultsCell: Cell {
  package static let kind = "results"
  package static let about =
    "A table with one row per setting and one column per metric, means with 95 % intervals over seeds, and bars of the first three metrics."
  package static let keys = [
    CellKey(
      "metric", .metrics, standard: "the objective's, then all others that were evaluated",
      "What to show."),
    CellKey(
      "by", .paths([]), standard: "every swept setting",
      "What tells settings apart; what else was swept is averaged over."),
    CellKey("bars", .boolean, standard: "true", "Whether to draw the bars."),
  ]

  package let metrics: [String]
  package let by: [String]
  package let hasBars: Bool

  package init?(_ values: CellValues, into diagnostics: inout Diagnostics) {
    metrics = values.texts("metric")
    by = values.texts("by")
    hasBars = values.boolean("bars") ?? true
  }
}
