package import Values

/// One key of the experiment file. The table of these is the single source of what the parser
/// accepts, of its hints, of the JSON Schema, of the table in the documentation and of what is
/// hashed into a run's identity.
package final class KeyDefinition: Sendable {
  /// Which part of a run a key changes.
  package enum Stage: String, Sendable, Hashable, CaseIterable {
    /// The trained weights.
    case train
    /// The images drawn from them.
    case sample
    /// The measures of both.
    case evaluate
    /// What is written down, never a result.
    case report
    /// Which runs there are.
    case plan
  }

  /// What holds when a key is not given.
  package enum Fallback: Sendable, Hashable {
    case value(ParameterValue)
    /// A value; none is written with this word, and the text says what then happens.
    case valueOrUnset(ParameterValue, String, String)
    /// The value for what the key at the path is, the other elsewhere.
    case valueBy(String, [String: ParameterValue], otherwise: ParameterValue)
    /// No value, written with this word; the text says what then happens.
    case unset(String, String)
    /// An error.
    case required
    /// An error, but this value where the condition holds.
    case requiredUnless(KindCondition, ParameterValue)
    /// Nothing: a section or structure that may be absent.
    case absent
  }

  /// Holds when the key `path`, which says what kind of thing is meant, is one of `values`.
  package struct KindCondition: Sendable, Hashable {
    package let path: String
    package let values: [String]
  }

  /// Dotted.
  package let path: String
  package let type: ValueType
  package let fallback: Fallback
  package let stage: Stage
  package let documentation: String
  /// The kinds that have this key; all must hold, outermost first.
  package let conditions: [KindCondition]
  /// This key's value decides which of its siblings there are.
  package let isKind: Bool

  package init(
    _ path: String, _ type: ValueType, _ fallback: Fallback, _ stage: Stage,
    _ documentation: String, onlyFor conditions: [KindCondition] = [], isKind: Bool = false
  ) {
    self.path = path
    self.type = type
    self.fallback = fallback
    self.stage = stage
    self.documentation = documentation
    self.conditions = conditions
    self.isKind = isKind
  }

  /// `lr` of `training.optimizer.lr`
  package var name: String { path.split(separator: ".").last.map(String.init) ?? path }

  /// `training.optimizer` of `training.optimizer.lr`; empty at the top.
  package var section: String { path.split(separator: ".").dropLast().joined(separator: ".") }

  /// The word for no value, if the key may have none.
  package var unsetWord: String? {
    switch fallback {
    case .unset(let word, _), .valueOrUnset(_, let word, _): word
    case .value, .valueBy, .required, .requiredUnless, .absent: nil
    }
  }

  /// A key of a run's settings, not of the file around them.
  package var isSetting: Bool {
    switch stage {
    case .train, .sample, .evaluate: true
    case .report: path.hasPrefix("training.") || path.hasPrefix("data.")
    case .plan: false
    }
  }

  /// Part of a run's identity.
  package var isIdentity: Bool { isSetting && stage != .report }

  /// Whether a run whose kinds are these has this key.
  package func belongs(_ kind: (_ path: String) -> String?) -> Bool {
    conditions.allSatisfy { condition in
      kind(condition.path).map(condition.values.contains) ?? false
    }
  }

  /// Whether it must be given where the kind at `path` is `word`, as far as that alone says.
  package func isRequired(of word: String, at path: String) -> Bool {
    switch fallback {
    case .required: true
    case .requiredUnless(let condition, _):
      condition.path == path && !condition.values.contains(word)
    case .value, .valueOrUnset, .valueBy, .unset, .absent: false
    }
  }

  /// Whether it may have no value.
  package var mayBeUnset: Bool {
    if case .requiredUnless(_, .null) = fallback { true } else { unsetWord != nil }
  }

  /// For the table of keys.
  package var defaultDocumentation: String {
    switch fallback {
    case .value(let value): "`\(value.text)`"
    case .unset(let word, let meaning): meaning.isEmpty ? "`\(word)`" : "`\(word)`: \(meaning)"
    case .valueOrUnset(let value, let word, let meaning):
      "`\(value.text)`; `\(word)`: \(meaning)"
    case .valueBy(_, let values, let otherwise):
      (["`\(otherwise.text)`"]
        + Dictionary(grouping: values.keys) { values[$0]?.text ?? "" }
        .map { "`\($0.key)` for \($0.value.sorted().joined(separator: ", "))" }.sorted())
        .joined(separator: "; ")
    case .required: "required"
    case .requiredUnless(let condition, let value):
      "required; `\(value.text)` for \(condition.values.joined(separator: ", "))"
    case .absent: "–"
    }
  }
}

extension KeyDefinition: Hashable {
  package static func == (first: KeyDefinition, second: KeyDefinition) -> Bool {
    first.path == second.path
  }

  package func hash(into hasher: inout Hasher) { hasher.combine(path) }
}
