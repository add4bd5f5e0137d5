/// Foreign text inside an SVG.
package enum XMLText {
  /// Safe as element content and inside a quoted attribute, on one line.
  package static func escaped(_ text: String) -> String {
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
}
