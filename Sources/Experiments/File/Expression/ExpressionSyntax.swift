/// A condition over parameters or metrics, as in `sweep.where` and `runs --where`:
/// `model.base_channels * training.batch <= 8192 and training.precision != 'fp16'`.
///
/// Values are numbers, text in quotes, `true`, `false` and `none`; names are dotted paths of
/// parameters, or metrics such as `eval/loss`. From loosest to tightest: `or`, `and`, `not`,
/// comparison (`== != < <= > >=`, not chained), `+ -`, `* / %`, minus sign.
public struct Expression: Sendable, Hashable {
  public let text: String
  let root: Node

  indirect enum Node: Sendable, Hashable {
    case literal(ExpressionValue, Span)
    case name(String, Span)
    case not(Node, Span)
    case negative(Node, Span)
    case arithmetic(Arithmetic, Node, Node, Span)
    case comparison(Comparison, Node, Node, Span)
    case and(Node, Node)
    case or(Node, Node)
  }

  enum Arithmetic: String, Sendable, Hashable {
    case plus = "+"
    case minus = "-"
    case times = "*"
    case divided = "/"
    case modulo = "%"
  }

  enum Comparison: String, Sendable, Hashable {
    case equal = "=="
    case unequal = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
  }

  /// Part of the text: offsets of Unicode scalars.
  public struct Span: Sendable, Hashable {
    public var start: Int
    public var end: Int
  }

  /// Reads the text; names are not looked up yet.
  ///
  /// - Throws: `ExpressionError`.
  public init(_ text: String) throws(ExpressionError) {
    self.text = text
    root = try ExpressionParser.parse(text)
  }

  /// The names used, in order, each once.
  public var names: [String] {
    var names: [String] = []
    root.visit { node in
      if case .name(let name, _) = node, !names.contains(name) { names.append(name) }
    }
    return names
  }
}

extension Expression.Node {
  var span: Expression.Span {
    switch self {
    case .literal(_, let span), .name(_, let span), .not(_, let span), .negative(_, let span):
      span
    case .arithmetic(_, let a, let b, _), .comparison(_, let a, let b, _), .and(let a, let b),
      .or(let a, let b):
      Expression.Span(start: a.span.start, end: b.span.end)
    }
  }

  func visit(_ body: (Expression.Node) -> Void) {
    body(self)
    switch self {
    case .literal, .name: break
    case .not(let a, _), .negative(let a, _): a.visit(body)
    case .arithmetic(_, let a, let b, _), .comparison(_, let a, let b, _), .and(let a, let b),
      .or(let a, let b):
      a.visit(body)
      b.visit(body)
    }
  }
}

/// What an expression computes with.
public enum ExpressionValue: Sendable, Hashable {
  case number(Double)
  case text(String)
  case boolean(Bool)
  /// No value: an optional setting left unset, or a metric that a run does not have.
  case none
}

/// What is wrong with an expression, and which part of it.
public struct ExpressionError: Error, Sendable, Hashable, CustomStringConvertible {
  public let message: String
  /// Offsets of Unicode scalars in the expression's text.
  public let span: Expression.Span
  public let hint: String?

  init(_ message: String, at span: Expression.Span, hint: String? = nil) {
    self.message = message
    self.span = span
    self.hint = hint
  }

  public var description: String { message + (hint.map { " (\($0))" } ?? "") }
}
