import Analysis
import ArgumentParser
import Store

struct ShowCommand: StoreQuestion {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show one run: settings, provenance, metrics, artifacts, events.")

  @Argument(help: RunArgument.help)
  var reference: String

  @OptionGroup var format: JSONOption
  @OptionGroup var store: StoreOptions

  func output(_ store: RunStore, style: TerminalStyle) throws -> String {
    let page = try RunPage(store.resolve(reference), store)
    return format.json ? try jsonDocument(page) : page.text()
  }
}

/// What RUN may be.
enum RunArgument {
  static let help = ArgumentHelp(
    "A run: the beginning of its id, EXPERIMENT/LABEL, 'last', or 'best:EXPERIMENT'.",
    valueName: "run")
}
