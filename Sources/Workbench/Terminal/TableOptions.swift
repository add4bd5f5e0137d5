import ArgumentParser

/// How a verb that answers with a table prints it.
struct TableOptions: ParsableArguments {
  @Flag(help: "Print one JSON document.")
  var json = false

  @Flag(help: "Print a Markdown table.")
  var markdown = false

  @Flag(help: "Print comma-separated values.")
  var csv = false

  var format: TextTable.Format {
    markdown ? .markdown : csv ? .csv : .plain
  }

  func validate() throws {
    if [json, markdown, csv].count(where: { $0 }) > 1 {
      throw ValidationError("Choose one of --json, --markdown and --csv.")
    }
  }
}
