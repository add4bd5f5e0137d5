package import Values

/// Settings as the store keeps them, in `parameter.json` and `experimentRun.overrides` as in `run.settings`: canonical
/// JSON (`JSONValue.canonical`). Equal values are equal texts, so that queries may compare these.
package enum StoredSettings {
  package static func text(_ value: ParameterValue) -> String { value.json.canonical }

  package static func text(_ overrides: [Parameter]) -> String {
    JSONValue.array(overrides.map(\.json)).canonical
  }

  /// - Throws: `StoreError.Kind.badInput`.
  package static func value(_ text: String) throws -> ParameterValue {
    try read(text, ParameterValue.init(json:))
  }

  /// - Throws: `StoreError.Kind.badInput`.
  package static func overrides(_ text: String) throws -> [Parameter] {
    try read(text) { json in
      guard case .array(let members) = json else { return nil }
      let overrides = members.compactMap(Parameter.init(json:))
      return overrides.count == members.count ? overrides : nil
    }
  }

  private static func read<Value>(_ text: String, _ value: (JSONValue) -> Value?) throws -> Value {
    guard let value = JSONValue(text: text).flatMap(value) else {
      throw StoreError(.badInput, "the store holds text that is not a setting: \(text.prefix(80))")
    }
    return value
  }

  /// Reads many values: a thousand runs have sixty settings each and a hundred different values in all.
  package struct Reader {
    private var known: [String: ParameterValue] = [:]

    package init() {}

    /// - Throws: `StoreError.Kind.badInput`.
    package mutating func value(_ text: String) throws -> ParameterValue {
      if let value = known[text] { return value }
      let value = try StoredSettings.value(text)
      known[text] = value
      return value
    }
  }
}
