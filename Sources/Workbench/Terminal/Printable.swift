import Text

/// Text that cannot move a terminal's cursor, recolour it, or turn the direction of writing:
/// control and direction characters are left out.
/// - Parameter lines: whether line breaks stay; otherwise they become spaces.
func printable(_ text: String, lines: Bool = false) -> String {
  // Nearly all text: a list of a thousand runs has ten thousand cells.
  if isPlainASCII(text) { return text }
  var result = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\n" where lines:
      result.append(scalar)
    case "\n", "\t", "\u{2028}", "\u{2029}":
      result.append(" ")
    case "\u{200E}", "\u{200F}", "\u{061C}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}",
      "\u{FEFF}":
      continue
    default:
      if scalar.properties.generalCategory != .control { result.append(scalar) }
    }
  }
  return String(result)
}

/// How many columns of a terminal a text takes: two for East Asian wide characters and emoji.
func displayWidth(_ text: String) -> Int {
  if isPlainASCII(text) { return text.utf8.count }
  return text.reduce(0) { width, character in
    guard let scalar = character.unicodeScalars.first else { return width }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
      0xFF00...0xFF60, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      return width + 2
    default:
      return width + (scalar.properties.generalCategory == .nonspacingMark ? 0 : 1)
    }
  }
}

/// Whether every character is one of ASCII that is seen, or a blank.
private func isPlainASCII(_ text: String) -> Bool {
  text.utf8.allSatisfy { (0x20...0x7E).contains($0) }
}
