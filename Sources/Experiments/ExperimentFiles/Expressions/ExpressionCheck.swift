import Text

extension Expression {
  /// What a name stands for, as far as can be known before there is a value.
  package enum NameType: Sendable, Hashable {
    case number
    case boolean
    /// One of these words, or any text if there are none.
    case text([String])
    /// Several texts, as a run's tags.
    case texts
    /// Whatever it turns out to be: `runs --where` knows parameters only by their values.
    case unknown
  }

  /// Which functions over runs an expression may call.
  package enum Functions: Sendable {
    /// None: there is no run yet.
    case none
    /// `min max last best` of the run that is looked at, over its steps.
    case ofOneRun
    /// All of them; their `where` has the names of `Vocabulary.ofRuns`.
    case overRuns
  }

  /// The names that an expression may use.
  package struct Vocabulary {
    /// What a name stands for; nil: nothing, which is an error.
    package var names: (String) -> NameType?
    /// Names to suggest instead.
    package var candidates: [String] = []
    /// What a name that stands for nothing is not.
    package var noun = "parameter"
    package var functions = Functions.none
    /// Complaints about the name of a metric.
    package var metric: (String) -> (message: String, hint: String?)? = { _ in nil }
    /// Names beside those that are known, for the `where` of functions.
    package var imported = ImportedNames.none
  }

  /// Checks names and types, so that a slip is an error and not a condition that never holds.
  ///
  /// - Parameter names: what a name stands for; nil: nothing, which is an error.
  /// - Parameter candidates: names to suggest instead.
  /// - Throws: `ExpressionError`.
  package func check(
    names: @escaping (String) -> NameType?, candidates: [String] = []
  ) throws(ExpressionError) {
    try checkCondition(Vocabulary(names: names, candidates: candidates))
  }

  /// The same for a condition in other words.
  /// - Throws: `ExpressionError`.
  package func checkCondition(_ vocabulary: Vocabulary) throws(ExpressionError) {
    try Checker(vocabulary: vocabulary).condition(root)
  }

  /// Checks an expression that may come to anything.
  /// - Returns: what it comes to.
  /// - Throws: `ExpressionError`.
  @discardableResult
  package func checkValue(_ vocabulary: Vocabulary) throws(ExpressionError) -> NameType {
    try Checker(vocabulary: vocabulary).type(of: root)
  }

  private struct Checker {
    let vocabulary: Vocabulary

    static func word(_ type: NameType) -> String {
      switch type {
      case .number: "a number"
      case .boolean: "true or false"
      case .text: "text"
      case .texts: "several texts"
      case .unknown: "a value"
      }
    }

    func condition(_ root: Node) throws(ExpressionError) {
      let type = try type(of: root)
      guard type == .boolean || type == .unknown else {
        throw ExpressionError(
          "a condition is true or false, and this is \(Self.word(type))", at: root.span,
          hint: "compare it with something")
      }
    }

    func type(of node: Node) throws(ExpressionError) -> NameType {
      switch node {
      case .literal(.number, _), .literal(.longInteger, _): return .number
      case .literal(.text, _): return .text([])
      case .literal(.boolean, _): return .boolean
      case .literal(.texts, _): return .texts
      case .literal(.none, _): return .unknown
      case .name(let name, let span):
        if let type = vocabulary.names(name) { return type }
        let hint =
          Suggestion.hint(for: name, among: vocabulary.candidates)
          ?? (name.contains(".") || name.contains("/")
            ? nil : "text needs quotes: '\(name)'")
        throw ExpressionError(
          "there is no \(vocabulary.noun) \(quoted(name))", at: span, hint: hint)
      case .call(let call):
        try check(call)
        return .number
      case .magnitude(let operand, _):
        return try demand(.number, of: operand, for: "abs")
      case .not(let operand, _):
        return try demand(.boolean, of: operand, for: "not")
      case .negative(let operand, _):
        return try demand(.number, of: operand, for: "-")
      case .arithmetic(let sign, let left, let right, _):
        return try demand(.number, of: left, right, for: sign.rawValue)
      case .and(let left, let right):
        return try demand(.boolean, of: left, right, for: "and")
      case .or(let left, let right):
        return try demand(.boolean, of: left, right, for: "or")
      case .comparison(let comparison, let left, let right, let span):
        let types = (try type(of: left), try type(of: right))
        if comparison == .contains {
          try demandText(types.0, left)
          try demandText(types.1, right)
        } else if comparison != .equal, comparison != .unequal {
          // Times are text that is ordered: `created < '2027'`.
          if case (.unknown, .text) = types { return .boolean }
          if case (.text, .unknown) = types { return .boolean }
          try demand(.number, of: left, right, for: comparison.rawValue)
        } else {
          try match(types.0, types.1, left, right, at: span)
        }
        return .boolean
      }
    }

    private func check(_ call: Call) throws(ExpressionError) {
      let name = call.function.rawValue
      switch vocabulary.functions {
      case .none:
        throw ExpressionError(
          "there are no functions here", at: call.span,
          hint: "'\(name)' reads runs, but this expression decides which runs there are")
      case .ofOneRun:
        guard call.function != .count, call.function != .mean else {
          throw ExpressionError(
            "'\(name)' works on several runs, but here they are taken one at a time", at: call.span,
            hint: "of one run there are min, max, last and best")
        }
        if let condition = call.condition {
          throw ExpressionError(
            "'where' selects among runs, but here they are taken one at a time", at: condition.span,
            hint: "join the conditions with and")
        }
      case .overRuns:
        if let condition = call.condition {
          try Checker(vocabulary: .ofRuns(metric: vocabulary.metric, imported: vocabulary.imported))
            .condition(condition)
        }
      }
      if let metric = call.metric, let (message, hint) = vocabulary.metric(metric) {
        throw ExpressionError(message, at: call.metricSpan, hint: hint)
      }
    }

    private func demandText(_ type: NameType, _ node: Node) throws(ExpressionError) {
      switch type {
      case .text, .texts, .unknown: return
      case .number, .boolean:
        throw ExpressionError(
          "'contains' searches for text in text, and this is \(Self.word(type))", at: node.span)
      }
    }

    /// - Returns: what an operator comes to that takes and gives the same.
    @discardableResult
    private func demand(
      _ wanted: NameType, of nodes: Node..., for sign: String
    ) throws(ExpressionError) -> NameType {
      for node in nodes {
        let found = try type(of: node)
        guard found == wanted || found == .unknown else {
          throw ExpressionError(
            "'\(sign)' expects \(Self.word(wanted)), and this is \(Self.word(found))",
            at: node.span)
        }
      }
      return wanted
    }

    /// `training.precision == 'bf61'` can never hold, and `data.flip == 1` neither.
    private func match(
      _ a: NameType, _ b: NameType, _ left: Node, _ right: Node, at span: Span
    ) throws(ExpressionError) {
      switch (a, b) {
      case (.unknown, _), (_, .unknown), (.number, .number), (.boolean, .boolean): return
      case (.texts, .text), (.text, .texts): return
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
