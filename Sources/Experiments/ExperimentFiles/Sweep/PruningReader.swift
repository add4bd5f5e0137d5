import Statistics
import Text
import Values

/// Reads `sweep.prune`.
enum PruningReader {
  /// Nil without a rule, or with errors added.
  /// - Parameter objective: the experiment's, whose metric is looked at when none is named.
  static func read(
    _ node: SourceNode, objective: Objective, into errors: inout Diagnostics
  ) -> PruningRule? {
    if let scalar = node.scalar, scalar.isNull || (scalar.isPlain && scalar.text == "none") {
      return nil
    }
    guard let entries = node.entries else {
      errors.error(
        "'sweep.prune' expects a mapping, not \(node.kindName)", at: node.place,
        hint: "for instance {kind: asha, metric: train/loss, after: 100}")
      return nil
    }
    var values: [String: ParameterValue] = [:]
    var isGood = true
    for entry in entries {
      guard let definition = KeyDefinitions.byPath["sweep.prune.\(entry.key)"] else {
        UnknownKey.report(entry, in: "sweep.prune", into: &errors)
        isGood = false
        continue
      }
      if let value = definition.read(entry.value, into: &errors) {
        values[entry.key] = value
      } else {
        isGood = false
      }
    }
    guard isGood else { return nil }
    guard case .string(let word)? = values["kind"], let kind = PruningRule.Kind(rawValue: word)
    else {
      errors.error(
        "'sweep.prune.kind' is missing", at: node.place,
        hint: "it is \(alternatives(PruningRule.Kind.allCases.map(\.rawValue)))")
      return nil
    }
    for entry in entries {
      guard let definition = KeyDefinitions.byPath["sweep.prune.\(entry.key)"],
        let condition = definition.conditions.first, !condition.values.contains(word)
      else { continue }
      errors.error(
        "'\(definition.path)' does not belong to sweep.prune.kind '\(word)'", at: entry.keyPlace,
        hint: "it belongs to sweep.prune.kind: \(alternatives(condition.values))")
      isGood = false
    }
    guard let after = values["after"]?.integer ?? (kind == .bound ? 1 : nil) else {
      errors.error(
        "'sweep.prune.after' is missing: it has no default", at: node.place,
        hint: "the first step at which runs are compared, for instance after: 100")
      return nil
    }
    guard isGood else { return nil }
    return PruningRule(
      kind: kind, objective: metric(values, objective), after: after,
      eta: values["eta"]?.integer ?? 3, every: values["every"]?.integer,
      threshold: values["threshold"]?.number)
  }

  private static func metric(
    _ values: [String: ParameterValue], _ objective: Objective
  ) -> Objective {
    let goal = values["goal"]?.word.flatMap(Objective.Goal.init(rawValue:))
    guard let metric = values["metric"]?.word, metric != objective.metric else {
      return Objective(metric: objective.metric, goal: goal ?? objective.goal)
    }
    return Objective(metric: .some(metric), goal: goal)
  }
}
