import Analysis
import ArgumentParser
import Store
import Text
import Values

struct LogsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs", abstract: "Print a run's events and output.")

  @Argument(help: RunArgument.help)
  var reference: String

  @Flag(help: "Keep printing until the run ends, and how the loss goes.")
  var follow = false

  @OptionGroup var format: JSONOption
  @OptionGroup var store: StoreOptions

  func validate() throws {
    if format.json, follow { throw ValidationError("Choose one of --json and --follow.") }
  }

  func run() async throws {
    let store = try store.open()
    let id = try store.resolve(reference)
    let events = try store.events(run: id)
    if format.json { return printText(try jsonDocument(events)) }
    printText(events.map(LogsCommand.line).joined())
    if follow { try await follow(id, after: events.last?.id ?? 0, store) }
  }

  /// Looks twice a second until the run has ended and everything it said is printed.
  private func follow(_ run: String, after last: Int, _ store: RunStore) async throws {
    var last = last
    var shown = -1
    while true {
      try store.markCrashedRuns()
      let state = try store.memberships(run: run)[0].state
      if let progress = try progress(run, after: shown, store) {
        printText(progress.text)
        shown = progress.step
      }
      let events = try store.events(run: run, after: last)
      printText(events.map(LogsCommand.line).joined())
      last = events.last?.id ?? last
      guard state == .running || state == .queued else { return }
      try await Task.sleep(for: .milliseconds(500))
    }
  }

  /// The newest loss, where there is a newer one than was shown; of another program's runs, who knows what they call theirs,
  /// what they have logged last.
  private func progress(
    _ run: String, after shown: Int, _ store: RunStore
  ) throws -> (step: Int, text: String)? {
    let history = try store.history(run: run, metric: MetricName.trainLoss)
    if let step = history.steps.last, let loss = history.values.last {
      return step > shown
        ? (step, "step \(step)  \(MetricName.trainLoss) \(NumberText.value(loss))\n") : nil
    }
    let summary = try store.memberships(run: run)[0]
    guard summary.source != nil, summary.step > shown else { return nil }
    let values = summary.metrics.filter { $0.value.lastStep == summary.step }
      .sorted { $0.key < $1.key }.prefix(Self.mostShown)
      .map { "  \(printable($0.key)) \(NumberText.value($0.value.last))" }
    return values.isEmpty ? nil : (summary.step, "step \(summary.step)\(values.joined())\n")
  }

  private static let mostShown = 4

  static func line(_ event: RunEvent) -> String {
    let mark =
      switch event.level {
      case .info, .output: ""
      case .warning: "warning: "
      case .error: "error: "
      }
    return "\(event.created)  \(mark)\(printable(event.text, lines: true))\n"
  }
}
