import ArgumentParser
import Experiments

struct RunsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "List runs, of one experiment or of all.")

  @Argument(help: "An experiment's name; without it, every run.")
  var experiment: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Only runs in this state: \(RunState.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "state"),
    transform: RunsCommand.state)
  var state: [RunState] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Order by a column, a setting or a metric's last value.", valueName: "key"))
  var sort: String?

  @Flag(name: .long, help: "Highest first.")
  var reverse = false

  @OptionGroup var table: TableOptions
  @OptionGroup var store: StoreOptions

  private static func state(_ name: String) throws -> RunState {
    guard let state = RunState(rawValue: name) else {
      throw ValidationError("No run is ever '\(printable(name))'.")
    }
    return state
  }

  func run() async throws {
    printText(try output(store.open()))
  }

  func output(_ store: RunStore) throws -> String {
    var runs = try experiment.map { try store.runs(experiment: $0) } ?? store.runs()
    if !state.isEmpty { runs = runs.filter { state.contains($0.state) } }
    if let sort {
      runs = try RunOrder.sorted(runs, by: sort, reversed: reverse)
    } else if reverse {
      runs.reverse()
    }
    if table.json { return try jsonDocument(runs.map(RunDocument.init)) }
    return try list(runs, metrics: metrics(of: runs, store)).rendered(table.format)
  }

  /// Objectives of the experiments shown, the training loss, and what the list is sorted by.
  private func metrics(of runs: [RunSummary], _ store: RunStore) throws -> [String] {
    let shown = Set(runs.compactMap(\.experiment))
    let objectives = try store.experiments().filter { shown.contains($0.name) }
      .compactMap { $0.objective?.metric }
    let known = Set(runs.flatMap(\.metrics.keys))
    var metrics: [String] = []
    for name in objectives + ["train/loss"] + [sort].compactMap({ $0 })
    where known.contains(name) && !metrics.contains(name) {
      metrics.append(name)
    }
    return metrics
  }

  private func list(_ runs: [RunSummary], metrics: [String]) -> TextTable {
    let setting = sort.flatMap { key in
      runs.contains { $0.parameters[key] != nil } ? key : nil
    }
    var table = TextTable(
      [
        .init("id"), .init("experiment"), .init("label"), .init("state"),
        .init("step", alignsRight: true), .init("seed", alignsRight: true),
        .init("time", alignsRight: true),
      ] + [setting].compactMap { $0 }.map { .init($0) }
        + metrics.map { .init($0, alignsRight: true) })
    let ids = shortIDs(runs.map(\.id))
    for run in runs {
      let state = run.state.rawValue + (run.isOrphan ? " (orphan)" : "")
      table.append(
        [
          ids[run.id] ?? run.id, run.experiment ?? "–", run.label ?? "–", state,
          String(run.step), String(run.seed), run.seconds.map(NumberText.duration) ?? "–",
        ] + [setting].compactMap { $0 }.map { run.parameters[$0]?.text ?? "–" }
          + metrics.map { run.metrics[$0].map { NumberText.value($0.last) } ?? "–" })
    }
    return table
  }
}
