/// The formulas of a Markdown text, `$…$` within a line and `$$…$$` for itself, as GitHub has them: a dollar opens one where
/// no blank follows it and closes it where no blank is before and no digit after it, so that "$5 and $6" is none.
///
/// Each is taken out before the text is parsed, whose `_` and `*` mean other things, and comes back as MathML.
struct Formulas {
  private struct Formula {
    var tex: String
    var isDisplay: Bool
  }

  /// The text with a mark in the place of each formula.
  let text: String
  /// Around a formula's number: a private use character that the text does not hold.
  private let mark: Character
  private var found: [Formula] = []

  init(in markdown: String) {
    guard markdown.contains("$"),
      let free = (0xF0000...0xF0FFF).lazy.compactMap({ Unicode.Scalar($0) })
        .first(where: { !markdown.unicodeScalars.contains($0) })
    else {
      (text, mark) = (markdown, "\u{F0000}")
      return
    }
    mark = Character(free)
    var scan = Scan(Array(markdown))
    var out = ""
    while let piece = scan.next() {
      switch piece {
      case .text(let text): out += text
      case .formula(let tex, let isDisplay):
        out += "\(mark)\(found.count)\(mark)"
        found.append(Formula(tex: tex, isDisplay: isDisplay))
      }
    }
    text = out
  }

  /// With MathML in the place of the marks.
  func mathML(_ html: String) -> String {
    replaced(html) { formula in
      (try? TeXParser.mathML(formula.tex, isDisplay: formula.isDisplay))
        ?? "<code>\(TeXParser.escaped(source(formula)))</code>"
    }
  }

  /// With the formulas as they were written in the place of the marks.
  func plain(_ text: String) -> String { replaced(text, source) }

  private func source(_ formula: Formula) -> String {
    formula.isDisplay ? "$$\(formula.tex)$$" : "$\(formula.tex)$"
  }

  private func replaced(_ text: String, _ content: (Formula) -> String) -> String {
    guard !found.isEmpty else { return text }
    // Text and numbers take turns.
    return text.split(separator: mark, omittingEmptySubsequences: false).enumerated().map {
      index, part in
      guard index % 2 == 1, let number = Int(part), found.indices.contains(number) else {
        return String(part)
      }
      return content(found[number])
    }.joined()
  }
}

/// Goes through Markdown piece by piece; code is text.
private struct Scan {
  enum Piece {
    case text(String)
    case formula(tex: String, isDisplay: Bool)
  }

  private let letters: [Character]
  private var place = 0
  private var isLineStart = true

  init(_ letters: [Character]) { self.letters = letters }

  mutating func next() -> Piece? {
    guard place < letters.count else { return nil }
    if isLineStart, let end = codeBlockEnd() { return take(to: end) }
    let letter = letters[place]
    isLineStart = letter == "\n"
    switch letter {
    case "\\": return take(to: min(place + 2, letters.count))
    case "`": return take(to: codeSpanEnd())
    case "$":
      guard let (end, tex, isDisplay) = formula() else { return take(to: place + 1) }
      place = end
      return .formula(tex: tex, isDisplay: isDisplay)
    default:
      let end = letters[(place + 1)...].firstIndex { "\\`$\n".contains($0) } ?? letters.count
      return take(to: letter == "\n" ? place + 1 : end)
    }
  }

  private mutating func take(to end: Int) -> Piece {
    defer { place = end }
    isLineStart = letters[end - 1] == "\n"
    return .text(String(letters[place..<end]))
  }

  /// Past a fenced block that begins here, or an indented line, or a line with a picture, whose text is an attribute.
  private func codeBlockEnd() -> Int? {
    let line = letters[place..<lineEnd(place)]
    let indent = line.prefix { $0 == " " }.count
    if indent >= 4 || line.first == "\t" { return min(lineEnd(place) + 1, letters.count) }
    let body = line.dropFirst(indent)
    if body.starts(with: "![") { return min(lineEnd(place) + 1, letters.count) }
    guard let fence = body.first, fence == "`" || fence == "~" else { return nil }
    let length = body.prefix { $0 == fence }.count
    guard length >= 3 else { return nil }
    var next = min(lineEnd(place) + 1, letters.count)
    while next < letters.count {
      let line = letters[next..<lineEnd(next)].drop { $0 == " " }
      next = min(lineEnd(next) + 1, letters.count)
      if line.prefix(while: { $0 == fence }).count >= length { break }
    }
    return next
  }

  private func lineEnd(_ start: Int) -> Int {
    letters[start...].firstIndex(of: "\n") ?? letters.count
  }

  /// Past the backticks that close those that begin here, in the same paragraph; past these alone where nothing does.
  private func codeSpanEnd() -> Int {
    let length = letters[place...].prefix { $0 == "`" }.count
    var next = place + length
    while next < letters.count {
      guard letters[next] == "`" else {
        if letters[next] == "\n", endsParagraph(next) { break }
        next += 1
        continue
      }
      let run = letters[next...].prefix { $0 == "`" }.count
      if run == length { return next + run }
      next += run
    }
    return place + length
  }

  /// Whether what follows a line break is no part of the paragraph: an empty line, or a fence.
  private func endsParagraph(_ lineBreak: Int) -> Bool {
    let line = letters[(lineBreak + 1)..<lineEnd(min(lineBreak + 1, letters.count))]
      .drop { $0 == " " }
    return line.isEmpty || line.starts(with: "```") || line.starts(with: "~~~")
  }

  private func formula() -> (end: Int, tex: String, isDisplay: Bool)? {
    let isDisplay = place + 1 < letters.count && letters[place + 1] == "$"
    let start = place + (isDisplay ? 2 : 1)
    guard start < letters.count, isDisplay || !letters[start].isWhitespace else { return nil }
    var next = start
    while next < letters.count {
      switch letters[next] {
      case "\\": next += 1
      // Code comes before formulas.
      case "`": return nil
      case "\n":
        // A paragraph ends at an empty line, and what stands within a line at its end.
        if !isDisplay || endsParagraph(next) { return nil }
      case "$":
        let tex = String(letters[start..<next])
        if isDisplay {
          guard next + 1 < letters.count, letters[next + 1] == "$" else { return nil }
          return tex.allSatisfy(\.isWhitespace) ? nil : (next + 2, tex, true)
        }
        let isMoney = next + 1 < letters.count && letters[next + 1].isNumber
        return letters[next - 1].isWhitespace || isMoney || tex.isEmpty
          ? nil : (next + 1, tex, false)
      default: break
      }
      next += 1
    }
    return nil
  }
}
