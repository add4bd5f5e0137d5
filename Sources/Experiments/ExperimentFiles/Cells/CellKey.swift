import Text

/// A key of a kind of cell: the single source of what the parser accepts, of the JSON Schema and of
/// the table in the documentation.
package struct CellKey: Sendable, Hashable {
  enum ValueType: Sendable, Hashable {
    /// Prose; `{{ … }}` in it is replaced by values.
    case prose
    case text
    /// A query.
    case sql
    /// A column of what a query gives.
    case column
    /// One or a list of them.
    case columns
    /// `train/loss`
    case metric
    /// One metric or a list of them.
    case metrics
    /// A setting's dotted path, an attribute of runs (`seed`, `label` …), or one of these words.
    case path([String])
    /// One or a list of them.
    case paths([String])
    /// A metric, a setting's dotted path, an attribute of runs, or one of these words.
    case quantity([String])
    /// Which runs: an expression that holds or not for each.
    case condition
    /// An expression over runs that holds or not.
    case claim
    case number(NumberRange)
    /// One or a list of them.
    case numbers(NumberRange)
    case integer(ClosedRange<Int>)
    /// One or a list of them.
    case integers(ClosedRange<Int>)
    case boolean
    case word([String])
    /// One or a list of them.
    case words([String])
    /// An experiment's name.
    case experiment
    /// A mapping from settings' paths to one value each.
    case settings
    /// A number with its unit, in px of 1/96 inch.
    case length(ClosedRange<Double>)
    /// A mapping from what is shown to what to call it.
    case names
    /// A mapping from what is shown to one of these words.
    case wordsByName([String])
  }

  var name: String
  var type: ValueType
  /// As the documentation says it; nil: none, or the key is required.
  var standard: String?
  var isRequired: Bool
  var about: String

  init(
    _ name: String, _ type: ValueType, standard: String? = nil, isRequired: Bool = false,
    _ about: String
  ) {
    self.name = name
    self.type = type
    self.standard = standard
    self.isRequired = isRequired
    self.about = about
  }

  /// Keys that cells of every kind have.
  static func common(showsRuns: Bool) -> [CellKey] {
    var keys: [CellKey] = []
    if showsRuns {
      keys.append(
        CellKey("where", .condition, standard: "all runs", "Which runs: a condition on each."))
      keys.append(
        CellKey(
          "experiment", .experiment, standard: "the report's own",
          "Whose runs to use, of all in the store."))
    }
    return keys + [CellKey("caption", .prose, "Text below it; may hold inline values.")]
  }

  static func all(of kind: any Cell.Type) -> [CellKey] {
    kind.keys
      + common(showsRuns: kind.showsRuns).filter { common in
        !kind.keys.contains { $0.name == common.name }
      }
  }
}

extension CellKey.ValueType {
  /// "expects …", and the table's column of values.
  var expectation: String {
    switch self {
    case .prose, .text: "text"
    case .sql: "a query"
    case .column: "a column"
    case .columns: "a column or a list of them"
    case .metric: "a metric's name"
    case .metrics: "a metric's name or a list of them"
    case .path(let words):
      (words.isEmpty ? "" : words.joined(separator: ", ") + ", ")
        + "a setting's path or an attribute"
    case .paths(let words):
      (words.isEmpty ? "" : words.joined(separator: ", ") + ", ")
        + "a setting's path or an attribute, or a list of them"
    case .quantity(let words):
      (words.isEmpty ? "" : words.joined(separator: ", ") + ", ")
        + "a metric, a setting's path or an attribute"
    case .condition: "a condition on runs"
    case .claim: "a claim"
    case .number(let range): "a number" + (range.words.isEmpty ? "" : " \(range.words)")
    case .numbers(let range):
      "a number or a list of them" + (range.words.isEmpty ? "" : ", \(range.words)")
    case .integer(let range): "a whole number, " + Self.words(range)
    case .integers(let range): "a whole number or a list of them, " + Self.words(range)
    case .boolean: "true or false"
    case .word(let words): alternatives(words)
    case .words(let words): "some of " + words.joined(separator: ", ")
    case .experiment: "an experiment's name"
    case .settings: "a mapping from settings to values"
    case .length: "a length with its unit (mm, cm, in, pt, px)"
    case .names: "a mapping from what is shown to text"
    case .wordsByName(let words):
      "a mapping from what is shown to \(alternatives(words))"
    }
  }

  private static func words(_ range: ClosedRange<Int>) -> String {
    range.upperBound == .max
      ? "at least \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
  }
}
