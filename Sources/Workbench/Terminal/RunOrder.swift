import Analysis
import ExperimentFiles
import Store
import Values

/// Sorts runs by a column, a setting, a metric's last value or an expression.
enum RunOrder {
  private enum Key {
    case number(Double)
    case text(String)
    case none

    init(_ value: Double?) {
      self = value.map { $0.isNaN ? .none : .number($0) } ?? .none
    }

    init(_ value: String?) {
      self = value.map(Key.text) ?? .none
    }

    /// Numbers, then texts, then what is missing or NaN.
    private var rank: Int {
      switch self {
      case .number: 0
      case .text: 1
      case .none: 2
      }
    }

    static func precedes(_ a: Key, _ b: Key) -> Bool {
      switch (a, b) {
      case (.number(let a), .number(let b)): a < b
      case (.text(let a), .text(let b)): a < b
      default: a.rank < b.rank
      }
    }

    var isNone: Bool { rank == 2 }
  }

  /// Stable; what has no value comes last, also when reversed.
  /// - Throws: `ExpressionError` for a key that is none.
  static func sorted(
    _ runs: [RunSummary], by name: String, reversed: Bool,
    objectives: [String: Objective?] = [:]
  ) throws -> [RunSummary] {
    if runs.isEmpty { return [] }
    let key = try key(name, runs, objectives)
    let keys = try runs.map(key)
    return runs.indices.sorted { a, b in
      if keys[a].isNone != keys[b].isNone { return keys[b].isNone }
      let (first, second) = reversed ? (keys[b], keys[a]) : (keys[a], keys[b])
      if Key.precedes(first, second) { return true }
      if Key.precedes(second, first) { return false }
      return a < b
    }.map { runs[$0] }
  }

  private static func key(
    _ name: String, _ runs: [RunSummary], _ objectives: [String: Objective?]
  ) throws -> (RunSummary) throws -> Key {
    switch name {
    case "id": return { Key($0.id) }
    case "experiment": return { Key($0.experiment) }
    case "label": return { Key($0.label) }
    case "state": return { Key($0.state.rawValue) }
    case "created": return { Key($0.created) }
    case "ended": return { Key($0.ended) }
    case "seconds", "time": return { Key($0.seconds) }
    case "seed": return { Key(Double($0.seed)) }
    case "step": return { Key(Double($0.step)) }
    case "pinned": return { Key($0.pinned) }
    case "deleted": return { Key($0.deleted) }
    case _ where runs.contains { $0.parameters[name] != nil }:
      return { run in
        run.parameters[name].map { value in value.number.map { Key($0) } ?? Key(value.text) }
          ?? .none
      }
    case _ where runs.contains { $0.metrics[name] != nil }:
      return { Key($0.metrics[name]?.last) }
    default:
      let expression = try RunExpression(name, among: runs)
      return { run in
        let objective = run.experiment.flatMap { objectives[$0] ?? nil }
        switch try expression.value(run, objective: objective) {
        case .none: return .none
        case .number(let value): return Key(value)
        case .boolean(let value): return Key(value ? 1.0 : 0.0)
        case .text(let text): return Key(text)
        case .texts(let texts): return Key(texts.isEmpty ? nil : texts.joined(separator: ", "))
        }
      }
    }
  }
}
