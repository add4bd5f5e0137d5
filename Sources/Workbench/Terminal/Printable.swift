import Text

/// Text that cannot move a terminal's cursor, recolour it, or turn the direction of writing:
/// control and direction characters are left out.
/// - Parameter lines: whether line breaks stay; otherwise they become spaces.
func printable(_ text: String, lines: Bool = false) -> String {
  // Nearly all text: a list of a thousand runs has ten thousand cells.
  if TerminalText.isPlainASCII(text) { return text }
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
func displayWidth(_ text: String) -> Int { TerminalText.width(text) }
