import Analysis
import ArgumentParser
import Store

struct ShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one run: settings, provenance, metrics, artifacts, events.")

  @Argument(help: RunArgument.help)
  var reference: String

  @Flag(name: .long, help: "Print one JSON document.")
  var json = false

  @OptionGroup var store: StoreOptions

  func run() async throws {
    printText(try output(store.open()))
  }

  func output(_ store: RunStore) throws -> String {
    let id = try store.resolve(reference)
    let page = try RunPage(id, store)
    return json ? try jsonDocument(page) : page.text()
  }
}

/// What RUN may be.
enum RunArgument {
  static let help = ArgumentHelp(
    "A run: the beginning of its id, EXPERIMENT/LABEL, 'last', or 'best:EXPERIMENT'.",
    valueName: "run")
}
