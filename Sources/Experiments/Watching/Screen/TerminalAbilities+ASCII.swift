import Text

extension TerminalAbilities {
  /// A place's text as the terminal can show it.
  func shown(_ text: String) -> String {
    guard !isUnicode, !TerminalText.isPlainASCII(text) else { return text }
    return Self.inASCII[text] ?? (TerminalText.width(text) == 2 ? "??" : "?")
  }

  private static let inASCII = [
    "─": "-", "│": "|", "╭": "+", "╮": "+", "╰": "+", "╯": "+", "┤": "+", "└": "+", "┬": "+",
    "…": "~", "·": "-", "–": "-", "−": "-", "±": "~", "↓": "v", "↑": "^", "→": ">", "←": "<",
    "›": ">", "▸": ">", "▾": "v", "●": "*", "█": "#", "▓": "#", "▒": "+", "░": ".", "✓": "v",
    "▏": " ", "▎": " ", "▍": " ", "▌": "=", "▋": "=", "▊": "=", "▉": "=", "⏎": ">", "é": "e",
    "∞": "?", "×": "x", "⇥": ">", "▀": "#",
  ]
}
