import ArgumentParser
import Experiments

struct DiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Say where two runs part: settings, code and machine, metrics.")

  @Argument(help: RunArgument.help)
  var first: String

  @Argument(help: RunArgument.help)
  var second: String

  @Flag(name: .long, help: "Print one JSON document.")
  var json = false

  @OptionGroup var store: StoreOptions

  func run() async throws {
    printText(try output(store.open()))
  }

  func output(_ store: RunStore) throws -> String {
    let difference = try store.difference(store.resolve(first), store.resolve(second))
    if json { return try jsonDocument(difference) }
    let names = try [difference.a, difference.b].map { try store.memberships(run: $0)[0].name }
    return text(difference, names)
  }

  private func text(_ difference: RunDifference, _ names: [String]) -> String {
    let ids = shortIDs([difference.a, difference.b])
    var result =
      zip(["a", "b"], zip([difference.a, difference.b], names)).map { letter, run in
        "\(letter)  \(ids[run.0] ?? run.0)  \(printable(run.1))\n"
      }.joined()
    result += "\nSettings" + changes(difference.settings)
    result += "\nCode and environment" + changes(difference.environment)
    result += "\nMetrics" + metrics(difference)
    for (names, letter) in [(difference.metricsOnlyInA, "a"), (difference.metricsOnlyInB, "b")]
    where !names.isEmpty {
      result += "\nOnly in \(letter): " + printable(names.joined(separator: ", ")) + "\n"
    }
    return result
  }

  private func changes(_ changes: [RunDifference.Change]) -> String {
    if changes.isEmpty { return ": no difference\n" }
    var table = TextTable([.init("  key"), .init("a"), .init("b")])
    for change in changes {
      table.append([
        "  " + change.key, change.a.map(summary) ?? "–", change.b.map(summary) ?? "–",
      ])
    }
    return "\n" + table.rendered()
  }

  private func metrics(_ difference: RunDifference) -> String {
    if difference.metrics.isEmpty { return ": none that both have\n" }
    var table = TextTable([
      .init("  metric"), .init("parts at step", alignsRight: true),
      .init("steps in both", alignsRight: true), .init("last a", alignsRight: true),
      .init("last b", alignsRight: true),
    ])
    for metric in difference.metrics {
      let parts = metric.commonSteps == 0 ? "–" : "never"
      table.append([
        "  " + metric.name, metric.partsAt.map { String($0) } ?? parts,
        String(metric.commonSteps), NumberText.value(metric.a), NumberText.value(metric.b),
      ])
    }
    return "\n" + table.rendered()
  }
}
