import Text

/// How wide a text will be, without the font: nobody knows which sans-serif the page has.
enum TextWidth {
  /// In pixels at the plots' font size, on the wide side (DejaVu Sans, the widest of the usual
  /// ones, stays inside).
  static func estimate(_ text: String, fontSize: Double = PlotTheme.fontSize) -> Double {
    fontSize * text.unicodeScalars.reduce(0.0) { $0 + ems($1) }
  }

  /// The text, or as much of it as fits with an ellipsis.
  static func fitted(_ text: String, width: Double) -> String {
    guard estimate(text) > width else { return text }
    // No letter is narrower than a third of the type.
    var kept = String(text.prefix(Int(width / PlotTheme.fontSize * 3) + 1))
    while !kept.isEmpty, estimate(kept + "…") > width { kept.removeLast() }
    return kept + "…"
  }

  /// The text in lines that fit, cut where they are too many.
  static func lines(_ text: String, width: Double, most: Int) -> [String] {
    BrokenLines.of(text, most: most, ellipsis: "…") { estimate($0) <= width }
  }

  private static func ems(_ scalar: Unicode.Scalar) -> Double {
    switch scalar {
    case "i", "j", "l", "I", "'", "|", ".", ",", ":", ";", " ", "·": 0.34
    case "f", "r", "t", "(", ")", "[", "]", "-", "/", "!", "\"": 0.42
    case "m", "w", "M", "W", "%", "@": 0.96
    case "A"..."Z", "=", "+", "<", ">", "−", "±", "~": 0.74
    case "0"..."9", "a"..."z", "_", "–", "²": 0.62
    default: 1
    }
  }
}
