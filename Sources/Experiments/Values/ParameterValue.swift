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

extension ParameterValue: Codable {
  package init(from decoder: any Decoder) throws {
    let json = try JSONValue(from: decoder)
    guard let value = ParameterValue(json) else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "an object is no setting's value"))
    }
    self = value
  }

  package func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }

  /// Nil where there is an object in it.
  private init?(_ json: JSONValue) {
    switch json {
    case .null: self = .null
    case .boolean(let value): self = .boolean(value)
    case .integer(let value): self = .integer(value)
    case .number(let value): self = .number(value)
    case .string(let value): self = .string(value)
    case .array(let values):
      let list = values.compactMap { ParameterValue($0) }
      guard list.count == values.count else { return nil }
      self = .list(list)
    case .object: return nil
    }
  }
}

/// A dotted path of the experiment file and its value.
package struct Parameter: Sendable, Hashable, Codable {
  package var path: String
  package var value: ParameterValue

  package init(_ path: String, _ value: ParameterValue) {
    self.path = path
    self.value = value
  }
}
