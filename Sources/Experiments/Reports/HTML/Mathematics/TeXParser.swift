import Text

/// TeX's mathematics as MathML Core (W3C 2025), as far as papers on diffusion models need it: scripts, fractions, roots,
/// accents, alphabets, brackets that grow, matrices, cases and aligned lines.
struct TeXParser {
  /// What cannot be shown.
  struct Failure: Error, Hashable {
    var message: String
  }

  /// - Parameter isDisplay: in a line of its own.
  /// - Throws: `Failure` for a command or an environment that is not known, and brackets that do not match.
  static func mathML(_ tex: String, isDisplay: Bool) throws(Failure) -> String {
    var parser = TeXParser(tex)
    let body = try parser.row(until: [])
    guard parser.place == parser.tokens.count else { throw Failure(message: "a '}' too many") }
    let display = isDisplay ? " display=\"block\"" : ""
    return "<math xmlns=\"http://www.w3.org/1998/Math/MathML\"\(display)>\(body)</math>"
  }

  static func escaped(_ text: String) -> String { XMLText.escaped(text) }

  // MARK: Tokens

  private enum Token: Hashable {
    case letter(Character)
    case number(String)
    /// Without its backslash.
    case command(String)
    case open, close, up, down, align
  }

  private var tokens: [Token] = []
  private var place = 0
  /// How deep in brackets.
  private var depth = 0
  private static let mostDepth = 64

  private init(_ tex: String) {
    var letters = Array(tex)[...]
    while let letter = letters.popFirst() {
      switch letter {
      case "\\":
        let name = String(letters.prefix { $0.isASCII && $0.isLetter })
        letters = letters.dropFirst(name.count)
        tokens.append(.command(name.isEmpty ? letters.popFirst().map(String.init) ?? "" : name))
        if name == "text" || name == "mathrm" || name == "operatorname" || name == "begin"
          || name == "end"
        {
          takeWords(&letters)
        }
      case "{": tokens.append(.open)
      case "}": tokens.append(.close)
      case "^": tokens.append(.up)
      case "_": tokens.append(.down)
      case "&": tokens.append(.align)
      case _ where letter.isWhitespace: continue
      case _ where letter.isNumber:
        let rest = letters.prefix { $0.isNumber || $0 == "." }
        // A point that ends a sentence is none of the number's.
        let digits = rest.last == "." ? rest.dropLast() : rest
        letters = letters.dropFirst(digits.count)
        tokens.append(.number(String(letter) + String(digits)))
      default: tokens.append(.letter(letter))
      }
    }
  }

  /// Blanks in a text count: what is in the brackets after a command, as it stands.
  private mutating func takeWords(_ letters: inout ArraySlice<Character>) {
    let blanks = letters.prefix { $0 == " " }.count
    guard letters.dropFirst(blanks).first == "{",
      let end = letters.firstIndex(of: "}")
    else { return }
    let words = letters[letters.index(letters.startIndex, offsetBy: blanks + 1)..<end]
    letters = letters[(end + 1)...]
    tokens += [.open] + words.map { .letter($0) } + [.close]
  }

  private var next: Token? { place < tokens.count ? tokens[place] : nil }

  private mutating func take(_ token: Token) -> Bool {
    guard next == token else { return false }
    place += 1
    return true
  }

  // MARK: Rows

  /// All until one of some commands, a bracket that closes, or the end.
  private mutating func row(until ends: Set<String>) throws(Failure) -> String {
    depth += 1
    defer { depth -= 1 }
    guard depth < Self.mostDepth else { throw Failure(message: "too many brackets in each other") }
    var parts: [String] = []
    while let token = next {
      if token == .close || token == .align { break }
      if case .command(let name) = token, ends.contains(name) { break }
      parts.append(try scripted())
    }
    return parts.count == 1 ? parts[0] : "<mrow>\(parts.joined())</mrow>"
  }

  /// An atom with what is above and below it.
  private mutating func scripted() throws(Failure) -> String {
    let start = next
    let base = next == .up || next == .down ? "<mrow></mrow>" : try atom()
    var (lower, upper): (String?, String?) = (nil, nil)
    var primes = ""
    while let token = next {
      if token == .letter("'") {
        place += 1
        primes += "′"
      } else if token == .up {
        guard upper == nil else { throw Failure(message: "two exponents") }
        place += 1
        upper = try argument()
      } else if token == .down {
        guard lower == nil else { throw Failure(message: "two indices") }
        place += 1
        lower = try argument()
      } else if token == .command("limits") || token == .command("nolimits") {
        place += 1
      } else {
        break
      }
    }
    if !primes.isEmpty {
      upper = "<mrow><mo>\(primes)</mo>\(upper ?? "")</mrow>"
    }
    var (isLarge, application) = (false, "")
    if case .command(let name)? = start {
      isLarge = TeXSymbols.stacking.contains(name)
      // The sign that a function is applied, which none sees and which sets a gap.
      if TeXSymbols.functions.contains(name) { application = "<mo>\u{2061}</mo>" }
    }
    if !application.isEmpty, !opensBracket, next != nil {
      application += "<mspace width=\"0.167em\"/>"
    }
    return Self.scripted(base, lower, upper, isLarge: isLarge) + application
  }

  /// Whether a bracket comes next, before which a function sets no gap.
  private var opensBracket: Bool {
    switch next {
    case .letter("("), .letter("["), .command("left"), .command("{"), .close: true
    default: false
    }
  }

  private static func scripted(
    _ base: String, _ lower: String?, _ upper: String?, isLarge: Bool
  ) -> String {
    switch (lower, upper) {
    case (nil, nil): return base
    case (let lower?, nil):
      return isLarge ? "<munder>\(base)\(lower)</munder>" : "<msub>\(base)\(lower)</msub>"
    case (nil, let upper?):
      return isLarge ? "<mover>\(base)\(upper)</mover>" : "<msup>\(base)\(upper)</msup>"
    case (let lower?, let upper?):
      return isLarge
        ? "<munderover>\(base)\(lower)\(upper)</munderover>"
        : "<msubsup>\(base)\(lower)\(upper)</msubsup>"
    }
  }

  /// What is in brackets, or the next atom: of a number its first digit.
  private mutating func argument() throws(Failure) -> String {
    guard let token = next else { throw Failure(message: "something is missing at the end") }
    if case .number(let digits) = token, digits.count > 1 {
      tokens[place] = .number(String(digits.dropFirst()))
      return "<mn>\(digits.prefix(1))</mn>"
    }
    return try atom()
  }

  // MARK: Atoms

  private mutating func atom() throws(Failure) -> String {
    guard let token = next else { throw Failure(message: "something is missing at the end") }
    place += 1
    switch token {
    case .number(let digits): return "<mn>\(digits)</mn>"
    case .letter(let letter): return Self.atom(letter)
    case .open:
      let inner = try row(until: [])
      guard take(.close) else { throw Failure(message: "a '}' is missing") }
      return inner
    case .command(let name): return try command(name)
    case .up, .down: throw Failure(message: "two exponents or two indices")
    case .close, .align: throw Failure(message: "a '&' or '}' too many")
    }
  }

  private static func atom(_ letter: Character) -> String {
    switch letter {
    case "-": "<mo>−</mo>"
    case "*": "<mo>∗</mo>"
    case "'": "<mo>′</mo>"
    case "(", ")", "[", "]", "|": "<mo stretchy=\"false\">\(letter)</mo>"
    case _ where letter.isLetter: "<mi>\(escaped(String(letter)))</mi>"
    default: "<mo>\(escaped(String(letter)))</mo>"
    }
  }

  private mutating func command(_ name: String) throws(Failure) -> String {
    if let letter = TeXSymbols.letters[name] { return "<mi>\(letter)</mi>" }
    if let upright = TeXSymbols.upright[name] {
      return "<mi mathvariant=\"normal\">\(upright)</mi>"
    }
    if let sign = TeXSymbols.operators[name] {
      let isFence = TeXSymbols.fences.contains(name)
      return isFence ? "<mo stretchy=\"false\">\(sign)</mo>" : "<mo>\(sign)</mo>"
    }
    if TeXSymbols.functions.contains(name) { return "<mi>\(name)</mi>" }
    if let width = TeXSymbols.blanks[name] { return "<mspace width=\"\(width)\"/>" }
    if let accent = TeXSymbols.accents[name] {
      return
        "<mover accent=\"true\">\(try argument())<mo stretchy=\"\(accent.stretches)\">\(accent.sign)</mo></mover>"
    }
    if let alphabet = TeXSymbols.Alphabet(rawValue: name) { return try letters(in: alphabet) }
    switch name {
    case "frac", "tfrac", "dfrac", "cfrac":
      let above = try argument()
      return "<mfrac>\(above)\(try argument())</mfrac>"
    case "binom":
      let above = try argument()
      return
        "<mrow><mo>(</mo><mfrac linethickness=\"0\">\(above)\(try argument())</mfrac><mo>)</mo></mrow>"
    case "sqrt": return try root()
    case "text", "mathrm", "operatorname", "textrm", "mathsf": return try words(name)
    case "left": return try grown()
    case "big", "Big", "bigl", "bigr", "Bigl", "Bigr", "bigg", "Bigg", "middle":
      return "<mo>\(try bracket())</mo>"
    case "underbrace", "overbrace":
      let (element, sign) = name == "underbrace" ? ("munder", "⏟") : ("mover", "⏞")
      return "<\(element)>\(try argument())<mo>\(sign)</mo></\(element)>"
    case "underline": return "<munder>\(try argument())<mo>_</mo></munder>"
    case "begin": return try environment()
    case "displaystyle", "textstyle": return ""
    case "{", "}", "%", "#", "_", "$", "&":
      return "<mo stretchy=\"false\">\(Self.escaped(name))</mo>"
    default: throw Failure(message: "\\\(name) is not known")
    }
  }

  private mutating func root() throws(Failure) -> String {
    guard next == .letter("[") else { return "<msqrt>\(try argument())</msqrt>" }
    place += 1
    var degree = ""
    while let token = next, token != .letter("]") { degree += try scripted(token) }
    guard take(.letter("]")) else { throw Failure(message: "a ']' is missing") }
    return "<mroot>\(try argument())<mrow>\(degree)</mrow></mroot>"
  }

  private mutating func scripted(_ token: Token) throws(Failure) -> String { try scripted() }

  /// The text in the brackets that follow.
  private mutating func text() throws(Failure) -> String {
    guard take(.open) else { throw Failure(message: "a '{' is missing") }
    var text = ""
    while let token = next, token != .close {
      guard case .letter(let letter) = token else {
        throw Failure(message: "a text holds a formula")
      }
      text.append(letter)
      place += 1
    }
    guard take(.close) else { throw Failure(message: "a '}' is missing") }
    return text
  }

  private mutating func words(_ name: String) throws(Failure) -> String {
    // Blanks at the ends would go.
    let text = Self.escaped(try text().replacing(" ", with: "\u{A0}"))
    return name.hasPrefix("text")
      ? "<mtext>\(text)</mtext>" : "<mi mathvariant=\"normal\">\(text)</mi>"
  }

  /// Letters of another alphabet; what has no letter there stays what it is.
  private mutating func letters(in alphabet: TeXSymbols.Alphabet) throws(Failure) -> String {
    let isGroup = take(.open)
    var out = ""
    repeat {
      guard let token = next else { throw Failure(message: "a '}' is missing") }
      if isGroup, token == .close { break }
      if case .letter(let letter) = token, let sign = alphabet.letter(letter) {
        place += 1
        out += "<mi>\(sign)</mi>"
      } else if case .number(let digits) = token {
        place += 1
        out += "<mn>\(String(digits.map { alphabet.letter($0) ?? $0 }))</mn>"
      } else {
        out += try scripted()
      }
    } while isGroup
    if isGroup { place += 1 }
    return "<mrow>\(out)</mrow>"
  }

  // MARK: Brackets and tables

  /// `\left( … \right)`
  private mutating func grown() throws(Failure) -> String {
    let left = try bracket()
    let inner = try row(until: ["right"])
    guard take(.command("right")) else { throw Failure(message: "\\right is missing") }
    return "<mrow><mo>\(left)</mo>\(inner)<mo>\(try bracket())</mo></mrow>"
  }

  private mutating func bracket() throws(Failure) -> String {
    guard let token = next else { throw Failure(message: "a bracket is missing at the end") }
    place += 1
    switch token {
    case .letter("."): return ""
    case .letter(let letter): return Self.escaped(String(letter))
    case .command(let name):
      if name == "{" || name == "}" { return name }
      if let sign = TeXSymbols.operators[name] { return sign }
      throw Failure(message: "\\\(name) is no bracket")
    default: throw Failure(message: "a bracket is missing")
    }
  }

  private mutating func environment() throws(Failure) -> String {
    let name = try text()
    guard let form = TeXSymbols.environments[name] else {
      throw Failure(message: "the environment \(name) is not known")
    }
    var rows: [[String]] = [[]]
    while true {
      rows[rows.count - 1].append(try row(until: ["\\", "end"]))
      if take(.align) { continue }
      if take(.command("\\")) {
        rows.append([])
        continue
      }
      guard take(.command("end")), try text() == name else {
        throw Failure(message: "\\end{\(name)} is missing")
      }
      break
    }
    if rows.last.map({ $0.allSatisfy { $0 == "<mrow></mrow>" } }) == true { rows.removeLast() }
    let body = rows.map { cells in
      let written = cells.enumerated().map { index, cell in
        let side =
          form.aligns == .pairs
          ? index % 2 == 0 ? "right" : "left" : form.aligns == .left ? "left" : "center"
        return
          "<mtd style=\"text-align:\(side);padding:.15em \(form.aligns == .pairs ? "0" : ".4em")\">\(cell)</mtd>"
      }
      return "<mtr>\(written.joined())</mtr>"
    }
    let table = "<mtable>\(body.joined())</mtable>"
    guard !form.left.isEmpty || !form.right.isEmpty else { return table }
    let right = form.right.isEmpty ? "" : "<mo>\(form.right)</mo>"
    return "<mrow><mo>\(form.left)</mo>\(table)\(right)</mrow>"
  }
}
