package import Diffusion
import Text
package import Values

/// A run's settings as text: what the store keeps and the process that executes the run reads.
///
/// Nested JSON with the experiment file's keys, every key written out, `null` for no value.
package enum FrozenSettings {
  package static func encode(_ settings: RunSettings) -> String {
    NestedSettings.text(SettingsCoding.values(of: settings))
  }

  /// - Throws: `ExperimentFileError` if the text is not the settings of a run.
  package static func decode(_ text: String) throws -> RunSettings {
    var values = try values(of: text)
    // What was frozen before a key existed lacks it: the default is what happened then.
    for definition in KeyDefinitions.settings
    where values[definition.path] == nil && definition.belongs(values.kind) {
      values[definition.path] = definition.defaultValue(values.kind)
    }
    return try SettingsCoding.settings(from: values)
  }

  /// Every key's value by its dotted path: what `parameter` rows are made of.
  ///
  /// - Throws: `ExperimentFileError` if the text is not the settings of a run.
  package static func values(of text: String) throws -> [String: ParameterValue] {
    guard let json = JSONValue(text: text) else {
      throw ExperimentFileError(.badInput, "settings: this is not JSON")
    }
    var values: [String: ParameterValue] = [:]
    try collect(json, at: "", into: &values)
    return values
  }

  private static func collect(
    _ json: JSONValue, at path: String, into values: inout [String: ParameterValue]
  ) throws {
    guard path.isEmpty || KeyDefinitions.sections.contains(path) else {
      guard let definition = KeyDefinitions.byPath[path], definition.isSetting,
        let value = definition.value(of: json)
      else {
        throw ExperimentFileError(
          .badInput,
          "settings: \(quoted(path)) is not known to this version, or not with this value")
      }
      values[path] = value
      return
    }
    guard case .object(let members) = json else {
      throw ExperimentFileError(
        .badInput, "settings: \(path.isEmpty ? "the text" : quoted(path)) is not an object")
    }
    for (name, member) in members {
      try collect(member, at: path.isEmpty ? name : "\(path).\(name)", into: &values)
    }
  }
}

extension KeyDefinition {
  /// The value by its declared type: JSON does not tell 1 from 1.0.
  fileprivate func value(of json: JSONValue) -> ParameterValue? {
    guard let value = ParameterValue(json: json) else { return nil }
    switch (type, value) {
    case (_, .null): return mayBeUnset ? .null : nil
    case (.number, .integer), (.number, .number): return value.number.map(ParameterValue.number)
    case (.integer, .integer), (.boolean, .boolean), (.text, .string), (.word, .string):
      return value
    case (.words, .list(let items)), (.wordSequence, .list(let items)), (.texts, .list(let items)):
      return items.allSatisfy { $0.word != nil } ? value : nil
    case (.integers, .list(let items)):
      return items.allSatisfy { $0.integer != nil } ? value : nil
    case (.numbers, .list(let items)):
      let numbers = items.compactMap(\.number)
      return numbers.count == items.count ? .list(numbers.map(ParameterValue.number)) : nil
    case (.vectors, .list(let items)):
      let vectors = items.compactMap { item -> ParameterValue? in
        guard case .list(let values) = item else { return nil }
        let numbers = values.compactMap(\.number)
        return numbers.count == values.count ? .list(numbers.map(ParameterValue.number)) : nil
      }
      return vectors.count == items.count ? .list(vectors) : nil
    default: return nil
    }
  }
}
