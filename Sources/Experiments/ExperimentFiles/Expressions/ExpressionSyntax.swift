/// What `sweep.where`, `runs --where`, a cell's `where`, inline values and claims are written in:
/// `model.base_channels * training.batch <= 8192 and training.precision != 'fp16'`.
///
/// Values are numbers, text in quotes, `true`, `false` and `none`; names are dotted paths of
/// parameters, what a run has besides (`state`, `tag` …), or metrics such as `eval/loss`. From
/// loosest to tightest: `or`, `and`, `not`, comparison (`== != < <= > >= contains`, not chained),
/// `+ -`, `* / %`, minus sign. Over runs there are functions: `count(runs where state == 'failed')`
/// and `mean min max last best` of `('eval/loss' where training.precision == 'bf16')`.
package struct Expression: Sendable, Hashable {
  package let text: String
  package let root: Node

  package indirect enum Node: Sendable, Hashable {
    case literal(ExpressionValue, Span)
    case name(String, Span)
    case call(Call)
    case magnitude(Node, Span)
    case not(Node, Span)
    case negative(Node, Span)
    case arithmetic(Arithmetic, Node, Node, Span)
    case comparison(Comparison, Node, Node, Span)
    case and(Node, Node)
    case or(Node, Node)
  }

  package enum Arithmetic: String, Sendable, Hashable {
    case plus = "+"
    case minus = "-"
    case times = "*"
    case divided = "/"
    case modulo = "%"
  }

  package enum Comparison: String, Sendable, Hashable {
    case equal = "=="
    case unequal = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    /// Part of a text, whatever its case.
    case contains
  }

  /// A function over runs.
  package enum Function: String, Sendable, Hashable, CaseIterable {
    case count, mean, min, max, last, best
  }

  package struct Call: Sendable, Hashable {
    package var function: Function
    /// nil for `count(runs)`.
    package var metric: String?
    package var metricSpan: Span
    /// Which runs; it speaks of one run at a time.
    package var condition: Node?
    /// From the function's name to the closing bracket.
    package var span: Span
  }

  /// Part of the text: offsets of Unicode scalars.
  package struct Span: Sendable, Hashable {
    package var start: Int
    package var end: Int
  }

  /// Reads the text; names are not looked up yet.
  ///
  /// - Throws: `ExpressionError`.
  package init(_ text: String) throws(ExpressionError) {
    self.text = text
    root = try ExpressionParser.parse(text)
  }

  /// The names used outside functions, in order, each once.
  package var names: [String] {
    var names: [String] = []
    root.visit { node in
      if case .name(let name, _) = node, !names.contains(name) { names.append(name) }
    }
    return names
  }

  /// The functions over runs, in order.
  package var calls: [Call] { root.calls }

  /// All of the text.
  package var span: Span { Span(start: 0, end: text.unicodeScalars.count) }
}

extension Expression.Node {
  package var span: Expression.Span {
    switch self {
    case .literal(_, let span), .name(_, let span), .not(_, let span), .negative(_, let span),
      .magnitude(_, let span):
      span
    case .call(let call): call.span
    case .arithmetic(_, let a, let b, _), .comparison(_, let a, let b, _), .and(let a, let b),
      .or(let a, let b):
      Expression.Span(start: a.span.start, end: b.span.end)
    }
  }

  package var calls: [Expression.Call] {
    var calls: [Expression.Call] = []
    visit { if case .call(let call) = $0 { calls.append(call) } }
    return calls
  }

  /// Calls `body` with each node; what a function says of its runs is not among them.
  package func visit(_ body: (Expression.Node) -> Void) {
    body(self)
    switch self {
    case .literal, .name, .call: break
    case .not(let a, _), .negative(let a, _), .magnitude(let a, _): a.visit(body)
    case .arithmetic(_, let a, let b, _), .comparison(_, let a, let b, _), .and(let a, let b),
      .or(let a, let b):
      a.visit(body)
      b.visit(body)
    }
  }
}

/// What an expression computes with.
package enum ExpressionValue: Sendable, Hashable {
  case number(Double)
  /// An integer that no `Double` holds, as a seed beyond 2⁵³ may be: compared as it is, computed with as the nearest.
  case longInteger(Int)
  case text(String)
  case boolean(Bool)
  /// Several at once, as a run's tags: `==` and `contains` hold if they hold for any of them.
  case texts([String])
  /// No value: an optional setting left unset, or a metric that a run does not have.
  case none

  package static func integer(_ value: Int) -> ExpressionValue {
    Int(exactly: Double(value)) == value ? .number(Double(value)) : .longInteger(value)
  }
}

/// What is wrong with an expression, and which part of it.
package struct ExpressionError: Error, Sendable, Hashable, CustomStringConvertible {
  package let message: String
  /// Offsets of Unicode scalars in the expression's text.
  package let span: Expression.Span
  package let hint: String?

  package init(_ message: String, at span: Expression.Span, hint: String? = nil) {
    self.message = message
    self.span = span
    self.hint = hint
  }

  package var description: String { message + (hint.map { " (\($0))" } ?? "") }
}
