import Foundation

/// What is seen as a cell of a notebook, to copy.
enum CellText {
  /// - Parameter keys: values as YAML has them: lists and mappings in brackets stay, other texts are quoted where they must.
  static func yaml(_ kind: String, _ keys: [(key: String, value: String)]) -> String {
    let body = keys.map { "    \($0): \(text(of: $1, for: $0))\n" }.joined()
    return "- \(kind):\(body.isEmpty ? " {}\n" : "\n" + body)"
  }

  /// Keys whose value is one name, whatever it looks like.
  private static let names: Set = ["color", "facet", "metric", "x", "y"]

  /// A value as YAML has it. Lists and mappings in brackets stay; a name that is written so is a name.
  static func text(of value: String, for key: String) -> String {
    if names.contains(key), !value.contains(", ") {
      return Double(value) == nil && value.first != "[" ? scalar(value) : quoted(value)
    }
    let isFlow =
      value.hasPrefix("[") && value.hasSuffix("]") || value.hasPrefix("{") && value.hasSuffix("}")
    return isFlow ? value : scalar(value)
  }

  /// Several names as a list, one as itself.
  static func list(_ names: [String]) -> String {
    names.count == 1 ? names[0] : "[\(names.map(scalar).joined(separator: ", "))]"
  }

  private static func quoted(_ text: String) -> String {
    "'" + text.replacingOccurrences(of: "'", with: "''") + "'"
  }

  /// Where lines and tabs have to be written.
  private static func inDoubleQuotes(_ text: String) -> String {
    let written = text.unicodeScalars.map { scalar in
      switch scalar {
      case "\n": "\\n"
      case "\r": "\\r"
      case "\t": "\\t"
      case "\"": "\\\""
      case "\\": "\\\\"
      case "\u{85}", "\u{2028}", "\u{2029}", "\u{0B}", "\u{0C}":
        "\\u" + String(repeating: "0", count: 4 - String(scalar.value, radix: 16).count)
          + String(scalar.value, radix: 16)
      default: String(scalar)
      }
    }
    return "\"\(written.joined())\""
  }

  /// As plain text where YAML reads it as the text it is, else in quotes.
  static func scalar(_ text: String) -> String {
    if Double(text) != nil || ["true", "false"].contains(text) { return text }
    let isPlain =
      text.first?.isLetter == true
      && text.unicodeScalars.allSatisfy {
        switch $0 {
        case "a"..."z", "A"..."Z", "0"..."9", "_", ".", "/", "-": true
        default: false
        }
      } && !["null", "none", "yes", "no", "on", "off"].contains(text.lowercased())
    if isPlain { return text }
    return text.contains { $0.isNewline || $0 == "\t" } ? inDoubleQuotes(text) : quoted(text)
  }

  static func button(_ kind: String, _ keys: [(key: String, value: String)]) -> Markup {
    """
    <details class="copy"><summary>As a cell of a notebook</summary>
    <pre><code>\(Markup(lines: yaml(kind, keys)))</code></pre><button type="button" data-copy>Copy as cell</button></details>
    """
  }
}

extension Markup {
  /// Text of several lines, as text.
  init(lines text: String) {
    self.init(
      trusted: text.split(separator: "\n", omittingEmptySubsequences: false)
        .map { ("\(String($0))" as Markup).html }.joined(separator: "\n"))
  }
}
