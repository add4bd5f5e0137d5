import Text

/// Prose with values in it: `The loss fell to {{ min("train/loss") }}.`
package struct InlineText: Sendable, Hashable {
  package enum Piece: Sendable, Hashable {
    /// Markdown as its author wrote it.
    case text(String)
    case value(Expression, InlineFormat, [CellReference])
  }

  package var pieces: [Piece]

  package var references: [CellReference] {
    pieces.flatMap { (piece: Piece) -> [CellReference] in
      if case .value(_, _, let references) = piece { references } else { [] }
    }
  }
}

extension InlineText {
  /// The functions over runs that its values call.
  package var calls: [Expression.Call] {
    pieces.flatMap { (piece: Piece) -> [Expression.Call] in
      if case .value(let expression, _, _) = piece { expression.calls } else { [] }
    }
  }
}

/// How an inline value is written: what follows `|` in `{{ mean("eval/loss") | digits 3 }}`.
package enum InlineFormat: Sendable, Hashable {
  /// As many digits as the interval leaves certain, four without one.
  case automatic
  case digits(Int)
  case decimals(Int)
  case percent(Int)

  /// `digits 3`, `decimals 2`, `percent`, `percent 1`.
  package init?(_ text: String) {
    let words = text.split(separator: " ").map(String.init)
    let number = words.count == 2 ? Int(words[1]) : nil
    switch (words.first, number) {
    case ("digits", let count?) where (1...17).contains(count): self = .digits(count)
    case ("decimals", let count?) where (0...17).contains(count): self = .decimals(count)
    case ("percent", let count?) where (0...10).contains(count): self = .percent(count)
    case ("percent", nil) where words.count == 1: self = .percent(0)
    default: return nil
    }
  }
}

/// Finds the `{{ … }}` in prose. Code is left alone: fenced blocks and spans between backticks;
/// `\{{` stands for the two braces.
struct InlineParser {
  private let node: SourceNode
  private let imported: ImportedNames
  private let text: [Unicode.Scalar]
  private var index = 0
  private var plain = String.UnicodeScalarView()
  private var pieces: [InlineText.Piece] = []

  /// What is sound of the text; errors are added for what is not.
  static func read(
    _ node: SourceNode, imported: ImportedNames = .none, into errors: inout Diagnostics
  ) -> InlineText {
    var parser = InlineParser(node, imported)
    return parser.read(into: &errors)
  }

  private init(_ node: SourceNode, _ imported: ImportedNames) {
    self.node = node
    self.imported = imported
    text = Array((node.scalar?.text ?? "").unicodeScalars)
  }

  private func starts(with word: String, at place: Int) -> Bool {
    text[place...].starts(with: word.unicodeScalars)
  }

  private mutating func read(into errors: inout Diagnostics) -> InlineText {
    var isAtLineStart = true
    while index < text.count {
      if isAtLineStart, let end = endOfFence() {
        take(upTo: end)
      } else if text[index] == "`" {
        take(upTo: endOfCode())
        isAtLineStart = false
      } else if starts(with: "\\{{", at: index) {
        plain.append(contentsOf: "{{".unicodeScalars)
        index += 3
        isAtLineStart = false
      } else if starts(with: "{{", at: index) {
        readValue(into: &errors)
        isAtLineStart = false
      } else {
        isAtLineStart = text[index] == "\n"
        take(upTo: index + 1)
      }
    }
    flush()
    return InlineText(pieces: pieces)
  }

  private mutating func take(upTo end: Int) {
    plain.append(contentsOf: text[index..<end])
    index = end
  }

  private mutating func flush() {
    if !plain.isEmpty { pieces.append(.text(String(plain))) }
    plain = .init()
  }

  // MARK: Code

  /// Where the fenced block that opens on this line ends; nil if none does.
  private func endOfFence() -> Int? {
    guard let fence = Fence(line(at: index)) else { return nil }
    var place = index + line(at: index).count + 1
    while place < text.count {
      let line = line(at: place)
      place = min(text.count, place + line.count + 1)
      if fence.isClosed(by: line) { return place }
    }
    return text.count
  }

  private func line(at start: Int) -> [Unicode.Scalar] {
    guard start < text.count else { return [] }
    return Array(text[start...].prefix { $0 != "\n" })
  }

  /// Where the code that these backticks open ends; just behind them if it is never closed.
  private func endOfCode() -> Int {
    let length = text[index...].prefix { $0 == "`" }.count
    var place = index + length
    while place < text.count {
      guard text[place] == "`" else {
        // A paragraph's end is a span's too.
        if starts(with: "\n\n", at: place) { break }
        place += 1
        continue
      }
      let run = text[place...].prefix { $0 == "`" }.count
      place += run
      if run == length { return place }
    }
    return index + length
  }

  // MARK: Values

  private mutating func readValue(into errors: inout Diagnostics) {
    let start = index + 2
    var end = start
    var bar: Int?
    var quote: Unicode.Scalar?
    while end < text.count, quote != nil || !starts(with: "}}", at: end) {
      let scalar = text[end]
      if let open = quote {
        if scalar == open { quote = nil }
      } else if scalar == "'" || scalar == "\"" {
        quote = scalar
      } else if scalar == "|" {
        bar = end
      }
      end += 1
    }
    guard end < text.count else {
      errors.error(
        "'{{' is never closed", at: node.textPlace(at: index),
        hint: "write {{ expression }}, or \\{{ for the braces themselves")
      index = text.count
      return
    }
    index = end + 2
    var format = InlineFormat.automatic
    if let bar {
      let words = String(String.UnicodeScalarView(text[(bar + 1)..<end]))
      guard let read = InlineFormat(words) else {
        errors.error(
          "there is no format \(quoted(words.filter { $0 != "\n" }))",
          at: node.textPlace(at: bar + 1),
          hint: "the formats: digits N, decimals N, percent, percent N")
        return
      }
      format = read
    }
    do throws(ExpressionError) {
      let expression = try Expression(
        String(String.UnicodeScalarView(text[start..<(bar ?? end)])))
      try expression.checkValue(.overRuns(imported: imported))
      let node = node
      let references = expression.references { node.textPlace(at: start + $0) }
      flush()
      pieces.append(.value(expression, format, references))
    } catch {
      errors.error(
        error.message, at: node.textPlace(at: start + error.span.start), hint: error.hint)
    }
  }
}

/// The line that opens a fenced block of Markdown (CommonMark 4.5).
struct Fence {
  let character: Unicode.Scalar
  let length: Int
  /// Blanks before it.
  let indentation: Int
  /// What stands behind it.
  let info: String

  /// Nil if the line opens none.
  init?(_ line: [Unicode.Scalar]) {
    indentation = line.prefix { $0 == " " }.count
    let rest = line.dropFirst(indentation)
    guard indentation <= 3, let character = rest.first, character == "`" || character == "~" else {
      return nil
    }
    length = rest.prefix { $0 == character }.count
    let info = rest.dropFirst(length)
    guard length >= 3, character == "~" || !info.contains("`") else { return nil }
    self.character = character
    self.info = String(String.UnicodeScalarView(info)).trimmed
  }

  func isClosed(by line: [Unicode.Scalar]) -> Bool {
    let indentation = line.prefix { $0 == " " }.count
    let rest = line.dropFirst(indentation)
    let run = rest.prefix { $0 == character }.count
    return indentation <= 3 && run >= length
      && rest.dropFirst(run).allSatisfy { $0 == " " || $0 == "\t" }
  }
}
