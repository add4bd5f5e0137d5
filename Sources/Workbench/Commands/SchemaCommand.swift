import ArgumentParser
import ExperimentFiles

struct SchemaCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Print the JSON Schema of the experiment file.",
    discussion: """
      Made from the table that the parser uses. An editor with a YAML language server completes \
      and checks experiment files with it: save it, and begin a file with \
      '# yaml-language-server: $schema=experiment.schema.json'.
      """)

  @Flag(help: "Print the table of keys of the documentation instead.")
  var markdown = false

  @Flag(help: "Print the documentation's tables of cells instead.")
  var cells = false

  func run() async throws {
    if cells {
      printText(CellTable.markdown)
      return
    }
    printText(markdown ? KeyTable.markdown : try jsonDocument(JSONSchema.document))
  }
}
