import ExperimentFiles
import Statistics
import Text
import Values

extension AssertCell: RenderableCell {
  func render(_ context: CellContext) throws -> RenderedCell {
    var rendered = RenderedCell()
    var verdict = ClaimVerdict.undecided
    var parts: [String] = []
    var data: [JSONValue] = []
    do {
      let claim = try Claim(claim, RunsEvaluation(context))
      verdict = claim.verdict
      rendered.reason = claim.reason
      rendered.restsOnInterval = claim.evidence.contains {
        $0.left.estimate.interval != nil || $0.right.estimate.interval != nil
      }
      let rows = claim.evidence.flatMap(AssertCell.rows)
      if !rows.isEmpty {
        parts.append(
          MarkdownText.table(
            header: ["", "", ""], alignments: [":--", "--:", ":--"], rows: rows))
      }
      data = claim.evidence.map(\.json)
    } catch let error as ExpressionError {
      rendered.reason = error.description
      parts.append("It cannot be decided: \(MarkdownText.escaped(error.description)).")
    }
    parts.insert("**\(verdict.rawValue)**: \(MarkdownText.code(claim.text.oneLine))", at: 0)
    rendered.markdown = parts.joined(separator: "\n\n")
    rendered.verdict = verdict
    rendered.values = [
      "verdict": .text(verdict.rawValue),
      "holds": verdict == .undecided ? .none : .boolean(verdict == .holds),
    ]
    rendered.data = .object([
      "claim": .string(claim.text.oneLine), "verdict": .string(verdict.rawValue),
      "evidence": .array(data),
    ])
    return rendered
  }

  /// The two sides with their values, then what the decision rests on.
  private static func rows(_ evidence: Claim.Evidence) -> [[String]] {
    var rows: [[String]] = []
    for side in [evidence.left, evidence.right] where !side.text.isEmpty && !isLiteral(side.text) {
      let count = side.estimate.interval.map { "\($0.count) \($0.count == 1 ? "seed" : "seeds")" }
      rows.append([
        MarkdownText.code(side.text.oneLine, inTable: true),
        MarkdownText.escaped(InlineFormat.automatic.text(side.estimate)), count ?? "",
      ])
    }
    if let difference = evidence.difference, difference.count > 0 {
      rows.append([
        "difference", MarkdownText.escaped(InlineFormat.interval(difference)),
        difference.count == 1
          ? "one seed" : "95 % interval over \(difference.count) paired seeds",
      ])
    }
    rows += evidence.notes.map { ["", "", MarkdownText.escaped($0)] }
    if let reason = evidence.reason {
      rows.append(["undecided", "", MarkdownText.escaped(reason)])
    }
    return rows
  }

  private static func isLiteral(_ text: String) -> Bool {
    Double(text.trimmed) != nil || text.hasPrefix("'") || text.hasPrefix("\"")
  }
}

extension Claim.Evidence {
  var json: JSONValue {
    func side(_ side: (text: String, estimate: RunsEvaluation.Estimate)) -> JSONValue {
      var members: [String: JSONValue] = ["expression": .string(side.text)]
      switch side.estimate.value {
      case .number(let value): members["value"] = .number(value)
      case .longInteger(let value): members["value"] = .integer(value)
      case .text(let text): members["value"] = .string(text)
      case .boolean(let value): members["value"] = .boolean(value)
      case .texts, .none: members["value"] = .null
      }
      if let interval = side.estimate.interval {
        members["interval"] = CellValue.interval(interval).json
      }
      return .object(members)
    }
    return .object([
      "left": side(left), "right": side(right), "verdict": .string(verdict.rawValue),
      "difference": difference.map { CellValue.interval($0).json } ?? .null,
      "reason": reason.map { .string($0) } ?? .null,
    ])
  }
}
