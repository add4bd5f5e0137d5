import Analysis
import ArgumentParser
import Store

struct DiffCommand: StoreQuestion {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Show where two runs differ: settings, code and machine, metrics.")

  @Argument(help: RunArgument.help)
  var first: String

  @Argument(help: RunArgument.help)
  var second: String

  @OptionGroup var format: JSONOption
  @OptionGroup var store: StoreOptions

  func output(_ store: RunStore, style: TerminalStyle) throws -> String {
    let difference = try store.difference(store.resolve(first), store.resolve(second))
    if format.json { return try jsonDocument(difference) }
    let names = try [difference.a, difference.b].map { try store.memberships(run: $0)[0].name }
    let text = DifferenceText(difference, style)
    return text.heading(names) + text.body()
  }
}
