import Text
internal import Yams

/// From text to a tree of values with their places. Nothing behind this knows YAML.
enum YAMLReader {
  static let maximumBytes = 1 << 20

  /// Nil when the text holds no value at all.
  /// - Parameter lines: how many stand before the text in its file: messages name lines of that.
  static func read(_ source: SourceText, after lines: Int = 0) throws -> SourceNode? {
    guard source.text.utf8.count <= maximumBytes else {
      throw ExperimentFileError(
        "the file is larger than 1 MiB (\(source.text.utf8.count) bytes)", at: source.start)
    }
    if let error = YAMLScan.firstError(in: source) {
      throw ExperimentFileError([error])
    }
    do {
      let parser = try Parser(yaml: source.text, resolver: .basic, encoding: .utf8)
      // Nodes hold their anchors weakly: the parser has to outlive the conversion.
      return try withExtendedLifetime(parser) {
        try parser.singleRoot().map { try convert($0, source: source, depth: 1) }
      }
    } catch let error as YamlError {
      throw ExperimentFileError([explain(error, in: source, after: lines)])
    }
  }

  private static func convert(
    _ node: Node, source: SourceText, depth: Int
  ) throws -> SourceNode {
    let place = place(of: node, in: source)
    func refuse(_ message: String) -> ExperimentFileError {
      ExperimentFileError(message, at: place)
    }
    if depth > YAMLScan.maximumDepth {
      throw refuse("nested more than \(YAMLScan.maximumDepth) deep")
    }
    if node.anchor != nil {
      throw refuse("anchors are not used in experiment files")
    }
    switch node {
    case .scalar(let scalar):
      let isPlain = scalar.style == .plain || scalar.style == .any
      return SourceNode(
        content: .scalar(SourceScalar(text: scalar.string, isPlain: isPlain)), place: place)
    case .sequence(let sequence):
      let items = try sequence.map { try convert($0, source: source, depth: depth + 1) }
      return SourceNode(content: .sequence(items), place: place)
    case .mapping(let mapping):
      let entries = try mapping.map { (key, value) in
        guard case .scalar(let scalar) = key else {
          throw ExperimentFileError(
            "a key is a word, not a list or a mapping", at: Self.place(of: key, in: source))
        }
        return SourceNode.Entry(
          key: scalar.string, keyPlace: Self.place(of: key, in: source),
          value: try convert(value, source: source, depth: depth + 1))
      }
      return SourceNode(content: .mapping(entries), place: place)
    case .alias:
      throw refuse("aliases are not used in experiment files")
    }
  }

  private static func place(of node: Node, in source: SourceText) -> Place {
    Place(source: source, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
  }

  // MARK: Errors

  private static func explain(
    _ error: YamlError, in source: SourceText, after lines: Int
  ) -> Diagnostic {
    switch error {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      // What the text ends in the middle of is looked for where it was begun.
      let end = endOfContent(source)
      let isAtEnd = (mark.line, mark.column) >= (end.line, end.column)
      let begun = context.map { Place(source: source, line: $0.mark.line, column: $0.mark.column) }
      let place: Place
      if isAtEnd, let begun, (begun.line, begun.column) < (end.line, end.column) {
        place = begun
      } else {
        place = isAtEnd ? end : Place(source: source, line: mark.line, column: mark.column)
      }
      var within = ""
      if let context, !context.text.contains("next token") {
        within = " \(context.text)"
        if context.mark.line != place.line {
          within += " (begun on line \(context.mark.line + lines))"
        }
      }
      return Diagnostic(
        "this is not YAML: \(problem)\(within)", at: place, hint: hint(for: problem))
    case .reader(let problem, _, _, _):
      return Diagnostic("this is not YAML: \(problem)", at: source.start)
    case .duplicatedKeysInMapping(let keys, let context):
      return duplicate(
        keys.first ?? "",
        first: Place(source: source, line: context.mark.line, column: context.mark.column),
        after: lines)
    default:
      return Diagnostic("this is not YAML", at: source.start)
    }
  }

  /// Just behind the last thing that is no blank.
  private static func endOfContent(_ source: SourceText) -> Place {
    for (index, line) in source.lines.enumerated().reversed() {
      let blanks = line.unicodeScalars.reversed().prefix { $0.properties.isWhitespace }.count
      let count = line.unicodeScalars.count - blanks
      if count > 0 { return Place(source: source, line: index + 1, column: count + 1) }
    }
    return source.start
  }

  private static func hint(for problem: String) -> String? {
    if problem.contains("mapping values are not allowed") {
      return "text that holds ': ' needs quotes; a nested key needs a line of its own"
    }
    if problem.contains("unexpected end of stream") {
      return "it is never closed"
    }
    if problem.contains("cannot start any token") {
      return "text that begins with a special character needs quotes"
    }
    if problem.contains("',' or ']'") || problem.contains("',' or '}'") {
      return "a bracket is not closed, or a comma is missing"
    }
    if problem.contains("could not find expected ':'") {
      return "a key is followed by a colon and a blank"
    }
    return nil
  }

  /// Yams names the first of two equal keys; the error belongs to the second. In block style it
  /// is the next line that has the key at the same column; in braces, the next word like it.
  private static func duplicate(_ key: String, first: Place, after lines: Int) -> Diagnostic {
    let source = first.source
    let name = Array(key.unicodeScalars)
    func isKey(_ line: [Unicode.Scalar], at column: Int) -> Bool {
      guard column >= 1, column - 1 + name.count < line.count else { return false }
      let rest = line[(column - 1)...]
      return rest.starts(with: name)
        && rest.dropFirst(name.count).first { $0 != " " } == ":"
    }
    var second: Place?
    let firstLine = Array(source.lines[min(first.line, source.lines.count) - 1].unicodeScalars)
    for column in stride(from: first.column + 1, through: firstLine.count, by: 1)
    where second == nil && isKey(firstLine, at: column)
      && [" ", ",", "{"].contains(firstLine[column - 2])
    {
      second = Place(source: source, line: first.line, column: column)
    }
    for (offset, text) in source.lines.dropFirst(first.line).enumerated() where second == nil {
      let line = Array(text.unicodeScalars)
      if isKey(line, at: first.column), line[..<(first.column - 1)].allSatisfy({ $0 == " " }) {
        second = Place(source: source, line: first.line + 1 + offset, column: first.column)
      }
    }
    return Diagnostic(
      "the key \(quoted(key)) is given twice", at: second ?? first,
      hint: second.map { $0.line == first.line } == false
        ? "the first is on line \(first.line + lines)" : "keep one of them")
  }
}
