package import Values

/// A cell of a table, with its type.
package enum TableCell: Sendable, Hashable {
  /// Nothing is known.
  case none
  case text(String)
  case integer(Int)
  case number(Double)
  case boolean(Bool)
}

extension TableCell {
  package init(_ text: String?) { self = text.map { .text($0) } ?? .none }
  package init(_ number: Double?) { self = number.map { .number($0) } ?? .none }

  package init(_ value: ParameterValue) {
    self =
      switch value {
      case .boolean(let value): .boolean(value)
      case .integer(let value): .integer(value)
      case .number(let value): .number(value)
      case .null, .string, .list: .text(value.text)
      }
  }

  /// A setting's values, of one type. Among numbers or truth values `none` is a cell without one.
  package static func column(_ values: [ParameterValue?]) -> [TableCell] {
    let typed = CSVText.ofOneType(
      values.map { value in
        guard let value, value != .null else { return .none }
        return TableCell(value)
      })
    let isText = typed.allSatisfy { cell in
      switch cell {
      case .none, .text: true
      case .integer, .number, .boolean: false
      }
    }
    return isText ? values.map { TableCell($0?.text) } : typed
  }

  /// As it is without quotes: numbers with all their digits, nothing for `none`.
  package var text: String {
    switch self {
    case .none: ""
    case .text(let text): text
    case .integer(let value): String(value)
    case .number(let value): value.isNaN ? "NaN" : String(value)
    case .boolean(let value): value ? "true" : "false"
    }
  }
}
