import Analysis
import ArgumentParser
import Store

struct DiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Show where two runs differ: settings, code and machine, metrics.")

  @Argument(help: RunArgument.help)
  var first: String

  @Argument(help: RunArgument.help)
  var second: String

  @Flag(name: .long, help: "Print one JSON document.")
  var json = false

  @OptionGroup var store: StoreOptions

  func run() async throws {
    printText(try output(store.open(), style: .standardOutput))
  }

  func output(_ store: RunStore, style: TerminalStyle = .plain) throws -> String {
    let difference = try store.difference(store.resolve(first), store.resolve(second))
    if json { return try jsonDocument(difference) }
    let names = try [difference.a, difference.b].map { try store.memberships(run: $0)[0].name }
    let text = DifferenceText(difference, style)
    return text.heading(names) + text.body()
  }
}
