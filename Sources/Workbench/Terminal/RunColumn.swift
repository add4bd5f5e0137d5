import Experiments

/// A column of the list of runs: something that a run has, or an expression over what it has.
struct RunColumn {
  var title: String
  var alignsRight: Bool
  var kind: TextTable.Column.Kind?
  /// - Parameter isForPrograms: all digits, whole ids, nothing for what is not there.
  var text: (_ run: RunSummary, _ isForPrograms: Bool) throws -> String

  var column: TextTable.Column { .init(title, alignsRight: alignsRight, kind) }

  /// What there is besides settings, metrics and expressions.
  static let names = [
    "id", "experiment", "label", "state", "step", "seed", "seconds", "created", "ended", "error",
    "tags", "notes", "pinned", "deleted",
  ]

  /// - Parameters:
  ///   - name: one of `names`, a setting, a metric, or an expression such as `min("train/loss")`.
  ///   - objectives: which way is better, by experiment.
  /// - Throws: `ExpressionError` for anything else.
  init(
    _ name: String, among runs: [RunSummary], ids: [String: String],
    objectives: [String: Objective?] = [:]
  ) throws {
    title = name
    alignsRight = false
    func optional(_ value: @escaping (RunSummary) -> String?) -> (RunSummary, Bool) -> String {
      { run, isForPrograms in value(run) ?? (isForPrograms ? "" : "–") }
    }
    func joined(_ value: @escaping (RunSummary) -> [String]) -> (RunSummary, Bool) -> String {
      optional { value($0).isEmpty ? nil : value($0).joined(separator: ", ") }
    }
    switch name {
    case "id":
      kind = .id
      text = { run, isForPrograms in isForPrograms ? run.id : ids[run.id] ?? run.id }
    case "experiment": text = optional(\.experiment)
    case "label": text = optional(\.label)
    case "state":
      kind = .state
      text = { run, isForPrograms in
        if isForPrograms { return run.state.rawValue }
        let marks = [run.isOrphan ? "orphan" : nil, run.pinned == nil ? nil : "pinned"]
          .compactMap { $0 }
        return run.state.rawValue + (marks.isEmpty ? "" : " (\(marks.joined(separator: ", ")))")
      }
    case "step", "seed":
      alignsRight = true
      text = { run, _ in String(name == "step" ? run.step : run.seed) }
    case "seconds", "time":
      alignsRight = true
      text = { run, isForPrograms in
        let text = isForPrograms ? NumberText.inFull : NumberText.duration
        return run.seconds.map(text) ?? (isForPrograms ? "" : "–")
      }
    case "created": text = { run, _ in run.created }
    case "ended": text = optional(\.ended)
    case "error": text = optional(\.error)
    case "tags", "tag": text = joined(\.tags)
    case "notes", "note": text = joined(\.notes)
    case "pinned": text = optional(\.pinned)
    case "deleted": text = optional(\.deleted)
    case _ where runs.contains { $0.parameters[name] != nil }:
      text = optional { $0.parameters[name]?.text }
    case _ where runs.contains { $0.metrics[name] != nil }:
      alignsRight = true
      text = { run, isForPrograms in
        guard let value = run.metrics[name]?.last else { return isForPrograms ? "" : "–" }
        return isForPrograms ? NumberText.inFull(value) : NumberText.value(value)
      }
    default:
      let expression = try RunExpression(name, among: runs)
      alignsRight = expression.isNumber
      text = { run, isForPrograms in
        let objective = run.experiment.flatMap { objectives[$0] ?? nil }
        return try expression.value(run, objective: objective).text(inFull: isForPrograms)
          ?? (isForPrograms ? "" : "–")
      }
    }
  }

  /// What `names` and expressions need to have been read of runs.
  static func references(_ name: String) -> Set<String> {
    if names.contains(name) || ["time", "tag", "note"].contains(name) { return [] }
    // A name may hold what an expression cannot.
    return (try? RunExpression.names(name)).map { $0.union([name]) } ?? [name]
  }
}

extension ExpressionValue {
  /// nil for none.
  func text(inFull: Bool) -> String? {
    switch self {
    case .none: nil
    case .number(let value): inFull ? NumberText.inFull(value) : NumberText.value(value)
    case .text(let text): text
    case .texts(let texts): texts.joined(separator: ", ")
    case .boolean(let value): value ? "true" : "false"
    }
  }
}
