import ExperimentFiles
import Statistics
import Values

/// What a cell has come to.
struct RenderedCell: Sendable, Hashable, Codable {
  struct Picture: Sendable, Hashable, Codable {
    /// Below the report's folder, like `demo/losses.svg`.
    var name: String
    var mediaType: String
    var bytes: [UInt8]
    /// What it shows, for those who do not see it.
    var alternative: String
  }

  /// Made with `MarkdownText` wherever text comes from the store.
  var markdown: String
  var pictures: [Picture] = []
  /// For other cells, by name.
  var values: [String: CellValue] = [:]
  /// What the terminal says of it, plain.
  var answer: String?
  /// Of a claim.
  var verdict: ClaimVerdict?
  /// Why it is undecided.
  var reason: String?
  /// Whether it is decided by an interval over seeds.
  var restsOnInterval = false
  /// The numbers that it shows, for `--frozen`.
  var data: JSONValue? {
    get { dataText.flatMap { JSONValue(text: $0) } }
    set { dataText = newValue?.canonical }
  }
  /// As text: few reports are frozen, and reading thousands of numbers back takes its time.
  private var dataText: String?

  init(_ markdown: String = "") {
    self.markdown = markdown
  }
}

/// A value that a cell gives to others.
enum CellValue: Sendable, Hashable, Codable {
  case number(Double)
  /// A mean over seeds; where it has a half width, claims are decided by it.
  case interval(Statistics.Interval)
  case text(String)
  case boolean(Bool)
  /// Not there: no run has it, or it is undecided.
  case none

  /// As an expression computes with it.
  var expressionValue: ExpressionValue {
    switch self {
    case .number(let value): .number(value)
    case .interval(let interval): interval.count == 0 ? .none : .number(interval.mean)
    case .text(let text): .text(text)
    case .boolean(let value): .boolean(value)
    case .none: .none
    }
  }

  var json: JSONValue {
    switch self {
    case .number(let value): .number(value)
    case .interval(let interval):
      .object([
        "mean": .number(interval.mean),
        "halfWidth": interval.halfWidth.map { .number($0) } ?? .null,
        "count": .integer(interval.count),
      ])
    case .text(let text): .string(text)
    case .boolean(let value): .boolean(value)
    case .none: .null
    }
  }
}

/// How a claim stands.
package enum ClaimVerdict: String, Sendable, Hashable, Codable {
  case holds = "HOLDS"
  case fails = "FAILS"
  /// The runs do not say: an interval includes both, or something is missing.
  case undecided = "UNDECIDED"
}
