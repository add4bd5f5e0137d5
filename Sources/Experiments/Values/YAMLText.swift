import Text

/// Settings as a person would write them in an experiment file.
package enum YAMLText {
  /// Dotted paths as nested mappings, keys in alphabetical order.
  package static func nested(_ values: [String: ParameterValue]) -> String {
    let entries = values.map { (path: $0.key.split(separator: ".").map(String.init), $0.value) }
      .sorted { $0.path.lexicographicallyPrecedes($1.path) }
    var lines: [String] = []
    var open: [String] = []
    for (path, value) in entries {
      guard let key = path.last else { continue }
      let parents = Array(path.dropLast())
      let shared = zip(open, parents).prefix { $0 == $1 }.count
      for depth in shared..<max(shared, parents.count) {
        lines.append(indented(depth, "\(scalar(parents[depth])):"))
      }
      open = parents
      lines.append(indented(parents.count, "\(scalar(key)): \(text(value))"))
    }
    return lines.joined(separator: "\n")
  }

  package static func text(_ value: ParameterValue) -> String {
    switch value {
    case .null: "null"
    case .string(let text): scalar(text)
    case .list(let values): "[" + values.map(self.text).joined(separator: ", ") + "]"
    case .boolean, .integer, .number: value.text
    }
  }

  /// Bare where YAML reads it back as the same string, else in double quotes.
  private static func scalar(_ text: String) -> String {
    let reserved: Set = ["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"]
    let isBare =
      text.unicodeScalars.allSatisfy {
        switch $0 {
        case "A"..."Z", "a"..."z", "0"..."9", "_", "-", "/", ".": true
        default: false
        }
      } && text.first?.isLetter == true && !reserved.contains(text.lowercased())
    if isBare { return text }
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": quoted += "\\\(scalar)"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  private static func indented(_ depth: Int, _ text: String) -> String {
    String(repeating: "  ", count: depth) + text
  }
}
