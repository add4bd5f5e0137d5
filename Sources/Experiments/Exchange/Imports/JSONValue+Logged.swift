import Values

extension JSONValue {
  /// The number that it is, or that it says where JSON has none: "NaN", "Infinity", "-Infinity".
  var logged: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    case .string("NaN"): .nan
    case .string("Infinity"): .infinity
    case .string("-Infinity"): -.infinity
    default: nil
    }
  }
}
