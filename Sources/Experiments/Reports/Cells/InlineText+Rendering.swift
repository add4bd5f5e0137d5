import ExperimentFiles
import Statistics
import Text

extension InlineText {
  /// Markdown with the values in it.
  /// - Throws: `StoreError`.
  func markdown(_ evaluation: RunsEvaluation) throws -> String {
    var text = ""
    for piece in pieces {
      switch piece {
      case .text(let prose): text += SafeText.lines(prose)
      case .value(let expression, let format, _):
        text += MarkdownText.escaped(try InlineText.text(expression, format, evaluation))
      }
    }
    return text.trimmed
  }

  private static func text(
    _ expression: Expression, _ format: InlineFormat, _ evaluation: RunsEvaluation
  ) throws -> String {
    do {
      if expression.root.isClaim {
        return try Claim(expression, evaluation).verdict.rawValue
      }
      return format.text(try evaluation.estimate(expression.root))
    } catch let error as ExpressionError {
      return "(\(error.message))"
    }
  }
}

extension Expression.Node {
  /// Whether it is true or false by its form.
  var isClaim: Bool {
    switch self {
    case .comparison, .and, .or, .not: true
    case .literal, .name, .call, .magnitude, .negative, .arithmetic: false
    }
  }
}

extension InlineFormat {
  /// With an interval where there is one and no format takes it away; "–" for nothing.
  func text(_ estimate: RunsEvaluation.Estimate) -> String {
    switch estimate.value {
    case .none: return "–"
    case .longInteger(let value): return String(value)
    case .text(let text): return text
    case .texts(let texts): return texts.joined(separator: ", ")
    case .boolean(let value): return value ? "true" : "false"
    case .number(let value):
      switch self {
      case .digits(let count): return DecimalText.significant(value, digits: count)
      case .decimals(let count): return DecimalText.fixed(value, decimals: count)
      case .percent(let count): return DecimalText.fixed(100 * value, decimals: count) + " %"
      case .automatic:
        if let interval = estimate.interval, interval.halfWidth != nil, estimate.isComplete {
          return InlineFormat.interval(
            .init(mean: value, halfWidth: interval.halfWidth, count: interval.count))
        }
        return InlineFormat.number(value)
      }
    }
  }

  /// As many digits as the interval leaves certain.
  static func interval(_ interval: Statistics.Interval) -> String {
    guard let half = interval.halfWidth, half > 1e-9 * abs(interval.mean) else {
      return number(interval.mean)
    }
    return DecimalText.interval(interval)
  }

  /// Whole numbers in full, others with so many significant digits.
  static func number(_ value: Double, digits: Int = 4) -> String {
    if let whole = Int(exactly: value), abs(whole) < 1_000_000_000_000 {
      return whole < 0 ? DecimalText.minus + String(-whole) : String(whole)
    }
    return DecimalText.significant(value, digits: digits)
  }
}
