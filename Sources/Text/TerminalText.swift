/// Text on a terminal, whose places are columns of equal width.
package enum TerminalText {
  /// How many columns a text takes: two for East Asian wide characters and emoji.
  package static func width(_ text: String) -> Int {
    if isPlainASCII(text) { return text.utf8.count }
    return text.reduce(0) { $0 + width($1) }
  }

  package static func width(_ character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    switch scalar.value {
    case 0x20...0x7E: return 1
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      return 2
    default: return scalar.properties.generalCategory == .nonspacingMark ? 0 : 1
    }
  }

  /// Cut in the middle to take `width` columns at most: labels differ at either end.
  package static func shortened(_ text: String, to width: Int) -> String {
    guard self.width(text) > width, width > 0 else { return text }
    let characters = Array(text)
    let tailRoom = (width - 1) / 2
    var (tail, tailWidth) = ([Character](), 0)
    for character in characters.reversed() {
      let own = self.width(character)
      if tailWidth + own > tailRoom { break }
      tail.append(character)
      tailWidth += own
    }
    var (head, headWidth) = ("", 0)
    for character in characters {
      let own = self.width(character)
      if headWidth + own + tailWidth > width - 1 { break }
      head.append(character)
      headWidth += own
    }
    return head + "…" + String(tail.reversed())
  }

  /// What stands in each place of a line of foreign text: harmless (``SafeText``), characters of format alone left out,
  /// marks on a letter three at most, and a mark without a letter on a circle.
  package static func places(_ text: String) -> [(text: String, width: Int)] {
    if isPlainASCII(text) { return text.map { (String($0), 1) } }
    return SafeText.singleLine(text).compactMap { character in
      var scalars = String.UnicodeScalarView()
      var marks = 0
      for scalar in character.unicodeScalars {
        switch scalar.properties.generalCategory {
        case .format, .control, .surrogate, .unassigned, .lineSeparator, .paragraphSeparator:
          continue
        case .nonspacingMark, .enclosingMark, .spacingMark:
          // Selectors of pictures make a letter wider on some terminals only.
          guard marks < 3, !(0xFE00...0xFE0F).contains(scalar.value) else { continue }
          marks += 1
          if scalars.isEmpty { scalars.append("\u{25CC}") }
          scalars.append(scalar)
        default:
          // Several pictures joined to one are one wide place where a terminal can, else the first.
          guard scalars.isEmpty || !isPicture(scalar) else { continue }
          scalars.append(scalar)
        }
      }
      guard !scalars.isEmpty else { return nil }
      let cleaned = String(scalars)
      return (cleaned, max(1, width(cleaned)))
    }
  }

  private static func isPicture(_ scalar: Unicode.Scalar) -> Bool {
    (0x1F1E6...0x1FAFF).contains(scalar.value) || (0x2600...0x27BF).contains(scalar.value)
  }

  /// Whether every character is one of ASCII that is seen, or a blank.
  package static func isPlainASCII(_ text: String) -> Bool {
    text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
  }
}
