import Analysis
import Store
import Text
import Values

/// What a report says besides its cells: why they may not be the whole story, and where all of it comes from.
struct ReportFrame {
  let table: RunTable
  /// Whether the experiment's file is a Markdown document.
  let isDocument: Bool
  /// The report's own name: safe as a file's.
  let name: String

  init(_ table: RunTable, isDocument: Bool) {
    self.table = table
    self.isDocument = isDocument
    let own = table.experiment.name
    let isPlain = own.unicodeScalars.allSatisfy {
      switch $0 {
      case "A"..."Z", "a"..."z", "0"..."9", ".", "_", "-": true
      default: false
      }
    }
    name =
      isPlain && !own.isEmpty && !own.hasPrefix(".") && own.count <= 64
      ? own : SafeText.fileName(own)
  }

  /// Banner lines: why what follows may not be the whole story.
  func banner() throws -> String {
    let runs = table.runs
    let pending = table.experiment.pending
    var lines: [String] = []
    let missing = runs.filter { ![.finished, .pruned, .failed, .crashed].contains($0.state) }
    if !missing.isEmpty {
      let states = tally(missing.map(\.state.rawValue))
        .map { "\($0.count) \($0.text)" }.joined(separator: ", ")
      lines.append(
        "\(missing.count) of \(runs.count) runs \(missing.count == 1 ? "is" : "are") missing "
          + "(\(states)).")
    }
    if pending > 0 {
      lines.append(
        "\(pending) of \(runs.count + pending) runs have not been proposed yet: the search is not finished."
      )
    }
    let failed = runs.filter { $0.state == .failed || $0.state == .crashed }
    lines += failures(failed)
    if table.deleted > 0 {
      lines.append(
        table.deleted == 1
          ? "1 run is deleted (`workbench restore` brings it back)."
          : "\(table.deleted) runs are deleted (`workbench restore` brings them back).")
    }
    let orphans = table.orphans.count { $0.state == .finished }
    if orphans > 0 {
      lines.append(
        "The experiment file has changed: \(orphans) finished "
          + "\(orphans == 1 ? "run is" : "runs are") no longer in it and left out."
      )
    }
    let done = try runs.filter { $0.state == .finished }.map { try table.environment(of: $0) }
    for (key, what) in [("git.commit", "commits"), ("program.version", "versions")] {
      let values = tally(done.compactMap { $0[key] })
      if values.count > 1 {
        lines.append("The runs were made by \(values.count) different \(what) of the program.")
        break
      }
    }
    guard !lines.isEmpty else { return "" }
    // Nothing here goes on with an imported run.
    let isOpen = (missing + failed).contains { $0.source == nil && !$0.hasDiverged }
    if isOpen || pending > 0 {
      lines.append("`workbench run` on the experiment file makes what is missing.")
    }
    // Paragraphs, but for the items of a list.
    return "> [!WARNING]\n"
      + lines.enumerated().map { index, line in
        index == 0 || line.hasPrefix("- ") ? "> \(line)" : ">\n> \(line)"
      }.joined(separator: "\n")
  }

  private func failures(_ failed: [RunSummary]) -> [String] {
    guard !failed.isEmpty else { return [] }
    // A line that says "and 1 more" has room for the one.
    let shown = failed.count <= 6 ? failed : Array(failed.prefix(5))
    let rest = failed.count - shown.count
    return ["\(failed.count) of \(table.runs.count) runs failed:"]
      + shown.map { run in
        let reason = run.error.map { ": \(MarkdownText.escaped(String($0.prefix(300))))" } ?? ""
        return "- \(MarkdownText.escaped(run.title)) (\(run.state.rawValue))\(reason)"
      } + (rest > 0 ? ["- and \(rest) more"] : [])
  }

  /// The settings that all runs have in common.
  func common() throws -> String {
    let shared = try table.commonSettings()
    guard !shared.isEmpty else { return "" }
    let isSweep = try !table.tellingPaths().isEmpty
    return "## \(isSweep ? "Settings common to all runs" : "Settings")\n\n"
      + MarkdownText.block(YAMLText.nested(shared), language: "yaml")
  }

  /// Distinct texts with how often each occurs, in the order of their first.
  func tally(_ texts: [String]) -> [(text: String, count: Int)] {
    let counts = texts.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    return distinct(texts).map { ($0, counts[$0] ?? 0) }
  }
}
