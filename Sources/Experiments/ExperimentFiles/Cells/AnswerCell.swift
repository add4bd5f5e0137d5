import Statistics
package import Values

/// Which setting is better, in words.
package struct AnswerCell: Cell {
  package static let kind = "answer"
  package static let about =
    "Which setting is best, how sure that is, and what each swept setting does by itself, in words."
  package static let keys = [
    CellKey("metric", .metric, standard: "the objective's", "What decides."),
    CellKey(
      "goal", .word(["minimize", "maximize"]), standard: "the objective's, or the metric's own",
      "Whether lower or higher is better."),
  ]
  package static let valueNames: [(name: String, about: String)]? = [
    ("setting", "the best setting; nothing where none is"),
    ("decided", "whether no other setting may still be the best"),
    ("lead", "how far it is ahead of the next"),
  ]

  package let metric: String?
  package let goal: Objective.Goal?
  package var metrics: [String] { [metric].compactMap { $0 } }

  package init?(_ values: CellValues, into diagnostics: inout Diagnostics) {
    metric = values.text("metric")
    goal = values.text("goal").flatMap { Objective.Goal(rawValue: $0) }
  }
}
