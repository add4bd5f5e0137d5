/// Foreign text made harmless for what displays it.
package enum SafeText {
  /// On one line: line breaks and tabs become spaces; other control characters, and marks that
  /// turn the direction of the text around them, become U+FFFD.
  package static func singleLine(_ text: String) -> String {
    if text.utf8.allSatisfy(isPlain) { return text }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x20..<0x7F: bytes.append(UInt8(scalar.value))
      case 0x09, 0x0A, 0x0D, 0x85, 0x2028, 0x2029: bytes.append(UInt8(ascii: " "))
      default: bytes += UTF8.encode(isHarmless(scalar) ? scalar : "\u{FFFD}")!
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The same with line breaks kept, as "\n".
  package static func lines(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    var afterReturn = false
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": if !afterReturn { result.append("\n") }
      case "\r", "\u{85}", "\u{2028}", "\u{2029}": result.append("\n")
      case "\t": result.append("\t")
      default: result.append(isHarmless(scalar) ? scalar : "\u{FFFD}")
      }
      afterReturn = scalar == "\r"
    }
    return String(result)
  }

  /// A file name of [a-z0-9-], at most `limit` long; "x" if nothing is left.
  package static func fileName(_ text: String, limit: Int = 60) -> String {
    var result = ""
    for byte in text.lowercased().utf8 {
      let character = Character(UnicodeScalar(byte))
      if character.isASCII, character.isLetter || character.isNumber {
        result.append(character)
      } else if !result.hasSuffix("-"), !result.isEmpty {
        result.append("-")
      }
    }
    result = String(result.prefix(limit))
    while result.hasSuffix("-") { result.removeLast() }
    return result.isEmpty ? "x" : result
  }

  /// Of ASCII that is shown.
  static func isPlain(_ byte: UInt8) -> Bool { (0x20...0x7E).contains(byte) }

  private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1F, 0x7F...0x9F: false
    case 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0x061C: false
    case 0xFEFF, 0xFFFE, 0xFFFF: false
    default: true
    }
  }
}
