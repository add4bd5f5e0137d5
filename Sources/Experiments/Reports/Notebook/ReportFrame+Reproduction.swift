import Analysis
import ExperimentFiles
import Store
import Text
import Values

extension ReportFrame {
  /// How to make it all again.
  func reproduction() -> String {
    let list = MarkdownText.table(
      header: ["run", "label", "state", "seed", "steps", "ended"],
      alignments: [":--", ":--", ":--", "--:", "--:", ":--"],
      rows: table.runs.map { run in
        [
          MarkdownText.code(String(run.id.prefix(8)), inTable: true),
          MarkdownText.escaped(run.title), run.state.rawValue, "\(run.seed)", "\(run.step)",
          run.ended.map(TimeText.minute) ?? "–",
        ]
      })
    let fileText = table.experiment.fileText
    if fileText.isEmpty, table.isImported {
      return [
        "## Where the runs are from", origin,
        MarkdownText.block(
          """
          workbench compare \(name)
          workbench sql --experiment \(name) "SELECT * FROM wide"
          """, language: "sh"), details("Runs", list),
      ].compactMap { $0 }.joined(separator: "\n\n")
    }
    let text = ExperimentText(joined: fileText)
    let files = text.saved(as: name + (isDocument ? ".md" : ".yaml"))
    let file = files.first?.path ?? name
    let command = (["workbench", "run", file] + text.overrides).map(ShellText.word)
    let opening =
      fileText.isEmpty
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
    ]
    if let origin { parts.append("Imported besides:\n\n" + origin) }
    parts.append(details("Runs", list))
    if !fileText.isEmpty {
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

  /// Of imported runs nothing says how they were made, but which files told of them.
  private var origin: String? {
    let places = (try? table.store.importPlaces(experiment: name)) ?? []
    let lines = places.map { place in
      "- \(place.count) \(place.count == 1 ? "run" : "runs") from \(MarkdownText.code(place.place)) "
        + "(\(MarkdownText.escaped(place.source)))"
    }
    return lines.isEmpty ? nil : lines.joined(separator: "\n")
  }

  private func details(_ summary: String, _ body: String) -> String {
    "<details>\n<summary>\(summary)</summary>\n\n\(body)\n\n</details>"
  }
}
