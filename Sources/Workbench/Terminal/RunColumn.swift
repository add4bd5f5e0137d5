import Analysis
import Exchange
import ExperimentFiles
import Store
import Values

/// A column of the list of runs: something that a run has, or an expression over what it has.
struct RunColumn {
  var title: String
  var alignsRight: Bool
  var kind: TextTable.Column.Kind?
  /// - Parameter isForPrograms: all digits, whole ids, nothing for what is not there.
  var cell: (_ run: RunSummary, _ isForPrograms: Bool) throws -> TableCell

  var column: TextTable.Column { .init(title, alignsRight: alignsRight, kind) }

  /// What there is besides settings, metrics and expressions.
  static let names = [
    "id", "experiment", "label", "state", "step", "left", "seed", "seconds", "created", "ended",
    "error", "tags", "notes", "pinned", "deleted", "bytes",
  ]

  /// - Parameters:
  ///   - name: one of `names`, a setting, a metric, or an expression such as `min("train/loss")`.
  ///   - objectives: which way is better, by experiment.
  ///   - bytes: of what each run has left beside its numbers.
  /// - Throws: `ExpressionError` for anything else.
  init(
    _ name: String, among runs: [RunSummary], ids: [String: String],
    objectives: [String: Objective?] = [:], bytes: [String: Int] = [:]
  ) throws {
    title = name
    alignsRight = false
    func optional(_ value: @escaping (RunSummary) -> String?) -> (RunSummary, Bool) -> TableCell {
      { run, isForPrograms in value(run).map { .text($0) } ?? Self.nothing(isForPrograms) }
    }
    func joined(_ value: @escaping (RunSummary) -> [String]) -> (RunSummary, Bool) -> TableCell {
      optional { value($0).isEmpty ? nil : value($0).joined(separator: ", ") }
    }
    switch name {
    case "id":
      kind = .id
      cell = { run, isForPrograms in .text(isForPrograms ? run.id : ids[run.id] ?? run.id) }
    case "experiment": cell = optional(\.experiment)
    case "label": cell = optional(\.label)
    case "state":
      kind = .state
      cell = { run, isForPrograms in
        if isForPrograms { return .text(run.state.rawValue) }
        let marks = [run.isOrphan ? "orphan" : nil, run.pinned == nil ? nil : "pinned"]
          .compactMap { $0 }
        return .text(
          run.state.rawValue + (marks.isEmpty ? "" : " (\(marks.joined(separator: ", ")))"))
      }
    case "seed":
      alignsRight = true
      cell = { run, _ in .integer(run.seed) }
    case "step":
      alignsRight = true
      cell = { run, isForPrograms in
        guard !isForPrograms, !run.state.isDone, let steps = run.steps else {
          return .integer(run.step)
        }
        return .text("\(run.step) of \(steps)")
      }
    case "left":
      alignsRight = true
      cell = { run, isForPrograms in
        guard let left = run.secondsLeft else { return Self.nothing(isForPrograms) }
        return isForPrograms ? .number(left) : .text(NumberText.duration(left))
      }
    case "bytes":
      alignsRight = true
      cell = { run, isForPrograms in
        let count = bytes[run.id] ?? 0
        return isForPrograms ? .integer(count) : .text(NumberText.bytes(count))
      }
    case "seconds", "time":
      alignsRight = true
      cell = { run, isForPrograms in
        guard let seconds = run.seconds else { return Self.nothing(isForPrograms) }
        return isForPrograms ? .number(seconds) : .text(NumberText.duration(seconds))
      }
    case "created": cell = { run, _ in .text(run.created) }
    case "ended": cell = optional(\.ended)
    case "error": cell = optional(\.error)
    case "tags", "tag": cell = joined(\.tags)
    case "notes", "note": cell = joined(\.notes)
    case "pinned": cell = optional(\.pinned)
    case "deleted": cell = optional(\.deleted)
    case _ where runs.contains { $0.parameters[name] != nil }:
      let typed = TableCell.column(runs.map { $0.parameters[name] })
      let cells = Dictionary(zip(runs.map(\.id), typed)) { first, _ in first }
      cell = { run, isForPrograms in
        if isForPrograms { return cells[run.id] ?? .none }
        return run.parameters[name].map { .text($0.text) } ?? Self.nothing(false)
      }
    case _ where runs.contains { $0.metrics[name] != nil }:
      alignsRight = true
      cell = { run, isForPrograms in
        guard let value = run.metrics[name]?.last else { return Self.nothing(isForPrograms) }
        return isForPrograms ? .number(value) : .text(NumberText.value(value))
      }
    default:
      let expression = try RunExpression(name, among: runs)
      alignsRight = expression.isNumber
      cell = { run, isForPrograms in
        let objective = run.experiment.flatMap { objectives[$0] ?? nil }
        return try expression.value(run, objective: objective).cell(isForPrograms)
          ?? Self.nothing(isForPrograms)
      }
    }
  }

  private static func nothing(_ isForPrograms: Bool) -> TableCell {
    isForPrograms ? .none : .text("–")
  }

  /// What tells how far a run is.
  static let progress: Set<String> = ["training.steps", MetricName.trainingSeconds]

  /// What `names` and expressions need to have been read of runs.
  static func references(_ name: String) -> Set<String> {
    if name == "left" || name == "step" { return progress }
    if names.contains(name) || ["time", "tag", "note"].contains(name) { return [] }
    // A name may hold what an expression cannot.
    return (try? RunExpression.names(name)).map { $0.union([name]) } ?? [name]
  }
}

extension RunSummary {
  /// That it trains in all, if that was read.
  fileprivate var steps: Int? { parameters["training.steps"]?.number.map { Int($0) } }

  /// What training still takes at the pace so far; sampling and measuring come on top. Nil of a run that is not under way.
  fileprivate var secondsLeft: Double? {
    guard state == .running, let steps, step > 0, step < steps,
      let spent = metrics[MetricName.trainingSeconds]?.last
    else { return nil }
    return spent / Double(step) * Double(steps - step)
  }
}

extension ExpressionValue {
  /// nil for none.
  func cell(_ isForPrograms: Bool) -> TableCell? {
    switch self {
    case .none: nil
    case .number(let value): isForPrograms ? .number(value) : .text(NumberText.value(value))
    case .longInteger(let value): .integer(value)
    case .text(let text): .text(text)
    case .texts(let texts): .text(texts.joined(separator: ", "))
    case .boolean(let value): .boolean(value)
    }
  }
}
