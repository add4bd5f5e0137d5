import Values

extension Expression {
  /// Whether the condition holds.
  ///
  /// A name without a value makes arithmetic have none, and a comparison other than `==` and
  /// `!=` not hold; `x == none` asks for it. `and` and `or` look at the right side only if they
  /// must.
  ///
  /// - Parameter lookup: the value of a name.
  /// - Throws: `ExpressionError` on a division by zero or values that do not go together.
  package func holds(
    _ lookup: @escaping (String) -> ExpressionValue
  ) throws(ExpressionError) -> Bool {
    try Evaluator(name: lookup).holds(root)
  }

  /// Computes with values; where they come from is given.
  package struct Evaluator {
    package var name: (String) -> ExpressionValue
    package var call: (Call) throws(ExpressionError) -> ExpressionValue

    package init(
      name: @escaping (String) -> ExpressionValue,
      call: @escaping (Call) throws(ExpressionError) -> ExpressionValue = { _ in .none }
    ) {
      self.name = name
      self.call = call
    }

    /// Whether a condition holds; no value is no.
    package func holds(_ root: Node) throws(ExpressionError) -> Bool {
      try boolean(root, or: "a condition is true or false, and this is neither")
    }

    package func value(of node: Node) throws(ExpressionError) -> ExpressionValue {
      switch node {
      case .literal(let value, _): return value
      case .name(let name, _): return self.name(name)
      case .call(let call): return try self.call(call)
      case .not(let operand, _): return .boolean(!(try boolean(operand)))
      case .negative(let operand, _):
        if case .longInteger(let value) = try value(of: operand), value > .min {
          return .longInteger(-value)
        }
        return try number(operand).map { .number(-$0) } ?? .none
      case .magnitude(let operand, _):
        return try number(operand).map { .number(abs($0)) } ?? .none
      case .and(let left, let right):
        guard try boolean(left) else { return .boolean(false) }
        return .boolean(try boolean(right))
      case .or(let left, let right):
        guard try !boolean(left) else { return .boolean(true) }
        return .boolean(try boolean(right))
      case .arithmetic(let sign, let left, let right, let span):
        guard let a = try number(left), let b = try number(right) else { return .none }
        return .number(try Expression.compute(sign, a, b, at: span))
      case .comparison(let comparison, let left, let right, let span):
        let a = try value(of: left)
        let b = try value(of: right)
        return .boolean(try Expression.compare(comparison, a, b, at: span))
      }
    }

    private func boolean(
      _ node: Node, or message: String = "true or false is expected here"
    ) throws(ExpressionError) -> Bool {
      switch try value(of: node) {
      case .boolean(let value): return value
      case .none: return false
      case .number, .longInteger, .text, .texts:
        throw ExpressionError(message, at: node.span)
      }
    }

    private func number(_ node: Node) throws(ExpressionError) -> Double? {
      switch try value(of: node) {
      case .number(let value): return value
      case .longInteger(let value): return Double(value)
      case .none: return nil
      case .boolean, .text, .texts:
        throw ExpressionError("a number is expected here", at: node.span)
      }
    }
  }

  private static func compute(
    _ sign: Arithmetic, _ a: Double, _ b: Double, at span: Span
  ) throws(ExpressionError) -> Double {
    switch sign {
    case .plus: return a + b
    case .minus: return a - b
    case .times: return a * b
    case .divided, .modulo:
      guard b != 0 else { throw ExpressionError("a division by zero", at: span) }
      return sign == .divided ? a / b : a.truncatingRemainder(dividingBy: b)
    }
  }

  package static func compare(
    _ comparison: Comparison, _ a: ExpressionValue, _ b: ExpressionValue, at span: Span
  ) throws(ExpressionError) -> Bool {
    switch (a, b) {
    case (.texts(let several), let other), (let other, .texts(let several)):
      return try compare(comparison, several, other, at: span)
    default: break
    }
    switch comparison {
    case .equal: return a == b
    case .unequal: return a != b
    case .contains:
      switch (a, b) {
      case (.none, _): return false
      case (.text(let whole), .text(let part)):
        return whole.lowercased().contains(part.lowercased())
      default: throw ExpressionError("'contains' searches for text in text", at: span)
      }
    case .less, .lessOrEqual, .greater, .greaterOrEqual: break
    }
    switch (a, b) {
    case (.none, _), (_, .none): return false
    case (.number(let a), .number(let b)): return order(comparison, a, b)
    case (.longInteger(let a), .longInteger(let b)): return order(comparison, a, b)
    case (.longInteger(let a), .number(let b)): return order(comparison, a.compared(to: b), 0)
    case (.number(let a), .longInteger(let b)): return order(comparison, 0, b.compared(to: a))
    case (.text(let a), .text(let b)): return order(comparison, a, b)
    default: throw ExpressionError("these two cannot be ordered", at: span)
    }
  }

  /// Several texts: any will do for `==` and `contains`, and none must be for `!=`.
  private static func compare(
    _ comparison: Comparison, _ several: [String], _ other: ExpressionValue, at span: Span
  ) throws(ExpressionError) -> Bool {
    switch (comparison, other) {
    case (.equal, .none): return several.isEmpty
    case (.unequal, .none): return !several.isEmpty
    case (.equal, .text(let text)): return several.contains(text)
    case (.unequal, .text(let text)): return !several.contains(text)
    case (.contains, .text(let part)):
      return several.contains { $0.lowercased().contains(part.lowercased()) }
    default: throw ExpressionError("these are several texts, compared by == or !=", at: span)
    }
  }

  private static func order<Value: Comparable>(
    _ comparison: Comparison, _ a: Value, _ b: Value
  ) -> Bool {
    switch comparison {
    case .less: a < b
    case .lessOrEqual: a <= b
    case .greater: a > b
    case .greaterOrEqual: a >= b
    case .equal: a == b
    case .unequal, .contains: a != b
    }
  }
}

extension Int {
  /// Below zero, zero or above as this is less than, equal to or greater than the number; NaN against NaN.
  fileprivate func compared(to number: Double) -> Double {
    guard let exact = Int(exactly: number) else { return Double(self) - number }
    return self == exact ? 0 : self < exact ? -1 : 1
  }
}

extension ParameterValue {
  /// A value as an expression sees it; lists are text as they are displayed.
  package var expressionValue: ExpressionValue {
    switch self {
    case .null: .none
    case .boolean(let value): .boolean(value)
    case .integer(let value): .integer(value)
    case .number(let value): .number(value)
    case .string(let value): .text(value)
    case .list: .text(text)
    }
  }
}

extension ValueType {
  /// How a key of this type takes part in an expression.
  package var expressionType: Expression.NameType {
    switch self {
    case .integer, .number: .number
    case .boolean: .boolean
    case .word(let words, _): .text(words)
    case .text, .texts, .words, .wordSequence, .integers, .numbers, .vectors, .structure:
      .text([])
    }
  }
}
