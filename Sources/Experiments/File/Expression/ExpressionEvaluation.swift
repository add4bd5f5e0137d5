extension Expression {
  /// Whether the condition holds.
  ///
  /// A name without a value makes arithmetic have none, and a comparison other than `==` and
  /// `!=` not hold; `x == none` asks for it. `and` and `or` look at the right side only if they
  /// must.
  ///
  /// - Parameter lookup: the value of a name.
  /// - Throws: `ExpressionError` on a division by zero or values that do not go together.
  public func holds(
    _ lookup: (String) -> ExpressionValue
  ) throws(ExpressionError) -> Bool {
    switch try Self.value(of: root, lookup) {
    case .boolean(let value): return value
    case .none: return false
    case .number, .text:
      throw ExpressionError("a condition is true or false, and this is neither", at: root.span)
    }
  }

  private static func value(
    of node: Node, _ lookup: (String) -> ExpressionValue
  ) throws(ExpressionError) -> ExpressionValue {
    switch node {
    case .literal(let value, _): return value
    case .name(let name, _): return lookup(name)
    case .not(let operand, _): return .boolean(!(try boolean(operand, lookup)))
    case .negative(let operand, _):
      guard let value = try number(operand, lookup) else { return .none }
      return .number(-value)
    case .and(let left, let right):
      guard try boolean(left, lookup) else { return .boolean(false) }
      return .boolean(try boolean(right, lookup))
    case .or(let left, let right):
      guard try !boolean(left, lookup) else { return .boolean(true) }
      return .boolean(try boolean(right, lookup))
    case .arithmetic(let sign, let left, let right, let span):
      guard let a = try number(left, lookup), let b = try number(right, lookup) else {
        return .none
      }
      return .number(try compute(sign, a, b, at: span))
    case .comparison(let comparison, let left, let right, let span):
      let a = try value(of: left, lookup)
      let b = try value(of: right, lookup)
      return .boolean(try compare(comparison, a, b, at: span))
    }
  }

  private static func boolean(
    _ node: Node, _ lookup: (String) -> ExpressionValue
  ) throws(ExpressionError) -> Bool {
    switch try value(of: node, lookup) {
    case .boolean(let value): return value
    case .none: return false
    case .number, .text:
      throw ExpressionError("true or false is expected here", at: node.span)
    }
  }

  private static func number(
    _ node: Node, _ lookup: (String) -> ExpressionValue
  ) throws(ExpressionError) -> Double? {
    switch try value(of: node, lookup) {
    case .number(let value): return value
    case .none: return nil
    case .boolean, .text: throw ExpressionError("a number is expected here", at: node.span)
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

  private static func compare(
    _ comparison: Comparison, _ a: ExpressionValue, _ b: ExpressionValue, at span: Span
  ) throws(ExpressionError) -> Bool {
    switch comparison {
    case .equal: return a == b
    case .unequal: return a != b
    case .less, .lessOrEqual, .greater, .greaterOrEqual: break
    }
    switch (a, b) {
    case (.none, _), (_, .none): return false
    case (.number(let a), .number(let b)): return order(comparison, a, b)
    case (.text(let a), .text(let b)): return order(comparison, a, b)
    default: throw ExpressionError("these two cannot be ordered", at: span)
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
    case .unequal: a != b
    }
  }
}

extension ParameterValue {
  /// A value as an expression sees it; lists are text as they are displayed.
  public var expressionValue: ExpressionValue {
    switch self {
    case .null: .none
    case .boolean(let value): .boolean(value)
    case .integer(let value): .number(Double(value))
    case .number(let value): .number(value)
    case .string(let value): .text(value)
    case .list: .text(text)
    }
  }
}

extension ValueType {
  /// How a key of this type takes part in an expression.
  var expressionType: Expression.NameType {
    switch self {
    case .integer, .number: .number
    case .boolean: .boolean
    case .word(let words, _): .text(words)
    case .text, .words, .wordSequence, .integers, .numbers, .structure: .text([])
    }
  }
}
