extension Expression {
  /// What a name stands for, as far as can be known before there is a value.
  public enum NameType: Sendable, Hashable {
    case number
    case boolean
    /// One of these words, or any text if there are none.
    case text([String])
    /// Whatever it turns out to be: `runs --where` knows parameters only by their values.
    case unknown
  }

  /// Checks names and types, so that a slip is an error and not a condition that never holds.
  ///
  /// - Parameter names: what a name stands for; nil: nothing, which is an error.
  /// - Parameter candidates: names to suggest instead.
  /// - Throws: `ExpressionError`.
  public func check(
    names: @escaping (String) -> NameType?, candidates: [String] = []
  ) throws(ExpressionError) {
    let type = try Checker(names: names, candidates: candidates).type(of: root)
    guard type == .boolean || type == .unknown else {
      throw ExpressionError(
        "a condition is true or false, and this is \(Checker.word(type))", at: root.span,
        hint: "compare it with something")
    }
  }

  private struct Checker {
    let names: (String) -> NameType?
    let candidates: [String]

    static func word(_ type: NameType) -> String {
      switch type {
      case .number: "a number"
      case .boolean: "true or false"
      case .text: "text"
      case .unknown: "a value"
      }
    }

    func type(of node: Node) throws(ExpressionError) -> NameType {
      switch node {
      case .literal(.number, _): return .number
      case .literal(.text, _): return .text([])
      case .literal(.boolean, _): return .boolean
      case .literal(.none, _): return .unknown
      case .name(let name, let span):
        if let type = names(name) { return type }
        let hint =
          Suggestion.hint(for: name, among: candidates)
          ?? (name.contains(".") || name.contains("/")
            ? nil : "text needs quotes: '\(name)'")
        throw ExpressionError("there is no parameter \(quoted(name))", at: span, hint: hint)
      case .not(let operand, _):
        try demand(.boolean, of: operand, for: "not")
        return .boolean
      case .negative(let operand, _):
        try demand(.number, of: operand, for: "-")
        return .number
      case .arithmetic(let sign, let left, let right, _):
        try demand(.number, of: left, for: sign.rawValue)
        try demand(.number, of: right, for: sign.rawValue)
        return .number
      case .and(let left, let right):
        try demand(.boolean, of: left, for: "and")
        try demand(.boolean, of: right, for: "and")
        return .boolean
      case .or(let left, let right):
        try demand(.boolean, of: left, for: "or")
        try demand(.boolean, of: right, for: "or")
        return .boolean
      case .comparison(let comparison, let left, let right, let span):
        let types = (try type(of: left), try type(of: right))
        if comparison != .equal, comparison != .unequal {
          try demand(.number, of: left, for: comparison.rawValue)
          try demand(.number, of: right, for: comparison.rawValue)
        } else {
          try match(types.0, types.1, left, right, at: span)
        }
        return .boolean
      }
    }

    private func demand(
      _ wanted: NameType, of node: Node, for sign: String
    ) throws(ExpressionError) {
      let found = try type(of: node)
      guard found == wanted || found == .unknown else {
        throw ExpressionError(
          "'\(sign)' expects \(Self.word(wanted)), and this is \(Self.word(found))", at: node.span)
      }
    }

    /// `training.precision == 'bf61'` can never hold, and `data.flip == 1` neither.
    private func match(
      _ a: NameType, _ b: NameType, _ left: Node, _ right: Node, at span: Span
    ) throws(ExpressionError) {
      switch (a, b) {
      case (.unknown, _), (_, .unknown), (.number, .number), (.boolean, .boolean): return
      case (.text(let words), .text(let others)):
        try matchWord(words, right)
        try matchWord(others, left)
      default:
        throw ExpressionError(
          "\(Self.word(a)) is never equal to \(Self.word(b))", at: span)
      }
    }

    private func matchWord(_ words: [String], _ node: Node) throws(ExpressionError) {
      guard !words.isEmpty, case .literal(.text(let text), let span) = node, !words.contains(text)
      else { return }
      throw ExpressionError(
        "it is never \(quoted(text)), only \(alternatives(words))", at: span,
        hint: Suggestion.hint(for: text, among: words))
    }
  }
}
