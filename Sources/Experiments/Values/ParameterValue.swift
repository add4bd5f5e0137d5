/// One value of an experiment file: what a dotted path is set to.
package enum ParameterValue: Sendable, Hashable {
  case null
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case list([ParameterValue])

  /// The number it is, if it is one.
  package var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  package var integer: Int? { if case .integer(let value) = self { value } else { nil } }

  package var word: String? { if case .string(let value) = self { value } else { nil } }

  /// As a person writes it: strings bare, lists in brackets.
  package var text: String {
    switch self {
    case .null: "none"
    case .boolean(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .number(let value): value.canonical
    case .string(let value): value
    case .list(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
    }
  }

  /// Whether a text is this value, as `text` is; a number may be written otherwise: `1e-3`.
  package func isWritten(_ text: String) -> Bool {
    text == self.text || number.map { $0 == Double(text) } ?? false
  }
}

extension ParameterValue: Encodable {
  package func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }

  package var json: JSONValue {
    switch self {
    case .null: .null
    case .boolean(let value): .boolean(value)
    case .integer(let value): .integer(value)
    case .number(let value): .number(value)
    case .string(let value): .string(value)
    case .list(let values): .array(values.map(\.json))
    }
  }

  /// Nil where there is an object in it.
  package init?(json: JSONValue) {
    switch json {
    case .null: self = .null
    case .boolean(let value): self = .boolean(value)
    case .integer(let value): self = .integer(value)
    case .number(let value): self = .number(value)
    case .string(let value): self = .string(value)
    case .array(let values):
      let list = values.compactMap(ParameterValue.init(json:))
      guard list.count == values.count else { return nil }
      self = .list(list)
    case .object: return nil
    }
  }
}

/// A dotted path of the experiment file and its value.
package struct Parameter: Sendable, Hashable {
  package var path: String
  package var value: ParameterValue

  package init(_ path: String, _ value: ParameterValue) {
    self.path = path
    self.value = value
  }
}

extension Parameter {
  package var json: JSONValue { .object(["path": .string(path), "value": value.json]) }

  /// Nil where it is anything else.
  package init?(json: JSONValue) {
    guard case .object(let members) = json, case .string(let path)? = members["path"],
      let value = members["value"].flatMap(ParameterValue.init(json:))
    else { return nil }
    self.init(path, value)
  }
}
