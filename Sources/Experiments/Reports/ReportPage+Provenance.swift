import ExperimentFiles
import Store
import Text
import Values

extension ReportPage {
  /// Banner lines: why what follows may not be the whole story.
  func banner() -> String {
    var lines: [String] = []
    let missing = input.runs.filter { ![.finished, .pruned, .failed, .crashed].contains($0.state) }
    let count = input.runs.count
    if !missing.isEmpty {
      let states = tally(missing.map(\.state.rawValue))
        .map { "\($0.count) \($0.text)" }.joined(separator: ", ")
      lines.append(
        "\(missing.count) of \(count) runs \(missing.count == 1 ? "is" : "are") missing "
          + "(\(states)).")
    }
    if input.pending > 0 {
      lines.append(
        "\(input.pending) of \(count + input.pending) runs are not proposed yet: the search is not through."
      )
    }
    let failed = input.runs.filter { $0.state == .failed || $0.state == .crashed }
    if !failed.isEmpty {
      lines.append("\(failed.count) of \(count) runs failed:")
      // A line that says "and 1 more" has room for the one.
      let shown = failed.count <= 6 ? failed : Array(failed.prefix(5))
      for run in shown {
        let reason = run.error.map { ": \(MarkdownText.escaped(String($0.prefix(300))))" } ?? ""
        lines.append("- \(MarkdownText.escaped(run.label)) (\(run.state.rawValue))\(reason)")
      }
      if failed.count > shown.count { lines.append("- and \(failed.count - shown.count) more") }
    }
    if input.deleted > 0 {
      lines.append(
        input.deleted == 1
          ? "1 run is deleted (`workbench restore` brings it back)."
          : "\(input.deleted) runs are deleted (`workbench restore` brings them back).")
    }
    if input.orphans > 0 {
      lines.append(
        "The experiment file has changed: \(input.orphans) finished "
          + "\(input.orphans == 1 ? "run is" : "runs are") no longer asked for and left out.")
    }
    let done = input.runs.filter { $0.state == .finished }
    for (key, what) in [("git.commit", "commits"), ("program.version", "versions")] {
      let values = tally(done.compactMap { $0.environment[key] })
      if values.count > 1 {
        lines.append("The runs were made by \(values.count) different \(what) of the program.")
        break
      }
    }
    guard !lines.isEmpty else { return "" }
    let isOver = failed.allSatisfy(\.hasDiverged)
    if !missing.isEmpty || !isOver || input.pending > 0 {
      lines.append("`workbench run` on the experiment file makes what is missing.")
    }
    // Paragraphs, but for the items of a list.
    return "> [!WARNING]\n"
      + lines.enumerated().map { index, line in
        index == 0 || line.hasPrefix("- ") ? "> \(line)" : ">\n> \(line)"
      }.joined(separator: "\n")
  }

  func swept() -> String {
    guard settings.all.count > 1 || input.runs.count > 1 else { return "" }
    var lines: [String] = []
    for path in settings.paths {
      var texts: [String] = []
      for setting in settings.all {
        let text = setting.values[path]?.text ?? "none"
        if !texts.contains(text) { texts.append(text) }
      }
      var shown = texts.prefix(12).map(MarkdownText.escaped).joined(separator: ", ")
      if texts.count > 12 { shown += ", … (\(texts.count) values)" }
      lines.append("- \(MarkdownText.code(path)): \(shown)")
    }
    for path in settings.repeatedPaths {
      let texts = tally(
        input.runs.compactMap { run in run.overrides.last { $0.path == path }?.value.text }
      ).map(\.text)
      lines.append(
        "- repeated over \(MarkdownText.code(path)): "
          + texts.prefix(12).map(MarkdownText.escaped).joined(separator: ", ")
          + (texts.count > 12 ? ", …" : ""))
    }
    let settingCount = settings.all.count
    let sizes =
      settingCount == input.runs.count
      ? "" : settingCount == 1 ? "One setting, " : "\(settingCount) settings, "
    return "## What was swept\n\n" + lines.joined(separator: "\n")
      + "\n\n\(sizes)\(input.runs.count) runs."
  }

  func common() -> String {
    guard let first = input.runs.first else { return "" }
    let shared = first.settings.filter { path, value in
      input.runs.allSatisfy { $0.settings[path] == value }
    }
    guard !shared.isEmpty else { return "" }
    let title = settings.all.count > 1 ? "Settings common to all runs" : "Settings"
    return "## \(title)\n\n" + MarkdownText.block(YAMLText.nested(shared), language: "yaml")
  }

  func provenance() -> String {
    var rows: [[String]] = []
    let done = input.runs.filter { $0.state == .finished }
    if let first = done.map(\.created).min(), let last = done.compactMap(\.ended).max() {
      rows.append(["runs made", "\(TimeText.minute(first)) to \(TimeText.minute(last))"])
    }
    for named in NamedInput.all {
      let texts = input.runs.compactMap { run in
        run.inputs.content(of: named).map { "\($0.text), content \($0.shortHash)" }
      }
      if !texts.isEmpty { rows.append(row(named.name, texts)) }
    }
    let keys = Set(input.runs.flatMap { $0.environment.keys }).filter(Self.isProvenance).sorted()
    for key in keys {
      rows.append(row(key, input.runs.compactMap { $0.environment[key] }))
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

  func reproduction() -> String {
    let list = MarkdownText.table(
      header: ["run", "label", "state", "seed", "steps", "ended"],
      alignments: [":--", ":--", ":--", "--:", "--:", ":--"],
      rows: input.runs.map { run in
        [
          MarkdownText.code(String(run.id.prefix(8)), inTable: true),
          MarkdownText.escaped(run.label), run.state.rawValue, "\(run.seed)", "\(run.step)",
          run.ended.map(TimeText.minute) ?? "–",
        ]
      })
    let text = ExperimentText(joined: input.fileText)
    let files = text.saved(as: name + (input.isDocument ? ".md" : ".yaml"))
    let file = files.first?.path ?? name
    let command = (["workbench", "run", file] + text.overrides).map(ShellText.word)
    let opening =
      input.fileText.isEmpty
      ? "With the experiment file as \(MarkdownText.code(file)):"
      : files.count == 1
        ? "Save the experiment file below as \(MarkdownText.code(file)), then:"
        : "Save the \(files.count) experiment files below under their names, then:"
    var parts = [
      "## How to reproduce", opening,
      MarkdownText.block(
        """
        \(command.joined(separator: " "))    # makes the runs that are missing, then this report
        workbench compare \(name)
        workbench sql --experiment \(name) "SELECT * FROM wide"
        """, language: "sh"),
      details("Runs", list),
    ]
    if !input.fileText.isEmpty {
      let blocks = files.map { file in
        let block = MarkdownText.block(
          file.text, language: MarkdownDocument.isNamed(file.path) ? "markdown" : "yaml")
        return files.count == 1 ? block : "\(MarkdownText.code(file.path)):\n\n\(block)"
      }
      parts.append(
        details(
          files.count == 1 ? "Experiment file" : "Experiment files",
          blocks.joined(separator: "\n\n")))
    }
    return parts.joined(separator: "\n\n")
  }

  private func details(_ summary: String, _ body: String) -> String {
    "<details>\n<summary>\(summary)</summary>\n\n\(body)\n\n</details>"
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

  /// Distinct texts with how often each occurs, in the order of their first.
  private func tally(_ texts: [String]) -> [(text: String, count: Int)] {
    var result: [(text: String, count: Int)] = []
    for text in texts {
      if let place = result.firstIndex(where: { $0.text == text }) {
        result[place].count += 1
      } else {
        result.append((text, 1))
      }
    }
    return result
  }
}
