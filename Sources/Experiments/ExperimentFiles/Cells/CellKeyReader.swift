import Text
import Values

/// Reads the value of one key of a cell.
struct CellKeyReader {
  let kind: String
  let key: CellKey
  var imported = ImportedNames.none

  private var path: String { "\(kind).\(key.name)" }

  /// Nil with errors added where the value will not do.
  func read(_ node: SourceNode, into errors: inout Diagnostics) -> CellValues.Value? {
    switch key.type {
    case .prose:
      guard text(node, into: &errors) != nil else { return nil }
      return .prose(InlineParser.read(node, imported: imported, into: &errors))
    case .text, .column: return text(node, into: &errors).map { .texts([$0]) }
    case .columns: return list(node, into: &errors) { text($0, into: &$1) }.map { .texts($0) }
    case .sql: return query(node, into: &errors).map { .texts([$0]) }
    case .experiment:
      guard let name = text(node, into: &errors) else { return nil }
      if let problem = ExperimentName.problem(with: name) {
        errors.error(problem, at: node.place, hint: ExperimentName.rule)
        return nil
      }
      return .texts([name])
    case .metric, .path, .quantity, .word:
      return word(node, into: &errors).map { .texts([$0]) }
    case .metrics, .paths, .words:
      return list(node, into: &errors) { word($0, into: &$1) }.map { .texts($0) }
    case .condition: return expression(node, .ofRuns(imported: imported), into: &errors)
    case .claim: return claim(node, into: &errors)
    case .number(let range):
      return number(node, range, into: &errors).map { .numbers([$0]) }
    case .numbers(let range):
      return list(node, into: &errors) { number($0, range, into: &$1) }.map { .numbers($0) }
    case .integer(let range):
      return integer(node, range, into: &errors).map { .numbers([Double($0)]) }
    case .integers(let range):
      return list(node, into: &errors) { integer($0, range, into: &$1) }
        .map { .numbers($0.map { Double($0) }) }
    case .boolean:
      if let value = node.scalar?.boolean { return .boolean(value) }
      mismatch(node, into: &errors)
      return nil
    case .settings: return settings(node, into: &errors)
    case .length(let range): return length(node, range, into: &errors).map { .numbers([$0]) }
    case .names:
      return names(node, "{bf16: bfloat16, sampling.sampler: Sampler}", into: &errors) {
        text($0, into: &$1)
      }
    case .wordsByName(let words):
      return names(node, "{ddim: \(words[0])}", into: &errors) { node, errors in
        guard let word = text(node, into: &errors) else { return nil }
        if words.contains(word) { return word }
        errors.error(
          "\(quoted(word)) is none of \(key.name)'s values", at: node.place,
          hint: Suggestion.hint(for: word, among: words)
            ?? "one of \(words.joined(separator: ", "))")
        return nil
      }
    }
  }

  private func mismatch(_ node: SourceNode, into errors: inout Diagnostics) {
    errors.error(
      "'\(path)' expects \(key.type.expectation), not \(node.kindName)", at: node.place)
  }

  private func list<Value>(
    _ node: SourceNode, into errors: inout Diagnostics,
    _ read: (SourceNode, inout Diagnostics) -> Value?
  ) -> [Value]? {
    let items = node.items ?? [node]
    guard !items.isEmpty else {
      errors.error(
        "'\(path)' is empty", at: node.place, hint: "expected \(key.type.expectation)")
      return nil
    }
    let values = items.compactMap { read($0, &errors) }
    return values.count == items.count ? values : nil
  }

  private func text(_ node: SourceNode, into errors: inout Diagnostics) -> String? {
    guard let scalar = node.scalar, !scalar.isNull,
      scalar.text.contains(where: { !$0.isWhitespace })
    else {
      mismatch(node, into: &errors)
      return nil
    }
    return scalar.text
  }

  private func query(_ node: SourceNode, into errors: inout Diagnostics) -> String? {
    guard let sql = text(node, into: &errors) else { return nil }
    guard SQLText.isQuery(sql) else {
      errors.error(
        "'\(path)' only reads: one SELECT (or WITH, VALUES)", at: node.textPlace(at: 0),
        hint: isYAML(node)
          ? "the body is the query itself; other keys stand before it, as ':limit: 3'" : nil)
      return nil
    }
    return sql
  }

  /// Whether the body of a document's cell begins with a key, as bodies of other kinds do.
  private func isYAML(_ node: SourceNode) -> Bool {
    guard let scalar = node.scalar, scalar.isRaw, let colon = scalar.text.firstIndex(of: ":") else {
      return false
    }
    let word = String(scalar.text[..<colon]).trimmed
    return CellKey.all(of: SQLCell.self).contains { $0.name == word }
  }

  // MARK: Words

  private func word(_ node: SourceNode, into errors: inout Diagnostics) -> String? {
    guard let word = text(node, into: &errors) else { return nil }
    switch key.type {
    case .metric, .metrics:
      guard let (message, hint) = imported.complaint(word) else { return word }
      errors.error(message, at: node.place, hint: hint)
    case .path(let words), .paths(let words):
      let isSetting = isSetting(word)
      if isSetting || words.contains(word) || RunAttribute(rawValue: word) != nil { return word }
      let paths = settingPaths
      let namesakes = paths.filter { $0.hasSuffix("." + word) }
      errors.error(
        "'\(path)': there is no setting or attribute \(quoted(word))", at: node.place,
        hint: Suggestion.hint(
          for: word, among: words + RunAttribute.allCases.map(\.rawValue) + paths)
          ?? (namesakes.isEmpty ? nil : "did you mean '\(alternatives(namesakes))'?"))
    case .quantity(let words):
      let isSetting = isSetting(word)
      if isSetting || words.contains(word) || RunAttribute(rawValue: word) != nil { return word }
      if word.contains("/") || imported.metrics.contains(word) {
        guard let (message, hint) = imported.complaint(word) else { return word }
        errors.error(message, at: node.place, hint: hint)
        return nil
      }
      let candidates =
        words + KnownMetrics.names + imported.metrics.sorted()
        + RunAttribute.allCases.map(\.rawValue) + settingPaths
      let namesakes = candidates.filter { $0.hasSuffix("." + word) || $0.hasSuffix("/" + word) }
      errors.error(
        "'\(path)': there is no metric, setting or attribute \(quoted(word))", at: node.place,
        hint: Suggestion.hint(for: word, among: candidates)
          ?? (namesakes.isEmpty ? nil : "did you mean '\(alternatives(namesakes))'?"))
    case .word(let words), .words(let words):
      if words.contains(word) { return word }
      errors.error(
        "'\(path)' is \(alternatives(words)), not \(quoted(word))", at: node.place,
        hint: Suggestion.hint(for: word, among: words))
    default: return word
    }
    return nil
  }

  private func isSetting(_ word: String) -> Bool {
    KeyDefinitions.byPath[word]?.isSetting == true || imported.settings.contains(word)
  }

  private var settingPaths: [String] {
    KeyDefinitions.settings.map(\.path) + imported.settings.sorted()
  }

  // MARK: Numbers

  private func number(
    _ node: SourceNode, _ range: NumberRange, into errors: inout Diagnostics
  ) -> Double? {
    let value: Double
    switch node.scalar?.number {
    case .integer(let whole): value = Double(whole)
    case .floating(let number): value = number
    case .unbounded, nil:
      mismatch(node, into: &errors)
      return nil
    }
    guard range.contains(value) else {
      errors.error("'\(path)' must be \(range.words), not \(node.kindName)", at: node.place)
      return nil
    }
    return value
  }

  private func integer(
    _ node: SourceNode, _ range: ClosedRange<Int>, into errors: inout Diagnostics
  ) -> Int? {
    var value: Int?
    switch node.scalar?.number {
    case .integer(let whole): value = whole
    case .floating(let number): value = Int(exactly: number)
    case .unbounded, nil: break
    }
    guard let value, range.contains(value), abs(value) < 1 << 53 else {
      mismatch(node, into: &errors)
      return nil
    }
    return value
  }

  private func length(
    _ node: SourceNode, _ range: ClosedRange<Double>, into errors: inout Diagnostics
  ) -> Double? {
    guard let text = text(node, into: &errors) else { return nil }
    guard let pixels = Length.pixels(text) else {
      errors.error(
        "'\(path)' expects \(key.type.expectation), not \(node.kindName)", at: node.place,
        hint: Double(text) == nil
          ? "for instance 84mm" : "of what? \(text)pt, \(text)px, \(text)mm?")
      return nil
    }
    guard range.contains(pixels) else {
      errors.error(
        "'\(path)' must be from \(Length.text(range.lowerBound, unit: .mm)) to "
          + "\(Length.text(range.upperBound, unit: .mm)), not \(text)", at: node.place)
      return nil
    }
    return pixels
  }

  // MARK: Expressions

  private func expression(
    _ node: SourceNode, _ vocabulary: Expression.Vocabulary, into errors: inout Diagnostics
  ) -> CellValues.Value? {
    guard let text = text(node, into: &errors) else { return nil }
    do throws(ExpressionError) {
      let expression = try Expression(text)
      try expression.checkCondition(vocabulary)
      return .expression(expression)
    } catch {
      errors.error(
        "\(key.name): \(error.message)", at: node.textPlace(at: error.span.start),
        hint: error.hint)
      return nil
    }
  }

  private func claim(
    _ node: SourceNode, into errors: inout Diagnostics
  ) -> CellValues.Value? {
    guard let value = expression(node, .overRuns(imported: imported), into: &errors),
      case .expression(let expression) = value
    else { return nil }
    let references = expression.references { node.textPlace(at: $0) }
    return .claim(expression, references)
  }

  /// What is shown as the plot writes it: a number in any notation, or text.
  private func names(
    _ node: SourceNode, _ example: String, into errors: inout Diagnostics,
    _ value: (SourceNode, inout Diagnostics) -> String?
  ) -> CellValues.Value? {
    guard let entries = node.entries, !entries.isEmpty else {
      errors.error(
        "'\(path)' expects \(key.type.expectation), not \(node.kindName)", at: node.place,
        hint: "for instance \(example)")
      return nil
    }
    var names: [String: String] = [:]
    for entry in entries {
      guard let name = value(entry.value, &errors) else { continue }
      names[Double(entry.key)?.canonical ?? entry.key] = name
    }
    return names.count == entries.count ? .names(names) : nil
  }

  private func settings(
    _ node: SourceNode, into errors: inout Diagnostics
  ) -> CellValues.Value? {
    guard let entries = node.entries, !entries.isEmpty else {
      errors.error(
        "'\(path)' expects \(key.type.expectation), not \(node.kindName)", at: node.place,
        hint: "for instance {training.precision: fp32}")
      return nil
    }
    var settings: [Parameter] = []
    for entry in entries {
      guard let definition = KeyDefinitions.byPath[entry.key], definition.isSetting else {
        errors.error(
          "there is no setting \(quoted(entry.key))", at: entry.keyPlace,
          hint: Suggestion.hint(
            for: entry.key, among: KeyDefinitions.settings.map(\.path)))
        continue
      }
      if let value = definition.read(entry.value, into: &errors) {
        settings.append(Parameter(entry.key, value))
      }
    }
    return settings.count == entries.count ? .settings(settings) : nil
  }
}

extension Expression.Vocabulary {
  /// The names of an expression over runs: values of cells, `name.value`; whether there are such
  /// is checked when all cells are known. Settings belong into a function's `where`.
  package static var overRuns: Expression.Vocabulary { overRuns(imported: .none) }

  /// - Parameter imported: names that `where` may use beside those that are known.
  package static func overRuns(imported: ImportedNames) -> Expression.Vocabulary {
    Expression.Vocabulary(
      names: { name in
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 2 && !name.contains("/") ? .unknown : nil
      },
      noun: "value of a cell", functions: .overRuns, metric: imported.complaint,
      imported: imported)
  }
}

extension Expression {
  /// The values of cells that it names.
  /// - Parameter place: where the n-th Unicode scalar of the text stands.
  package func references(_ place: (Int) -> Place) -> [CellReference] {
    var references: [CellReference] = []
    root.visit { node in
      guard case .name(let name, let span) = node else { return }
      let parts = name.split(separator: ".").map(String.init)
      guard parts.count == 2 else { return }
      references.append(
        CellReference(cell: parts[0], value: parts[1], place: place(span.start)))
    }
    return references
  }
}
