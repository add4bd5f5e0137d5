import Analysis
import ExperimentFiles
import Statistics
import Values

/// A claim over runs, decided as far as the runs decide it.
///
/// A comparison of numbers that rest on means over seeds is decided by the 95 % interval of their
/// difference over paired seeds: it HOLDS or FAILS if the interval lies on one side, and is
/// UNDECIDED if it does not or there is none; `abs(difference) < x` asks the interval to lie within
/// ±x. Counts, extremes and single values decide at once.
/// `and`, `or` and `not` follow Kleene's three-valued logic.
struct Claim {
  /// One comparison and what it rests on.
  struct Evidence {
    /// The two sides as they were written, and what they come to.
    var left: (text: String, estimate: RunsEvaluation.Estimate)
    var right: (text: String, estimate: RunsEvaluation.Estimate)
    /// Left less right over paired seeds; nil where no mean is in it.
    var difference: Statistics.Interval?
    var verdict: ClaimVerdict
    /// Why it is undecided.
    var reason: String?
    /// What else is to be known of it.
    var notes: [String] = []
  }

  /// Why a claim is undecided whose runs have answered, though not with a number.
  static let notANumber = "a value is not a number"

  private(set) var verdict: ClaimVerdict = .undecided
  private(set) var evidence: [Evidence] = []

  /// Why it is undecided; what is not a number comes first.
  var reason: String? {
    guard verdict == .undecided else { return nil }
    let reasons = evidence.filter { $0.verdict == .undecided }.compactMap(\.reason)
    return reasons.contains(Claim.notANumber) ? Claim.notANumber : reasons.first
  }

  private let expression: Expression
  private let evaluation: RunsEvaluation

  /// - Throws: `StoreError`; `ExpressionError` on a division by zero or values that do not go
  ///   together.
  init(_ expression: Expression, _ evaluation: RunsEvaluation) throws {
    self.expression = expression
    self.evaluation = evaluation
    verdict = try decide(expression.root)
  }

  private mutating func decide(_ node: Expression.Node) throws -> ClaimVerdict {
    switch node {
    case .not(let operand, _):
      switch try decide(operand) {
      case .holds: return .fails
      case .fails: return .holds
      case .undecided: return .undecided
      }
    case .and(let a, let b):
      let verdicts = [try decide(a), try decide(b)]
      if verdicts.contains(.fails) { return .fails }
      return verdicts.contains(.undecided) ? .undecided : .holds
    case .or(let a, let b):
      let verdicts = [try decide(a), try decide(b)]
      if verdicts.contains(.holds) { return .holds }
      return verdicts.contains(.undecided) ? .undecided : .fails
    case .comparison(let sign, let left, let right, let span):
      return try decide(sign, left, right, at: span)
    case .literal, .name, .call, .magnitude, .negative, .arithmetic:
      let estimate = try evaluation.estimate(node)
      switch estimate.value {
      case .boolean(let value): return value ? .holds : .fails
      case .none:
        let nothing = RunsEvaluation.Estimate(value: .none)
        evidence.append(
          Evidence(
            left: (text(node), estimate), right: ("", nothing), verdict: .undecided,
            reason: "\(node.names.first ?? text(node)) has no value"))
        return .undecided
      case .number, .longInteger, .text, .texts:
        throw ExpressionError("a claim is true or false, and this is neither", at: node.span)
      }
    }
  }

  private mutating func decide(
    _ sign: Expression.Comparison, _ left: Expression.Node, _ right: Expression.Node,
    at span: Expression.Span
  ) throws -> ClaimVerdict {
    if case .magnitude(let inner, _) = left, try evaluation.incomparability(left.calls) == nil,
      let evidence = try magnitude(sign, left, inner, right)
    {
      self.evidence.append(evidence)
      return evidence.verdict
    }
    var evidence = Evidence(
      left: (text(left), try evaluation.estimate(left)),
      right: (text(right), try evaluation.estimate(right)), verdict: .undecided)
    let calls = left.calls + right.calls
    evidence.notes = try calls.compactMap { call in
      try evaluation.leftOut(of: call).map {
        "\($0.count) of \($0.of) runs, which are not a number, are left out"
      }
    }
    if let reason = try evaluation.incomparability(calls) {
      evidence.reason = reason.sentence
      self.evidence.append(evidence)
      return .undecided
    }
    let values = (evidence.left.estimate.value, evidence.right.estimate.value)
    let isUncertain =
      evidence.left.estimate.interval != nil || evidence.right.estimate.interval != nil
    switch values {
    case (.none, _), (_, .none):
      let names = (left.names + right.names).filter { evaluation.cellValue($0) == .none }
      evidence.reason =
        names.first.map { "\($0) has no value" } ?? "no run that is looked at has a value"
      // `x == none` asks for it.
      if isNone(left) || isNone(right) {
        evidence.verdict =
          try Expression.compare(sign, values.0, values.1, at: span) ? .holds : .fails
        evidence.reason = nil
      }
    case (.number, .number) where isUncertain && sign != .contains:
      let difference = try evaluation.estimate(.arithmetic(.minus, left, right, span)).interval
      evidence.difference = difference
      (evidence.verdict, evidence.reason) = Claim.decide(sign, difference)
    default:
      evidence.verdict =
        try Expression.compare(sign, values.0, values.1, at: span) ? .holds : .fails
      if case (.number(let a), .number(let b)) = values, a.isNaN || b.isNaN {
        evidence.verdict = .undecided
        evidence.reason = Claim.notANumber
      }
    }
    self.evidence.append(evidence)
    return evidence.verdict
  }

  /// Where the difference lies, against zero.
  static func decide(
    _ sign: Expression.Comparison, _ difference: Statistics.Interval?
  ) -> (ClaimVerdict, String?) {
    guard let difference, difference.count > 0 else {
      return (.undecided, "no seed is common to what is compared")
    }
    if difference.mean.isNaN { return (.undecided, notANumber) }
    guard let half = difference.halfWidth else {
      return (
        .undecided,
        difference.count == 1 ? "one seed, so no interval" : "a value is infinite"
      )
    }
    let (low, high) = (difference.mean - half, difference.mean + half)
    func verdict(_ holds: Bool, _ fails: Bool) -> (ClaimVerdict, String?) {
      if holds { return (.holds, nil) }
      return fails ? (.fails, nil) : (.undecided, "the interval includes no difference")
    }
    switch sign {
    case .less: return verdict(high < 0, low >= 0)
    case .lessOrEqual: return verdict(high <= 0, low > 0)
    case .greater: return verdict(low > 0, high <= 0)
    case .greaterOrEqual: return verdict(low >= 0, high < 0)
    case .equal: return verdict(low == 0 && high == 0, low > 0 || high < 0)
    case .unequal: return verdict(low > 0 || high < 0, low == 0 && high == 0)
    case .contains: return (.undecided, nil)
    }
  }

  /// `abs(a) < b` with means in a: whether the interval of a lies within ±b. Seed by seed,
  /// magnitudes would add up what cancels. nil for what is no such comparison.
  private func magnitude(
    _ sign: Expression.Comparison, _ left: Expression.Node, _ inner: Expression.Node,
    _ right: Expression.Node
  ) throws -> Evidence? {
    let isSmall: Bool
    switch sign {
    case .less, .lessOrEqual: isSmall = true
    case .greater, .greaterOrEqual: isSmall = false
    case .equal, .unequal, .contains: return nil
    }
    guard inner.calls.contains(where: { $0.function == .mean }),
      !right.calls.contains(where: { $0.function == .mean })
    else { return nil }
    var mine = try evaluation.estimate(inner)
    let bound = try evaluation.estimate(right)
    guard case .number(let value) = mine.value, case .number(let limit) = bound.value else {
      return nil
    }
    mine.value = .number(abs(value))
    var evidence = Evidence(
      left: (text(left), mine), right: (text(right), bound), verdict: .undecided)
    guard let interval = mine.interval, let half = interval.halfWidth else {
      evidence.reason = Claim.decide(sign, mine.interval).1
      return evidence
    }
    let (low, high) = (interval.mean - half, interval.mean + half)
    let isWithin = low > -limit && high < limit
    let isBeyond = low >= limit || high <= -limit
    if isWithin || isBeyond {
      evidence.verdict = isWithin == isSmall ? .holds : .fails
    } else {
      evidence.reason = "the interval includes both"
    }
    return evidence
  }

  private func isNone(_ node: Expression.Node) -> Bool {
    if case .literal(.none, _) = node { true } else { false }
  }

  /// A part of the claim as it was written.
  private func text(_ node: Expression.Node) -> String {
    let scalars = Array(expression.text.unicodeScalars)
    let range = node.span.start..<min(node.span.end, scalars.count)
    return String(String.UnicodeScalarView(scalars[range]))
  }
}
