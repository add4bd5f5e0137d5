/// The table of every key, as the documentation has it.
package enum KeyTable {
  /// A Markdown table; every line ends in a line break.
  package static var markdown: String {
    var lines = ["| path | values | default | stage | meaning |", "|---|---|---|---|---|"]
    for definition in KeyDefinitions.all {
      let kinds = definition.conditions.map { condition in
        let name = condition.path.split(separator: ".").suffix(2).joined(separator: ".")
        return "\(name): \(condition.values.joined(separator: ", "))"
      }
      let only = kinds.isEmpty ? "" : " Only with \(kinds.joined(separator: "; "))."
      lines.append(
        "| `\(definition.path)` | \(definition.type.documentation) "
          + "| \(definition.defaultDocumentation) | \(definition.stage.rawValue) "
          + "| \(definition.documentation)\(only) |")
    }
    return lines.map { $0 + "\n" }.joined()
  }
}
