import Foundation

/// Text in queries of SQLite.
package enum SQLText {
  /// Whether the first word, after comments, is one that reads.
  package static func isQuery(_ sql: String) -> Bool {
    var rest = sql[...]
    while true {
      rest = rest.drop { $0.isWhitespace || $0 == "(" }
      if rest.hasPrefix("--") {
        rest = rest.drop { !$0.isNewline }
      } else if rest.hasPrefix("/*") {
        guard let end = rest.range(of: "*/") else { return false }
        rest = rest[end.upperBound...]
      } else {
        break
      }
    }
    let word = rest.prefix { $0.isLetter }.uppercased()
    return ["SELECT", "WITH", "VALUES", "EXPLAIN"].contains(word)
  }

  /// A text as a literal; SQLite has none with NUL.
  package static func literal(_ text: String) -> String {
    "'" + text.replacingOccurrences(of: "'", with: "''").replacingOccurrences(of: "\0", with: "")
      + "'"
  }

  /// A name in quotes.
  package static func identifier(_ name: String) -> String {
    "\""
      + name.replacingOccurrences(of: "\"", with: "\"\"").replacingOccurrences(of: "\0", with: "")
      + "\""
  }
}
