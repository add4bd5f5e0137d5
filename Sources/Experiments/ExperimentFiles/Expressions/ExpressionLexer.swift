import Text

/// Cuts an expression's text into tokens.
struct ExpressionLexer {
  enum Token: Hashable {
    /// Always `.number` or `.longInteger`.
    case number(ExpressionValue)
    case text(String)
    /// A path or a metric, not yet looked up; between backquotes it may hold anything.
    case name(String)
    /// `and or not true false none where contains`
    case word(String)
    /// `( ) + - * / % == != < <= > >=`
    case symbol(String)
    case end
  }

  private let text: [Unicode.Scalar]
  private var index = 0

  init(_ text: String) {
    self.text = Array(text.unicodeScalars)
  }

  private static let words: Set<String> = [
    "and", "or", "not", "true", "false", "none", "null", "where", "contains",
  ]
  private static let pairs: Set<String> = ["==", "!=", "<=", ">="]
  private static let singles: Set<String> = ["(", ")", "+", "-", "*", "/", "%", "<", ">"]
  /// What other languages write.
  private static let foreign = [
    "&&": "'and'", "||": "'or'", "!": "'not'", "=": "'=='", "&": "'and'", "|": "'or'",
    "^": "* for products; there is no power", "**": "* for products; there is no power",
    "<>": "'!='",
  ]

  private func peek(_ offset: Int = 0) -> Unicode.Scalar? {
    index + offset < text.count ? text[index + offset] : nil
  }

  mutating func next() throws(ExpressionError) -> (token: Token, span: Expression.Span) {
    while let scalar = peek(), scalar.properties.isWhitespace { index += 1 }
    let start = index
    func span(_ end: Int) -> Expression.Span { Expression.Span(start: start, end: end) }
    guard let scalar = peek() else { return (.end, span(start)) }

    if scalar == "'" || scalar == "\"" {
      index += 1
      var body = String.UnicodeScalarView()
      while let inner = peek(), inner != scalar {
        body.append(inner)
        index += 1
      }
      guard peek() != nil else {
        throw ExpressionError(
          "the text that begins here has no closing quote", at: span(text.count))
      }
      index += 1
      return (.text(String(body)), span(index))
    }
    if scalar == "`" {
      let end = text[(index + 1)...].firstIndex(of: "`") ?? text.count
      guard end < text.count, end > index + 1 else {
        throw ExpressionError(
          end < text.count
            ? "there is no name between these" : "the name that begins here has no closing `",
          at: span(end))
      }
      var name = String.UnicodeScalarView()
      name.append(contentsOf: text[(index + 1)..<end])
      index = end + 1
      return (.name(String(name)), span(index))
    }
    if isDigit(scalar) || (scalar == "." && isDigit(peek(1))) {
      return (try number(from: start), span(index))
    }
    if isLetter(scalar) {
      let name = name()
      return (Self.words.contains(name) ? .word(name) : .name(name), span(index))
    }
    if let second = peek(1) {
      let pair = String(scalar) + String(second)
      if Self.pairs.contains(pair) {
        index += 2
        return (.symbol(pair), span(index))
      }
      if let meant = Self.foreign[pair] {
        throw ExpressionError(
          "\(quoted(pair)) is not an operator", at: span(index + 2), hint: "use \(meant)")
      }
    }
    if Self.singles.contains(String(scalar)) {
      index += 1
      return (.symbol(String(scalar)), span(index))
    }
    throw ExpressionError(
      "\(quoted(String(scalar))) has no meaning here", at: span(index + 1),
      hint: Self.foreign[String(scalar)].map { "use \($0)" })
  }

  private mutating func number(from start: Int) throws(ExpressionError) -> Token {
    while isDigit(peek()) { index += 1 }
    if peek() == "." {
      index += 1
      while isDigit(peek()) { index += 1 }
    }
    if peek() == "e" || peek() == "E" {
      let signed = peek(1) == "+" || peek(1) == "-"
      if isDigit(peek(signed ? 2 : 1)) {
        index += signed ? 2 : 1
        while isDigit(peek()) { index += 1 }
      }
    }
    let span = Expression.Span(start: start, end: index)
    if let scalar = peek(), isLetter(scalar) || scalar == "." {
      throw ExpressionError(
        "a number cannot run into \(quoted(String(scalar)))", at: span,
        hint: "a multiplication needs '*'; text needs quotes")
    }
    var digits = String.UnicodeScalarView()
    digits.append(contentsOf: text[start..<index])
    guard let value = Double(String(digits)), value.isFinite else {
      throw ExpressionError("the number is out of range", at: span)
    }
    return .number(Int(String(digits)).map { .integer($0) } ?? .number(value))
  }

  /// `training.batch`; `eval/loss`. A name without a dot takes in what follows a slash, so a
  /// metric is one name; a parameter has a dot, so `training.batch/2` is a division.
  private mutating func name() -> String {
    var name = String.UnicodeScalarView()
    var hasDot = false
    while let scalar = peek() {
      if isLetter(scalar) || isDigit(scalar) {
        name.append(scalar)
      } else if scalar == ".", let next = peek(1), isLetter(next) {
        hasDot = true
        name.append(scalar)
      } else if scalar == "/", !hasDot, let next = peek(1), isLetter(next) {
        name.append(scalar)
      } else {
        break
      }
      index += 1
    }
    return String(name)
  }

  private func isDigit(_ scalar: Unicode.Scalar?) -> Bool {
    guard let scalar else { return false }
    return scalar >= "0" && scalar <= "9"
  }

  private func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    (scalar >= "a" && scalar <= "z") || (scalar >= "A" && scalar <= "Z") || scalar == "_"
  }
}
