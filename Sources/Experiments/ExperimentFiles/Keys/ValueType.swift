import Values

/// What values a key takes.
package enum ValueType: Sendable, Hashable {
  case integer(ClosedRange<Int>, multipleOf: Int = 1)
  case number(NumberRange)
  case boolean
  case text(TextForm)
  /// One of a few words; `later` are known and not available yet.
  case word([String], later: [String] = [])
  /// A list of different words.
  case words([String], later: [String] = [])
  /// A list of words in an order that matters, the same one more than once if need be.
  case wordSequence(count: ClosedRange<Int>, [String])
  /// A list of whole numbers.
  case integers(count: ClosedRange<Int>, in: ClosedRange<Int>)
  /// A list of numbers.
  case numbers(count: ClosedRange<Int>, NumberRange)
  /// A list of lists of numbers, all as long as the first.
  case vectors(count: ClosedRange<Int>, dimensions: ClosedRange<Int>, NumberRange)
  /// A list of different texts.
  case texts
  /// A mapping or list that code of its own reads; the text says what it holds.
  case structure(String)

  package enum TextForm: Sendable, Hashable {
    case any
    /// `[A-Za-z0-9._-]{1,64}`, and not only dots
    case name
    /// `eval/frechet_pca64`
    case metric
  }

  /// One value of it is a list.
  var isList: Bool {
    switch self {
    case .words, .wordSequence, .integers, .numbers, .vectors, .texts: true
    case .integer, .number, .boolean, .text, .word, .structure: false
    }
  }

  /// The words of an enumeration of the engine: a case added there is a word here.
  static func words<Word: CaseIterable & RawRepresentable<String>>(
    of type: Word.Type, later: [String] = []
  ) -> ValueType {
    .word(type.allCases.map(\.rawValue), later: later)
  }
}

/// An interval of finite numbers.
package struct NumberRange: Sendable, Hashable {
  var lower: Double
  var upper: Double
  var includesLower: Bool
  var includesUpper: Bool

  static func closed(_ lower: Double, _ upper: Double) -> NumberRange {
    NumberRange(lower: lower, upper: upper, includesLower: true, includesUpper: true)
  }

  static func closed(_ range: ClosedRange<Double>) -> NumberRange {
    closed(range.lowerBound, range.upperBound)
  }

  /// lower ≤ x < upper
  static func halfOpen(_ lower: Double, _ upper: Double) -> NumberRange {
    NumberRange(lower: lower, upper: upper, includesLower: true, includesUpper: false)
  }

  /// lower < x < upper
  static func open(_ lower: Double, _ upper: Double) -> NumberRange {
    NumberRange(lower: lower, upper: upper, includesLower: false, includesUpper: false)
  }

  static func above(_ lower: Double) -> NumberRange {
    NumberRange(lower: lower, upper: .infinity, includesLower: false, includesUpper: false)
  }

  /// lower < x ≤ upper
  static func openClosed(_ lower: Double, _ upper: Double) -> NumberRange {
    NumberRange(lower: lower, upper: upper, includesLower: false, includesUpper: true)
  }

  static func atLeast(_ lower: Double) -> NumberRange {
    NumberRange(lower: lower, upper: .infinity, includesLower: true, includesUpper: false)
  }

  static let finite = NumberRange(
    lower: -.infinity, upper: .infinity, includesLower: false, includesUpper: false)

  func contains(_ value: Double) -> Bool {
    value.isFinite && (includesLower ? value >= lower : value > lower)
      && (includesUpper ? value <= upper : value < upper)
  }

  /// `above 0 and below 1`; empty when every finite number will do.
  var words: String {
    var parts: [String] = []
    if lower.isFinite { parts.append("\(includesLower ? "at least" : "above") \(lower.canonical)") }
    if upper.isFinite { parts.append("\(includesUpper ? "at most" : "below") \(upper.canonical)") }
    return parts.joined(separator: " and ")
  }

  /// `(0, 1]`; empty when every finite number will do.
  var interval: String {
    if lower.isInfinite, upper.isInfinite { return "" }
    if upper.isInfinite { return "\(includesLower ? "≥" : ">") \(lower.canonical)" }
    return
      "\(includesLower ? "[" : "(")\(lower.canonical), \(upper.canonical)\(includesUpper ? "]" : ")")"
  }
}

extension ValueType {
  /// For the table of keys.
  var documentation: String {
    switch self {
    case .integer(let range, let multiple):
      "whole number" + (multiple > 1 ? ", a multiple of \(multiple)" : "") + ", "
        + (range.upperBound == .max
          ? "≥ \(range.lowerBound)"
          : range.lowerBound == range.upperBound
            ? "\(range.lowerBound)" : "\(range.lowerBound)…\(range.upperBound)")
    case .number(let range): "number" + (range.interval.isEmpty ? "" : ", \(range.interval)")
    case .boolean: "true, false"
    case .text(.any): "text"
    case .text(.name): "letters, digits, `.`, `_`, `-`; at most 64"
    case .text(.metric): "a metric's name"
    case .word(let words, _): words.joined(separator: ", ")
    case .words(let words, _): "list of " + words.joined(separator: ", ")
    case .wordSequence(let count, let words):
      "list of \(count.lowerBound)…\(count.upperBound) of " + words.joined(separator: ", ")
    case .integers(let count, let range):
      "list of \(count.lowerBound)…\(count.upperBound) whole numbers, "
        + "\(range.lowerBound)…\(range.upperBound)"
    case .numbers(let count, let range):
      "list of \(count.words) numbers" + (range.interval.isEmpty ? "" : ", \(range.interval)")
    case .vectors(let count, let dimensions, let range):
      "list of \(count.words) lists of \(dimensions.words) numbers"
        + (range.interval.isEmpty ? "" : ", \(range.interval)")
    case .texts: "list of texts"
    case .structure(let text): text
    }
  }
}

extension ClosedRange<Int> {
  /// `2`, or `1…8`.
  var words: String { lowerBound == upperBound ? "\(lowerBound)" : "\(lowerBound)…\(upperBound)" }
}
