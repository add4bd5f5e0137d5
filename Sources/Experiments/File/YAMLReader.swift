internal import Yams

/// From text to a tree of values with their places. Nothing behind this knows YAML.
enum YAMLReader {
  static let maximumBytes = 1 << 20

  /// Nil when the text holds no value at all.
  static func read(_ source: SourceText) throws -> SourceNode? {
    guard source.text.utf8.count <= maximumBytes else {
      throw ExperimentFileError([
        Diagnostic(
          "the file is larger than 1 MiB (\(source.text.utf8.count) bytes)", at: source.start)
      ])
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
      throw ExperimentFileError([explain(error, in: source)])
    }
  }

  private static func convert(
    _ node: Node, source: SourceText, depth: Int
  ) throws -> SourceNode {
    let place = place(of: node, in: source)
    func refuse(_ message: String) -> ExperimentFileError {
      ExperimentFileError([Diagnostic(message, at: place)])
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
          throw ExperimentFileError([
            Diagnostic(
              "a key is a word, not a list or a mapping", at: Self.place(of: key, in: source))
          ])
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

  private static func explain(_ error: YamlError, in source: SourceText) -> Diagnostic {
    switch error {
    case .scanner(let context, let problem, let mark, _),
      .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let where_ = context.map { " \($0.text) (begun on line \($0.mark.line))" } ?? ""
      return Diagnostic(
        "this is not YAML: \(problem)\(where_)",
        at: Place(source: source, line: mark.line, column: mark.column),
        hint: hint(for: problem))
    case .reader(let problem, _, _, _):
      return Diagnostic("this is not YAML: \(problem)", at: source.start)
    case .duplicatedKeysInMapping(let keys, let context):
      return duplicate(
        keys.first ?? "",
        first: Place(source: source, line: context.mark.line, column: context.mark.column))
    default:
      return Diagnostic("this is not YAML", at: source.start)
    }
  }

  private static func hint(for problem: String) -> String? {
    if problem.contains("mapping values are not allowed") {
      return "text that holds ': ' needs quotes; a nested key needs a line of its own"
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
  private static func duplicate(_ key: String, first: Place) -> Diagnostic {
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
      "the key \(quoted(key)) is there twice", at: second ?? first,
      hint: second.map { $0.line == first.line } == false
        ? "the first is on line \(first.line)" : "keep one of them")
  }
}
