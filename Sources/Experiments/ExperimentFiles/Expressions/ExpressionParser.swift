import Text

/// From tokens to a tree, by recursive descent: a method a level of precedence.
struct ExpressionParser {
  static let maximumLength = 4096
  /// Of brackets, `not` and minus signs; each costs the stack one round of all levels.
  static let maximumDepth = 64

  private typealias Token = ExpressionLexer.Token
  private typealias Node = Expression.Node
  private typealias Span = Expression.Span

  private var lexer: ExpressionLexer
  private var token: Token = .end
  private var span = Span(start: 0, end: 0)
  private var depth = 0

  static func parse(_ text: String) throws(ExpressionError) -> Expression.Node {
    guard text.unicodeScalars.count <= maximumLength else {
      throw ExpressionError(
        "the expression is longer than \(maximumLength) characters", at: Span(start: 0, end: 0))
    }
    var parser = ExpressionParser(lexer: ExpressionLexer(text))
    try parser.advance()
    if parser.token == .end {
      throw ExpressionError(
        "the expression is empty", at: parser.span,
        hint: "for instance model.base_channels * training.batch <= 8192")
    }
    let root = try parser.disjunction()
    guard parser.token == .end else {
      throw parser.unexpected(after: root)
    }
    return root
  }

  private mutating func advance() throws(ExpressionError) {
    (token, span) = try lexer.next()
  }

  private func isSymbol(_ symbols: String...) -> String? {
    if case .symbol(let symbol) = token, symbols.contains(symbol) { symbol } else { nil }
  }

  private mutating func take(_ word: String) throws(ExpressionError) -> Bool {
    guard token == .word(word) else { return false }
    try advance()
    return true
  }

  // MARK: Levels

  private mutating func disjunction() throws(ExpressionError) -> Expression.Node {
    var left = try conjunction()
    while try take("or") { left = .or(left, try conjunction()) }
    return left
  }

  private mutating func conjunction() throws(ExpressionError) -> Expression.Node {
    var left = try negation()
    while try take("and") { left = .and(left, try negation()) }
    return left
  }

  private mutating func negation() throws(ExpressionError) -> Expression.Node {
    let start = span.start
    guard token == .word("not") else { return try comparison() }
    try deeper()
    try advance()
    let operand = try negation()
    depth -= 1
    return .not(operand, Span(start: start, end: operand.span.end))
  }

  private mutating func comparison() throws(ExpressionError) -> Expression.Node {
    let left = try sum()
    guard let comparison = comparisonSign else { return left }
    let place = span
    try advance()
    let node = Node.comparison(comparison, left, try sum(), place)
    if comparisonSign != nil {
      throw ExpressionError(
        "comparisons cannot be chained", at: span, hint: "write a < b and b < c")
    }
    return node
  }

  private var comparisonSign: Expression.Comparison? {
    switch token {
    case .symbol(let sign), .word(let sign): Expression.Comparison(rawValue: sign)
    default: nil
    }
  }

  private mutating func sum() throws(ExpressionError) -> Expression.Node {
    var left = try product()
    while let symbol = isSymbol("+", "-"), let sign = Expression.Arithmetic(rawValue: symbol) {
      let place = span
      try advance()
      left = .arithmetic(sign, left, try product(), place)
    }
    return left
  }

  private mutating func product() throws(ExpressionError) -> Expression.Node {
    var left = try factor()
    while let symbol = isSymbol("*", "/", "%"), let sign = Expression.Arithmetic(rawValue: symbol) {
      let place = span
      try advance()
      left = .arithmetic(sign, left, try factor(), place)
    }
    return left
  }

  private mutating func factor() throws(ExpressionError) -> Expression.Node {
    let start = span
    switch token {
    case .symbol("-"):
      try deeper()
      try advance()
      let operand = try factor()
      depth -= 1
      return .negative(operand, Span(start: start.start, end: operand.span.end))
    case .symbol("("):
      try deeper()
      try advance()
      let inner = try disjunction()
      guard token == .symbol(")") else {
        throw token == .end
          ? ExpressionError("this bracket is not closed", at: start) : unexpected(after: inner)
      }
      depth -= 1
      try advance()
      return inner
    case .number(let value):
      try advance()
      return .literal(value, start)
    case .text(let value):
      try advance()
      return .literal(.text(value), start)
    case .word("true"), .word("false"):
      let value = token == .word("true")
      try advance()
      return .literal(.boolean(value), start)
    case .word("none"), .word("null"):
      try advance()
      return .literal(.none, start)
    case .name(let name):
      try advance()
      return token == .symbol("(") ? try call(name, at: start) : .name(name, start)
    case .end:
      throw ExpressionError("the expression ends where a value is expected", at: span)
    case .word(let word), .symbol(let word):
      throw ExpressionError("a value is expected here, not \(quoted(word))", at: span)
    }
  }

  // MARK: Functions

  /// What follows a function's name: `(runs where …)`, `("eval/loss" where …)`, `(number)`.
  private mutating func call(_ name: String, at start: Span) throws(ExpressionError) -> Node {
    try deeper()
    defer { depth -= 1 }
    try advance()
    if name == "abs" {
      let operand = try sum()
      return .magnitude(operand, Span(start: start.start, end: try close(start)))
    }
    guard let function = Expression.Function(rawValue: name) else {
      let names = Expression.Function.allCases.map(\.rawValue) + ["abs"]
      throw ExpressionError(
        "there is no function \(quoted(name))", at: start,
        hint: Suggestion.hint(for: name, among: names)
          ?? "the functions are \(names.joined(separator: ", "))")
    }
    var call = Expression.Call(
      function: function, metric: nil, metricSpan: span, condition: nil, span: start)
    switch (function, token) {
    case (.count, .name("runs")): break
    case (.count, _):
      throw ExpressionError(
        "'count' counts runs", at: span, hint: "write count(runs) or count(runs where …)")
    case (_, .text(let metric)), (_, .name(let metric)): call.metric = metric
    default:
      throw ExpressionError(
        "'\(name)' takes a metric", at: span, hint: "for instance \(name)(\"train/loss\")")
    }
    try advance()
    if try take("where") { call.condition = try disjunction() }
    call.span = Span(start: start.start, end: try close(start))
    return .call(call)
  }

  /// Takes the closing bracket of a function.
  /// - Returns: where it ends.
  private mutating func close(_ start: Span) throws(ExpressionError) -> Int {
    guard token == .symbol(")") else {
      throw token == .end
        ? ExpressionError("this bracket is not closed", at: start)
        : ExpressionError(
          "')' or 'where' is expected here", at: span,
          hint: "for instance count(runs where state == 'failed')")
    }
    let end = span.end
    try advance()
    return end
  }

  private mutating func deeper() throws(ExpressionError) {
    depth += 1
    if depth > Self.maximumDepth {
      throw ExpressionError("nested more than \(Self.maximumDepth) deep", at: span)
    }
  }

  private func unexpected(after node: Expression.Node) -> ExpressionError {
    if token == .symbol(")") {
      return ExpressionError("there is no bracket that this one closes", at: span)
    }
    return ExpressionError(
      "an operator is expected here", at: span, hint: "for instance and, or, ==, <, +")
  }
}
