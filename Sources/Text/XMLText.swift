/// Foreign text inside an SVG.
package enum XMLText {
  /// Safe as element content and inside a quoted attribute, on one line.
  package static func escaped(_ text: String) -> String {
    // Most text needs nothing.
    if text.utf8.allSatisfy(isPlain) { return text }
    var result = ""
    for scalar in SafeText.singleLine(text).unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""),
      UInt8(ascii: "'"):
      false
    default: SafeText.isPlain(byte)
    }
  }
}
