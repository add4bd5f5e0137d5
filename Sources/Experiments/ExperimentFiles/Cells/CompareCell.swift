import Statistics
package import Values

/// Settings against a baseline, metric by metric.
package struct CompareCell: Cell {
  package static let kind = "compare"
  package static let about =
    "Settings against a baseline: difference over paired seeds, its 95 % interval, a verdict, and how many more seeds would decide."
  package static let keys = [
    CellKey(
      "by", .paths([]), standard: "every swept setting",
      "What tells settings apart; what else was swept is averaged over."),
    CellKey("metric", .metrics, standard: "the objective's", "What to compare."),
    CellKey(
      "baseline", .settings, standard: "the plan's first setting that has a value",
      "What the others are held against, like `{training.precision: fp32}`."),
    CellKey(
      "goal", .word(["minimize", "maximize"]), standard: "the objective's, or the metric's own",
      "Whether lower or higher is better."),
  ]
  package static let valueNames: [(name: String, about: String)]? = [
    ("difference", "of the first metric: the setting that does best, less the baseline"),
    (
      "verdict",
      "better, worse, tie, unknown or not comparable; higher or lower where nothing says which is better"
    ),
    (
      "setting",
      "the setting that does best, the baseline left out; nothing where several do, or they are not comparable"
    ),
    ("baseline", "the baseline"),
    ("seeds", "pairs of seeds that the difference rests on"),
    (
      "possibly_best",
      "the settings that may still be the best, with commas between; nothing where none can be"
    ),
    ("comparisons", "how many verdicts of its table hold together"),
    ("more_seeds", "how many more would decide, as far as can be told; 0 when it is decided"),
  ]

  package let by: [String]
  package let metrics: [String]
  package let baseline: [Parameter]
  package let goal: Objective.Goal?

  package init?(_ values: CellValues, into diagnostics: inout Diagnostics) {
    by = values.texts("by")
    metrics = values.texts("metric")
    baseline = values.settings("baseline")
    goal = values.text("goal").flatMap { Objective.Goal(rawValue: $0) }
    for setting in baseline where !by.isEmpty && !by.contains(setting.path) {
      diagnostics.error(
        "compare: 'by' does not tell apart by '\(setting.path)'", at: values.place("baseline"),
        hint: "add it to 'by', or remove it from 'baseline'")
    }
  }
}
