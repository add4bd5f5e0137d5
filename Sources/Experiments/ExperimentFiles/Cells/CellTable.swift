/// The tables of every kind of cell and its keys, as the documentation has them.
package enum CellTable {
  /// Markdown; every line ends in a line break.
  package static var markdown: String {
    var lines: [String] = []
    for kind in CellKinds.all {
      if !lines.isEmpty { lines.append("") }
      lines += ["### `\(kind.kind)`", "", kind.about]
      if let main = kind.mainKey {
        lines[lines.count - 1] += " Text instead of a mapping is its `\(main)`."
      }
      lines += ["", "| key | values | default | meaning |", "|---|---|---|---|"]
      for key in CellKey.all(of: kind) {
        let standard = key.isRequired ? "required" : key.standard ?? "–"
        lines.append(
          "| `\(key.name)` | \(key.type.expectation) | \(standard) | \(key.about) |")
      }
      if let values = kind.valueNames, !values.isEmpty {
        lines += ["", "Values for others:"]
        lines[lines.count - 1] +=
          " "
          + values.map { "`\($0.name)`, \($0.about)" }
          .joined(separator: "; ") + "."
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }
}
