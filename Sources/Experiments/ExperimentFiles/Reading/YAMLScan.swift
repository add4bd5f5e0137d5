/// A look over the text before libyaml reads it: refuses what this format has no use for and
/// what would be costly to read (deep nesting, aliases that multiply), each at its place.
///
/// It knows just enough YAML for that: where tokens begin. What it lets pass is still YAML to
/// check; what it takes for text is counted again on the tree that libyaml makes.
struct YAMLScan {
  static let maximumDepth = 64

  private let source: SourceText
  private let text: [Unicode.Scalar]
  private var index = 0
  private var line = 1
  private var column = 1
  /// Columns of the open block collections, outermost first.
  private var blocks: [Int] = []
  private var flowDepth = 0
  /// A token may begin here: an anchor, a quote, a bracket.
  private var atTokenStart = true
  private var afterQuoted = false
  /// Column at which this line's latest token began: a key, if a colon follows.
  private var tokenColumn = 1
  private var sawContent = false

  /// Nil if there is nothing to refuse.
  static func firstError(in source: SourceText) -> Diagnostic? {
    var scan = YAMLScan(source)
    do {
      try scan.run()
      return nil
    } catch {
      return error.diagnostic
    }
  }

  private struct Refusal: Error {
    let diagnostic: Diagnostic
  }

  private init(_ source: SourceText) {
    self.source = source
    text = Array(source.text.unicodeScalars)
  }

  private var place: Place { Place(source: source, line: line, column: column) }

  private func refuse(_ message: String, hint: String? = nil) -> Refusal {
    Refusal(diagnostic: Diagnostic(message, at: place, hint: hint))
  }

  private var current: Unicode.Scalar? { index < text.count ? text[index] : nil }

  private func peek(_ offset: Int = 1) -> Unicode.Scalar? {
    index + offset < text.count ? text[index + offset] : nil
  }

  /// End of text counts as a blank.
  private func isBlank(_ scalar: Unicode.Scalar?) -> Bool {
    guard let scalar else { return true }
    return scalar == " " || scalar == "\t" || scalar.isYAMLBreak
  }

  private mutating func advance() {
    guard let scalar = current else { return }
    index += 1
    if scalar == "\r", current == "\n" {
      index += 1
    }
    if scalar.isYAMLBreak {
      line += 1
      column = 1
    } else {
      column += 1
    }
  }

  private mutating func run() throws(Refusal) {
    try checkCharacters()
    try beginLine()
    while let scalar = current {
      if scalar.isYAMLBreak {
        advance()
        try beginLine()
      } else if scalar == " " || scalar == "\t" {
        advance()
        if current == "#" { skipLine() }
      } else if atTokenStart {
        try beginToken(scalar)
      } else {
        try continuePlain(scalar)
      }
    }
  }

  /// NUL and other control characters, which no editor shows.
  private mutating func checkCharacters() throws(Refusal) {
    let saved = self
    while let scalar = current {
      let isControl = scalar.properties.generalCategory == .control
      if isControl, scalar != "\t", !scalar.isYAMLBreak {
        let code = String(scalar.value, radix: 16, uppercase: true)
        throw refuse(
          "the control character U+\(String(repeating: "0", count: 4 - code.count))\(code) "
            + "has no place in an experiment file")
      }
      advance()
    }
    self = saved
  }

  // MARK: Lines

  private mutating func beginLine() throws(Refusal) {
    while true {
      afterQuoted = false
      while current == " " { advance() }
      if current == "\t" {
        let tab = self
        while current == " " || current == "\t" { advance() }
        if let scalar = current, !scalar.isYAMLBreak, scalar != "#", tab.flowDepth == 0,
          tab.atTokenStart
        {
          self = tab
          throw refuse("a tab in the indentation", hint: "YAML indents with spaces")
        }
      }
      guard let scalar = current else { return }
      if scalar == "#" { skipLine() }
      if let scalar = current, scalar.isYAMLBreak {
        advance()
        continue
      }
      break
    }
    guard current != nil else { return }
    if flowDepth == 0 {
      try checkDocumentMarker()
      if column <= (blocks.last ?? 0) || blocks.isEmpty { atTokenStart = true }
      while let last = blocks.last, last > column { blocks.removeLast() }
    }
    tokenColumn = column
  }

  private mutating func checkDocumentMarker() throws(Refusal) {
    guard column == 1 else { return }
    if current == "%", !sawContent {
      throw refuse("YAML directives are not used in experiment files", hint: "remove this line")
    }
    let isStart = current == "-" && peek() == "-" && peek(2) == "-" && isBlank(peek(3))
    let isEnd = current == "." && peek() == "." && peek(2) == "." && isBlank(peek(3))
    if isStart, sawContent {
      throw refuse(
        "a second document begins here", hint: "an experiment file holds one document")
    }
    if isStart || isEnd {
      for _ in 0..<3 { advance() }
      sawContent = true
    }
  }

  private mutating func skipLine() {
    while let scalar = current, !scalar.isYAMLBreak { advance() }
  }

  // MARK: Tokens

  private mutating func beginToken(_ scalar: Unicode.Scalar) throws(Refusal) {
    sawContent = true
    tokenColumn = column
    switch scalar {
    case "&" where !isBlank(peek()):
      throw refuse(
        "anchors are not used in experiment files", hint: "write the value out, or use 'extends'")
    case "*" where !isBlank(peek()):
      throw refuse(
        "aliases are not used in experiment files",
        hint: "write the value out, or use 'extends'; text that begins with '*' needs quotes")
    case "!":
      throw refuse(
        "tags are not used in experiment files",
        hint: "remove it; text that begins with '!' needs quotes")
    case "\"", "'":
      skipQuoted(scalar)
      atTokenStart = false
      afterQuoted = true
    case "|" where flowDepth == 0, ">" where flowDepth == 0:
      skipBlockScalar()
    case "[", "{", "]", "}", ",":
      try flowIndicator(scalar)
    case "-" where isBlank(peek()) && flowDepth == 0, "?" where isBlank(peek()):
      try open(block: column)
      advance()
    default:
      atTokenStart = false
      try continuePlain(scalar)
    }
  }

  /// Inside of a plain scalar, or behind any token: looks for what ends it.
  private mutating func continuePlain(_ scalar: Unicode.Scalar) throws(Refusal) {
    let isFlow = flowDepth > 0
    let next = peek()
    if scalar == ":" {
      let endsKey =
        isBlank(next) || (isFlow && (afterQuoted || next.map { ",[]{}".contains($0) } == true))
      if endsKey {
        if !isFlow { try open(block: tokenColumn) }
        atTokenStart = true
        afterQuoted = false
      }
      advance()
    } else if isFlow, ",[]{}".unicodeScalars.contains(scalar) {
      try flowIndicator(scalar)
    } else {
      advance()
    }
  }

  private mutating func flowIndicator(_ scalar: Unicode.Scalar) throws(Refusal) {
    switch scalar {
    case "[", "{":
      flowDepth += 1
      try checkDepth()
      atTokenStart = true
    case "]", "}":
      flowDepth = max(0, flowDepth - 1)
      atTokenStart = false
      afterQuoted = true
    default:
      atTokenStart = true
    }
    advance()
  }

  private mutating func open(block column: Int) throws(Refusal) {
    guard column > (blocks.last ?? 0) else { return }
    blocks.append(column)
    try checkDepth()
  }

  private func checkDepth() throws(Refusal) {
    if blocks.count + flowDepth > Self.maximumDepth {
      throw refuse("nested more than \(Self.maximumDepth) deep")
    }
  }

  private mutating func skipQuoted(_ quote: Unicode.Scalar) {
    advance()
    while let scalar = current {
      if scalar == "\\", quote == "\"" {
        advance()
        advance()
      } else if scalar == quote {
        advance()
        guard quote == "'", current == "'" else { return }
        advance()
      } else {
        advance()
      }
    }
  }

  /// Skips the text of `|` and `>`: lines that are blank or indented more than what holds them.
  private mutating func skipBlockScalar() {
    skipLine()
    let parent = blocks.last ?? 0
    while current != nil {
      let lineEnd = self
      advance()
      while current == " " { advance() }
      guard let scalar = current else { return }
      if !scalar.isYAMLBreak, column <= parent {
        self = lineEnd
        atTokenStart = true
        return
      }
      skipLine()
    }
  }
}

extension String {
  fileprivate func contains(_ scalar: Unicode.Scalar) -> Bool {
    unicodeScalars.contains(scalar)
  }
}
