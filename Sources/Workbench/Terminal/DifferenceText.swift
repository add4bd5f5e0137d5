import Analysis
import Text

/// Where two runs differ, for a terminal: `diff`, and the evidence of `why`.
struct DifferenceText {
  let difference: RunDifference
  let style: TerminalStyle

  init(_ difference: RunDifference, _ style: TerminalStyle = .plain) {
    self.difference = difference
    self.style = style
  }

  /// Which run is a and which is b.
  func heading(_ names: [String]) -> String {
    let ids = shortIDs([difference.a, difference.b])
    return zip(["a", "b"], zip([difference.a, difference.b], names)).map { letter, run in
      "\(letter)  \(ids[run.0] ?? run.0)  \(printable(run.1))\n"
    }.joined()
  }

  func body() -> String {
    var result = title("Settings") + changes(difference.settings)
    for (name, found) in [("Inputs", difference.inputs), ("Data", difference.data)]
    where !found.isEmpty {
      result += title(name) + changes(found)
    }
    result += title("Code and environment") + changes(difference.environment)
    result += title("Metrics") + metrics()
    for (names, letter) in [(difference.metricsOnlyInA, "a"), (difference.metricsOnlyInB, "b")]
    where !names.isEmpty {
      result += "\nOnly in \(letter): " + printable(names.joined(separator: ", ")) + "\n"
    }
    return result
  }

  private func title(_ text: String) -> String { "\n" + style.colored(text, .bold) }

  private func changes(_ changes: [RunDifference.Change]) -> String {
    if changes.isEmpty { return ": no difference\n" }
    var table = TextTable(["  key", "a", "b"])
    for change in changes {
      table.append([
        "  " + change.key, change.a.map(summary) ?? "–", change.b.map(summary) ?? "–",
      ])
    }
    return "\n" + table.rendered(style: style)
  }

  private func metrics() -> String {
    if difference.metrics.isEmpty { return ": none in common\n" }
    var table = TextTable([
      "  metric", .number("differs from step"), .number("steps in both"), .number("last a"),
      .number("last b"),
    ])
    for metric in difference.metrics {
      let parts = metric.commonSteps == 0 ? "–" : "never"
      table.append([
        "  " + metric.name, metric.partsAt.map { String($0) } ?? parts,
        String(metric.commonSteps), NumberText.value(metric.a), NumberText.value(metric.b),
      ])
    }
    return "\n" + table.rendered(style: style)
  }
}
