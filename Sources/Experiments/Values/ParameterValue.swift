import Foundation

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
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else {
      self = .list(try container.decode([ParameterValue].self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .boolean(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .string(let value): try container.encode(value)
    case .list(let values): try container.encode(values)
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
