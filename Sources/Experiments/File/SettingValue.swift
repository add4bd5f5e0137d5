/// A value of one key: what is left of a scalar or list once its declared type is known.
public enum SettingValue: Sendable, Hashable {
  /// No value: `none`, `auto` and the like; the key's documentation says what it means.
  case unset
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case list([SettingValue])

  public var json: JSONValue {
    switch self {
    case .unset: .null
    case .boolean(let value): .boolean(value)
    case .integer(let value): .integer(value)
    case .number(let value): .number(value)
    case .text(let value): .string(value)
    case .list(let values): .array(values.map(\.json))
    }
  }
}
