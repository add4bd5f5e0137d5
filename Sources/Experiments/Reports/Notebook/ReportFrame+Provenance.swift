import Analysis
import Store
import Text
import Values

extension ReportFrame {
  /// When, where and from what the runs were made.
  func provenance() throws -> String {
    var rows: [[String]] = []
    let done = table.runs.filter { $0.state == .finished }
    if let first = done.map(\.created).min(), let last = done.compactMap(\.ended).max() {
      rows.append(["runs made", "\(TimeText.minute(first)) to \(TimeText.minute(last))"])
    }
    let inputs = try table.store.inputs(runs: table.runs.map(\.id))
    for named in NamedInput.all {
      let texts = table.runs.compactMap { run in
        inputs[run.id]?.content(of: named).map { "\($0.text), content \($0.shortHash)" }
      }
      if !texts.isEmpty { rows.append(row(named.name, texts)) }
    }
    let environments = try table.runs.map { try table.environment(of: $0) }
    for key in Set(environments.flatMap(\.keys)).filter(Self.isProvenance).sorted() {
      rows.append(row(key, environments.compactMap { $0[key] }))
    }
    guard !rows.isEmpty else { return "" }
    return "## Provenance\n\n"
      + MarkdownText.table(header: ["", ""], alignments: [":--", ":--"], rows: rows)
  }

  private func row(_ key: String, _ all: [String]) -> [String] {
    let values = tally(all)
    let shown = values.count <= 5 ? values : Array(values.prefix(4))
    var texts = shown.map { value in
      let text = MarkdownText.escaped(Self.shortened(value.text, of: key))
      return values.count > 1
        ? "\(text) (\(value.count) \(value.count == 1 ? "run" : "runs"))" : text
    }
    if values.count > shown.count { texts.append("and \(values.count - shown.count) more") }
    return [MarkdownText.code(key, inTable: true), texts.joined(separator: "<br>")]
  }

  /// Not what is long, or each run's own and said elsewhere.
  private static func isProvenance(_ key: String) -> Bool {
    key != "git.diff" && key != Provenance.command
  }

  private static func shortened(_ value: String, of key: String) -> String {
    if key == "git.commit" { return String(value.prefix(12)) }
    if key == "memory.bytes", let bytes = Double(value) {
      return DecimalText.fixed(bytes / 1_073_741_824, decimals: 1) + " GiB"
    }
    if key.hasPrefix("data.") { return value }
    return value.count > 200 ? value.prefix(200) + "…" : value
  }
}
