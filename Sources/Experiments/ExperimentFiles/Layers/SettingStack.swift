import Text
package import Values

/// The settings of one run as they are put together: layers over layers.
package struct SettingStack: Sendable {
  package private(set) var assignments: [String: Assignment] = [:]
  package private(set) var sections: [String: Place] = [:]
  /// Where errors go that belong to no key: the start of the experiment's own file.
  package let origin: Place
  package private(set) var failed: Set<String> = []

  package init(origin: Place) {
    self.origin = origin
  }

  /// The value of a key, its default where none is given; nil for a required key that is missing
  /// or a key that the kinds chosen do not have.
  package func value(_ path: String) -> ParameterValue? {
    KeyDefinitions.byPath[path].flatMap(value(of:))
  }

  private func value(of definition: KeyDefinition) -> ParameterValue? {
    guard definition.belongs(kind) else { return nil }
    let value = assignments[definition.path]?.value ?? definition.defaultValue(kind)
    return value == .null
      ? KeyDefinitions.derived(definition.path, from: self.value) ?? value : value
  }

  /// Whether any key of a run is given.
  package var hasSettings: Bool {
    (Set(assignments.keys).union(failed)).contains { KeyDefinitions.byPath[$0]?.isSetting == true }
  }

  /// The word at a kind key.
  package func kind(_ path: String) -> String? {
    if case .string(let word)? = assignments[path]?.value { return word }
    return KeyDefinitions.byPath[path]?.defaultValue(kind)?.word
  }

  /// Where a key was given; else where its section was; else the start of the file.
  package func place(_ path: String) -> Place {
    if let assignment = assignments[path] { return assignment.place }
    var section = path
    while let dot = section.lastIndex(of: ".") {
      section = String(section[..<dot])
      if let place = sections[section] { return place }
    }
    return origin
  }

  /// Lays a layer over what is there. Where it changes a kind, keys that the new kind lacks are
  /// dropped from below; such a key in the layer itself is an error.
  package mutating func apply(_ layer: Layer, into diagnostics: inout Diagnostics) {
    sections.merge(layer.sections) { $1 }
    failed.formUnion(layer.failed)
    for (path, assignment) in layer.assignments where KeyDefinitions.byPath[path]?.isKind == true {
      assignments[path] = assignment
    }
    dropStrays()
    for definition in KeyDefinitions.all {
      guard let assignment = layer.assignments[definition.path] else { continue }
      if definition.belongs(kind) {
        assignments[definition.path] = assignment
        failed.remove(definition.path)
      } else if !definition.conditions.contains(where: { isFailed($0.path) }) {
        reportStray(definition, assignment, into: &diagnostics)
      }
    }
    dropStrays()
  }

  /// Whether a key, or the section that holds it, was given with an error.
  package func isFailed(_ path: String) -> Bool {
    failed.contains(path) || failed.contains { path.hasPrefix("\($0).") }
  }

  private mutating func dropStrays() {
    for definition in KeyDefinitions.settings
    where assignments[definition.path] != nil && !definition.belongs(kind) {
      assignments[definition.path] = nil
    }
  }

  private func reportStray(
    _ definition: KeyDefinition, _ assignment: Assignment, into diagnostics: inout Diagnostics
  ) {
    guard
      let condition = definition.conditions.first(where: {
        !(kind($0.path).map($0.values.contains) ?? false)
      })
    else { return }
    diagnostics.error(
      "'\(definition.path)' does not belong to \(condition.path) '\(kind(condition.path) ?? "")'",
      at: assignment.keyPlace,
      hint: "it belongs to \(condition.path): \(alternatives(condition.values))")
  }

  /// Keys that must be given and are not.
  package func reportMissing(into diagnostics: inout Diagnostics) {
    for definition in KeyDefinitions.settings
    where definition.belongs(kind) && value(of: definition) == nil && !isFailed(definition.path) {
      let condition = definition.conditions.last
      let because =
        condition.map { ": \($0.path) '\(kind($0.path) ?? "")' needs it" }
        ?? ": it has no default"
      let place = condition.flatMap { assignments[$0.path]?.place } ?? place(definition.path)
      diagnostics.error(
        "'\(definition.path)' is missing\(because)", at: place,
        hint: definition.path == "training.steps"
          ? "for instance training: {steps: 1000}" : nil)
    }
  }

  /// Every key of the run and its value; call when nothing is missing.
  package var values: [String: ParameterValue] { values { _ in true } }

  /// Those of a section's keys.
  package func values(under section: String) -> [String: ParameterValue] {
    values { $0.path.hasPrefix(section + ".") }
  }

  private func values(where isWanted: (KeyDefinition) -> Bool) -> [String: ParameterValue] {
    var values: [String: ParameterValue] = [:]
    for definition in KeyDefinitions.settings where isWanted(definition) {
      if let value = value(of: definition) { values[definition.path] = value }
    }
    return values
  }
}

extension KeyDefinition {
  /// The value when none is given; nil if one must be.
  package func defaultValue(_ kind: (String) -> String?) -> ParameterValue? {
    switch fallback {
    case .value(let value), .valueOrUnset(let value, _, _): value
    case .valueBy(let path, let values, let otherwise):
      kind(path).flatMap { values[$0] } ?? otherwise
    case .unset: .null
    case .requiredUnless(let condition, let value):
      kind(condition.path).map(condition.values.contains) == true ? value : nil
    case .required, .absent: nil
    }
  }
}
