import Text
package import Values

extension KeyDefinition {
  /// The value a node holds, checked for type and range; nil with errors added.
  package func read(_ node: SourceNode, into diagnostics: inout Diagnostics) -> ParameterValue? {
    if let scalar = node.scalar {
      if scalar.isAbsent {
        diagnostics.error(
          "'\(path)' has no value", at: node.place, hint: "expected \(type.expectation)")
        return nil
      }
      if let word = unsetWord, scalar.isNull || (scalar.isPlain && scalar.text == word) {
        return .null
      }
      return read(scalar, at: node.place, into: &diagnostics)
    }
    if let items = node.items {
      return read(items, at: node.place, into: &diagnostics)
    }
    mismatch(node.kindName, at: node.place, into: &diagnostics)
    return nil
  }

  private func mismatch(
    _ found: String, at place: Place, hint: String? = nil, into diagnostics: inout Diagnostics
  ) {
    diagnostics.error(
      "'\(path)' expects \(type.expectation), not \(found)", at: place,
      hint: hint ?? unsetWord.map { "for no value write \($0)" })
  }

  // MARK: Scalars

  private func read(
    _ scalar: SourceScalar, at place: Place, into diagnostics: inout Diagnostics
  ) -> ParameterValue? {
    switch type {
    case .integer(let range, let multiple):
      guard let value = wholeNumber(scalar, in: range, at: place, into: &diagnostics) else {
        return nil
      }
      guard value % multiple == 0 else {
        let below = max(value - value % multiple, multiple)
        let above = below + (value > below ? multiple : 0)
        diagnostics.error(
          "'\(path)' must be a multiple of \(multiple), not \(value)", at: place,
          hint:
            "for instance \(alternatives(below == above ? ["\(below)"] : ["\(below)", "\(above)"]))"
        )
        return nil
      }
      return .integer(value)
    case .number(let range):
      return number(scalar, in: range, at: place, into: &diagnostics).map(ParameterValue.number)
    case .boolean:
      if let value = scalar.boolean { return .boolean(value) }
      let synonyms = ["yes": "true", "on": "true", "no": "false", "off": "false"]
      mismatch(
        scalar.kindName, at: place,
        hint: synonyms[scalar.text.lowercased()].map { "write \($0)" }
          ?? (scalar.isPlain ? nil : "remove the quotes"),
        into: &diagnostics)
      return nil
    case .text(let form):
      return text(scalar, form: form, at: place, into: &diagnostics)
    case .word(let words, let later):
      return word(scalar, of: words, later: later, at: place, into: &diagnostics)
        .map(ParameterValue.string)
    case .words(let words, _):
      mismatch(
        scalar.kindName, at: place,
        hint: words.contains(scalar.text) ? "write [\(scalar.text)]" : nil, into: &diagnostics)
      return nil
    case .integers, .wordSequence, .texts:
      mismatch(scalar.kindName, at: place, hint: "write [\(scalar.text)]", into: &diagnostics)
      return nil
    case .numbers, .vectors, .structure:
      mismatch(scalar.kindName, at: place, into: &diagnostics)
      return nil
    }
  }

  private func wholeNumber(
    _ scalar: SourceScalar, in range: ClosedRange<Int>, at place: Place,
    into diagnostics: inout Diagnostics
  ) -> Int? {
    guard let value = wholeNumber(scalar, at: place, into: &diagnostics) else { return nil }
    guard range.contains(value) else {
      if path == "workbench" {
        diagnostics.error(
          "this file is in format \(value), but this program reads format \(range.upperBound)",
          at: place)
        return nil
      }
      let limit =
        value < range.lowerBound ? "at least \(range.lowerBound)" : "at most \(range.upperBound)"
      diagnostics.error("'\(path)' must be \(limit), not \(value)", at: place)
      return nil
    }
    return value
  }

  private func wholeNumber(
    _ scalar: SourceScalar, at place: Place, into diagnostics: inout Diagnostics
  ) -> Int? {
    switch scalar.number {
    case .integer(let value):
      return value
    case .floating(let value):
      // 1e3 is a way to write 1000.
      if let whole = Int(exactly: value) { return whole }
      mismatch(scalar.kindName, at: place, into: &diagnostics)
    case .unbounded:
      diagnostics.error("'\(path)' is out of range: \(scalar.kindName)", at: place)
    case nil:
      mismatch(
        scalar.kindName, at: place, hint: numberHint(scalar), into: &diagnostics)
    }
    return nil
  }

  private func number(
    _ scalar: SourceScalar, in range: NumberRange, at place: Place,
    into diagnostics: inout Diagnostics
  ) -> Double? {
    let value: Double
    switch scalar.number {
    case .integer(let whole): value = Double(whole)
    case .floating(let number): value = number
    case .unbounded:
      diagnostics.error(
        "'\(path)' must be a finite number, not \(scalar.kindName)", at: place)
      return nil
    case nil:
      mismatch(scalar.kindName, at: place, hint: numberHint(scalar), into: &diagnostics)
      return nil
    }
    guard range.contains(value) else {
      diagnostics.error(
        "'\(path)' must be \(range.words), not \(scalar.kindName)", at: place)
      return nil
    }
    // −0 is 0.
    return value == 0 ? 0 : value
  }

  /// For text that was meant as a number.
  private func numberHint(_ scalar: SourceScalar) -> String? {
    let bare = scalar.text.filter { $0 != "_" && $0 != "," && $0 != " " }
    guard SourceScalar(text: bare, isPlain: true).number != nil else { return nil }
    return "write \(bare)" + (scalar.isPlain ? "" : " without quotes")
  }

  private func text(
    _ scalar: SourceScalar, form: ValueType.TextForm, at place: Place,
    into diagnostics: inout Diagnostics
  ) -> ParameterValue? {
    guard !scalar.isNull, scalar.text.contains(where: { !$0.isWhitespace }) else {
      diagnostics.error(
        "'\(path)' has no value", at: place, hint: "expected \(type.expectation)")
      return nil
    }
    switch form {
    case .any:
      return .string(scalar.text)
    case .name:
      if let problem = ExperimentName.problem(with: scalar.text) {
        diagnostics.error(problem, at: place, hint: ExperimentName.rule)
        return nil
      }
      return .string(scalar.text)
    case .metric:
      let isPath =
        scalar.text.contains("/")
        && scalar.text.utf8.allSatisfy {
          ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5F || $0 == 0x2F
        }
        && scalar.text.split(separator: "/", omittingEmptySubsequences: false)
          .allSatisfy { !$0.isEmpty }
      guard isPath else {
        let known = [
          "eval/loss", "eval/class_agreement", "eval/frechet_pca64",
          "eval/sample_variance", "eval/sample_mean", "eval/within_class_variance",
          "eval/wasserstein2", "eval/sliced_wasserstein", "eval/energy_distance",
          "eval/bits_per_dim",
          "eval/log_likelihood", "train/loss",
          "speed/images_per_second",
        ]
        let asPath = "eval/" + scalar.text.split(separator: "-").joined(separator: "_")
        diagnostics.error(
          "\(quoted(scalar.text)) is not the name of a metric", at: place,
          hint: Suggestion.hint(for: asPath, among: known)
            ?? "metrics are named like paths: \(Objective.standardMetric)")
        return nil
      }
      return .string(scalar.text)
    }
  }

  private func word(
    _ scalar: SourceScalar, of words: [String], later: [String], at place: Place,
    into diagnostics: inout Diagnostics
  ) -> String? {
    if words.contains(scalar.text) { return scalar.text }
    if later.contains(scalar.text) {
      diagnostics.error(
        "\(path): '\(scalar.text)' is not available yet; use \(alternatives(words))", at: place)
    } else {
      diagnostics.error(
        "'\(path)' is \(alternatives(words)), not \(scalar.kindName)", at: place,
        hint: Suggestion.hint(for: scalar.text, among: words))
    }
    return nil
  }

  // MARK: Lists

  private func read(
    _ items: [SourceNode], at place: Place, into diagnostics: inout Diagnostics
  ) -> ParameterValue? {
    switch type {
    case .words(let words, let later):
      guard !items.isEmpty else {
        diagnostics.error(
          "'\(path)' is empty", at: place, hint: "expected some of \(alternatives(words))")
        return nil
      }
      let read = different(items, into: &diagnostics) { scalar, place, diagnostics in
        word(scalar, of: words, later: later, at: place, into: &diagnostics)
          .map(ParameterValue.string)
      }
      guard case .list(let values)? = read else { return nil }
      // The order of measures changes nothing: one order, so that equal sets are equal.
      return .list(words.map(ParameterValue.string).filter(values.contains))
    case .numbers(let count, let range):
      guard count.contains(items.count) else {
        diagnostics.error(
          "'\(path)' expects \(count.words) numbers, not \(items.count)", at: place)
        return nil
      }
      return list(items, into: &diagnostics) { scalar, place, diagnostics in
        number(scalar, in: range, at: place, into: &diagnostics).map(ParameterValue.number)
      }
    case .integers(let count, let range):
      guard isCount(items.count, in: count, at: place, into: &diagnostics) else { return nil }
      return list(items, into: &diagnostics) { scalar, place, diagnostics in
        wholeNumber(scalar, in: range, at: place, into: &diagnostics).map(ParameterValue.integer)
      }
    case .vectors(let count, let dimensions, let range):
      guard isCount(items.count, in: count, at: place, into: &diagnostics) else { return nil }
      return vectors(items, of: dimensions, in: range, into: &diagnostics)
    case .texts:
      return texts(items, at: place, into: &diagnostics)
    case .wordSequence(let count, let words):
      guard isCount(items.count, in: count, at: place, into: &diagnostics) else { return nil }
      return list(items, into: &diagnostics) { scalar, place, diagnostics in
        word(scalar, of: words, later: [], at: place, into: &diagnostics)
          .map(ParameterValue.string)
      }
    default:
      let isChoice = !items.isEmpty && isSetting
      mismatch(
        "a list", at: place,
        hint: isChoice ? "to try several values: sweep.parameters.\(path)" : nil,
        into: &diagnostics)
      return nil
    }
  }

  private func vectors(
    _ items: [SourceNode], of dimensions: ClosedRange<Int>, in range: NumberRange,
    into diagnostics: inout Diagnostics
  ) -> ParameterValue? {
    var vectors: [ParameterValue] = []
    for item in items {
      guard let numbers = item.items else {
        mismatch(
          "\(item.kindName) in it", at: item.place,
          hint: item.scalar.map { "write [\($0.text)]" }, into: &diagnostics)
        continue
      }
      let first = items.first?.items?.count ?? numbers.count
      guard numbers.count == first else {
        diagnostics.error(
          "'\(path)' has lists of \(first) and of \(numbers.count) numbers", at: item.place,
          hint: "all have as many: one a dimension")
        continue
      }
      guard isCount(numbers.count, in: dimensions, at: item.place, into: &diagnostics) else {
        continue
      }
      let vector = list(numbers, into: &diagnostics) { scalar, place, diagnostics in
        number(scalar, in: range, at: place, into: &diagnostics).map(ParameterValue.number)
      }
      if let vector { vectors.append(vector) }
    }
    return vectors.count == items.count ? .list(vectors) : nil
  }

  private func texts(
    _ items: [SourceNode], at place: Place, into diagnostics: inout Diagnostics
  ) -> ParameterValue? {
    guard !items.isEmpty else {
      diagnostics.error("'\(path)' is empty", at: place, hint: "leave it out")
      return nil
    }
    return different(items, into: &diagnostics) { scalar, place, diagnostics in
      text(scalar, form: .any, at: place, into: &diagnostics)
    }
  }

  /// `list` of values that are given once each.
  private func different(
    _ items: [SourceNode], into diagnostics: inout Diagnostics,
    _ read: (SourceScalar, Place, inout Diagnostics) -> ParameterValue?
  ) -> ParameterValue? {
    var seen: Set<ParameterValue> = []
    return list(items, into: &diagnostics) { scalar, place, diagnostics in
      guard let value = read(scalar, place, &diagnostics) else { return nil }
      if seen.insert(value).inserted { return value }
      diagnostics.error("\(quoted(scalar.text)) is given twice", at: place, hint: "keep one")
      return nil
    }
  }

  private func isCount(
    _ count: Int, in range: ClosedRange<Int>, at place: Place, into diagnostics: inout Diagnostics
  ) -> Bool {
    if range.contains(count) { return true }
    diagnostics.error(
      count == 0 ? "'\(path)' is empty" : "'\(path)' has \(count) values",
      at: place, hint: "it takes \(range.lowerBound) to \(range.upperBound)")
    return false
  }

  /// The values of a list's items, in order; nil with errors added for those that are none.
  private func list(
    _ items: [SourceNode], into diagnostics: inout Diagnostics,
    _ read: (SourceScalar, Place, inout Diagnostics) -> ParameterValue?
  ) -> ParameterValue? {
    var values: [ParameterValue] = []
    for item in items {
      guard let scalar = item.scalar else {
        mismatch(item.kindName, at: item.place, into: &diagnostics)
        continue
      }
      if let value = read(scalar, item.place, &diagnostics) { values.append(value) }
    }
    return values.count == items.count ? .list(values) : nil
  }
}

extension ValueType {
  /// "expects …"
  var expectation: String {
    switch self {
    case .integer(_, 2): "an even number"
    case .integer: "a whole number"
    case .number: "a number"
    case .boolean: "true or false"
    case .text(.any), .text(.name): "text"
    case .text(.metric): "a metric's name"
    case .word(let words, _): alternatives(words)
    case .words(let words, _): "a list of " + words.joined(separator: ", ")
    case .wordSequence(_, let words): "a list of " + alternatives(words)
    case .integers: "a list of whole numbers"
    case .numbers(let count, _): "a list of \(count.words) numbers"
    case .vectors: "a list of lists of numbers"
    case .texts: "a list of texts"
    case .structure(let text): text
    }
  }
}

/// What an experiment may be called: it names a row, a folder and an argument.
package enum ExperimentName {
  package static let rule = "a name is 1 to 64 letters, digits, '.', '_' or '-', and not only dots"

  /// Nil if the name will do.
  package static func problem(with name: String) -> String? {
    if name.isEmpty { return "the name is empty" }
    if name.utf8.count > 64 { return "the name is longer than 64 characters" }
    let stray = name.unicodeScalars.first { scalar in
      !(scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil))
        && !"._-".unicodeScalars.contains(scalar)
    }
    if let stray { return "a name cannot hold \(quoted(String(stray)))" }
    if name.allSatisfy({ $0 == "." }) { return "a name cannot be only dots" }
    return nil
  }
}
