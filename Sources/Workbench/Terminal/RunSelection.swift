import Analysis
import ArgumentParser
import Store

/// Which runs a verb means: those named, or those for which a condition holds.
struct RunSelection: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "Runs: beginnings of ids, EXPERIMENT/LABEL, 'last', or 'best:EXPERIMENT'.",
      valueName: "run"))
  var references: [String] = []

  @Option(
    name: .customLong("where"),
    help: ArgumentHelp(
      "All runs for which this holds, like \"state == 'failed'\" or \"experiment == 'x'\".",
      valueName: "condition"))
  var condition: String?

  var isEmpty: Bool { references.isEmpty && condition == nil }

  /// - Throws: `ValidationError` where both or, if it must not be, neither is given.
  func check(mayBeEmpty: Bool = false) throws {
    if !references.isEmpty, condition != nil {
      throw ValidationError("Name runs or use --where, not both.")
    }
    if isEmpty, !mayBeEmpty {
      throw ValidationError("Name a run, or use --where.")
    }
  }

  /// Full ids, each once, for a change of these runs.
  /// - Throws: `StoreError`, `ExpressionError`.
  func ids(_ store: RunStore, deleted: Bool = false) throws -> [String] {
    var seen: Set<String> = []
    let found: [String]
    if let condition {
      found = try RunFilter.runs(where: condition) { fields in
        deleted ? try store.deletedRuns(fields: fields) : try store.runs(fields: fields)
      }.map(\.id)
    } else {
      found = try references.map {
        deleted ? try store.resolveDeleted($0) : try store.resolve($0, for: .change)
      }
    }
    return found.filter { seen.insert($0).inserted }
  }
}
