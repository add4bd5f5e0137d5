import Analysis
import Exchange
import Store
import Values

/// Sorts runs by a column, a setting, a metric's last value or an expression.
enum RunOrder {
  private enum Key {
    case number(Double)
    case text(String)
    case none

    init(_ cell: TableCell) {
      switch cell {
      case .none: self = .none
      case .text(let text): self = .text(text)
      case .integer(let value): self = .number(Double(value))
      case .number(let value): self = value.isNaN ? .none : .number(value)
      case .boolean(let value): self = .number(value ? 1 : 0)
      }
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

  /// Stable; runs without a value come last, also when reversed.
  /// - Throws: `ExpressionError` for an unknown key.
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
    if !RunColumn.names.contains(name), runs.contains(where: { $0.parameters[name] != nil }) {
      // A column of values of several types is text; here numbers stay numbers.
      return { run in
        guard let value = run.parameters[name] else { return .none }
        return Key(value.number.map { .number($0) } ?? .text(value.text))
      }
    }
    let column = try RunColumn(name, among: runs, ids: [:], objectives: objectives)
    return { Key(try column.cell($0, true)) }
  }
}
