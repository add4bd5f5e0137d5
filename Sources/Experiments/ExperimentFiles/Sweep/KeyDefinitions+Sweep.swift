import Statistics
import Values

extension KeyDefinitions {
  private static func prune(_ kind: PruningRule.Kind) -> [KeyDefinition.KindCondition] {
    [.init(path: "sweep.prune.kind", values: [kind.rawValue])]
  }

  package static let sweep: [KeyDefinition] = [
    .init(
      "sweep.method", .words(of: Sweep.Method.self), .value(.string("grid")), .plan,
      "`grid`: every combination of `parameters` and `zip`; `list`: the runs written out; `random`, `sobol`, `tpe`: `max_runs` points drawn from distributions."
    ),
    .init(
      "sweep.seed", .integer(0...Int.max), .absent, .plan,
      "Seed of the sweep's own draws; required for `random`, `sobol` and `tpe`."),
    .init(
      "sweep.parameters",
      .structure("a mapping from a dotted path to a list of values or a distribution"), .absent,
      .plan, "The values of each path, first path slowest; a distribution where points are drawn."),
    .init(
      "sweep.zip", .structure("a list of mappings from paths to lists of one length"), .absent,
      .plan,
      "Paths that vary together, row by row; one choice among the rows where points are drawn."),
    .init(
      "sweep.runs", .structure("a list of mappings from a path to a value or a list of them"),
      .absent, .plan, "`list`: what each run overrides; a list of values makes one run per value."),
    .init(
      "sweep.when",
      .structure("a mapping from an expression to parameters, `zip` and `when` of its own"),
      .absent, .plan, "Parameters that exist only where the expression holds; they vary fastest."),
    .init(
      "sweep.where", .structure("an expression"), .absent, .plan,
      "Leave out the runs for which this does not hold."),
    .init(
      "sweep.repeat", .structure("a mapping from a seed's path to a count"), .absent, .plan,
      "Seeds s, s+1, …, all else equal; averaged over, not compared."),
    .init(
      "sweep.max_runs", .integer(1...10_000), .value(.integer(10_000)), .plan,
      "More runs than this is an error for `grid` and `list`; for the others it is their count, seeds included, and required."
    ),
    .init(
      "sweep.max_seconds", .number(.above(0)), .unset("none", ""), .plan,
      "Start no new run once the experiment's runs have taken this many seconds in total."),
    .init(
      "sweep.round", .integer(1...1000), .value(.integer(4)), .plan,
      "tpe: settings proposed at a time, each with all its seeds, from finished rounds only."),
    .init(
      "sweep.prune.kind", .words(of: PruningRule.Kind.self), .required, .plan,
      "`asha`: successive halving; `median`: the median stopping rule; `bound`: an absolute limit.",
      isKind: true),
    .init(
      "sweep.prune.metric", .text(.metric), .unset("auto", "the objective's"), .plan,
      "The metric that runs are compared by; it must be measured at the steps of comparison."),
    .init(
      "sweep.prune.goal", .words(of: Objective.Goal.self),
      .unset("auto", "the objective's; else as `objective.goal`"),
      .plan, "Whether lower or higher is better."),
    .init(
      "sweep.prune.after", .integer(1...1_000_000_000),
      .requiredUnless(.init(path: "sweep.prune.kind", values: ["bound"]), .integer(1)), .plan,
      "The first step at which a run may end: the first rung."),
    .init(
      "sweep.prune.eta", .integer(2...100), .value(.integer(3)), .plan,
      "η: one run in η continues, and each rung is η times as far as the one before.",
      onlyFor: prune(.asha)),
    .init(
      "sweep.prune.every", .integer(1...1_000_000_000), .unset("auto", "as `after`"), .plan,
      "Steps between two comparisons.", onlyFor: prune(.median)),
    .init(
      "sweep.prune.threshold", .number(.finite), .unset("none", "only NaN and infinity end a run"),
      .plan, "A run that is worse than this ends at once.", onlyFor: prune(.bound)),
  ]
}
