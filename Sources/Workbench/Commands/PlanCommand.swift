import ArgumentParser
import Diffusion
import Experiments
import Foundation

struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Show the runs that an experiment file asks for.",
    discussion: """
      States: new, running, done, interrupted (the next run goes on), failed (the next run tries \
      again), orphan (in the store, no longer asked for). Time and disk are guesses from like \
      runs of the store.
      """)

  @Argument(help: "The experiment file.")
  var file: String

  @Argument(help: ArgumentHelp("Settings to override.", valueName: "key=value"))
  var overrides: [String] = []

  @OptionGroup var store: StoreOptions

  @Flag(name: .long, help: "Print one JSON document.")
  var json = false

  func run() async throws {
    let file = try ExperimentFile.load(path: file, overrides: overrides)
    let plan = try Plan(file) { try DataSet.load($0).fingerprint }
    let status = try PlanStatus(plan, store: try existingStore())
    printText(json ? try jsonDocument(status.json) : Self.text(status))
  }

  /// A plan can be made before there is a store.
  private func existingStore() throws -> RunStore? {
    do {
      return try store.open()
    } catch let error as StoreError where error.kind == .notFound {
      return nil
    }
  }

  static func text(_ status: PlanStatus) -> String {
    let hasCosts = status.entries.contains { $0.cost != nil }
    var table = TextTable(
      [.init("#", alignsRight: true), .init("run"), .init("label"), .init("state")]
        + [.init("time", alignsRight: true), .init("disk", alignsRight: true)])
    let ids = shortIDs(status.entries.map(\.id))
    for entry in status.entries {
      table.append([
        entry.index.map(String.init) ?? "–", ids[entry.id] ?? entry.id, entry.label,
        entry.state.rawValue, entry.cost.map { NumberText.duration($0.seconds) } ?? "–",
        entry.cost.map { NumberText.bytes($0.bytes) } ?? "–",
      ])
    }
    var text = "\(status.experiment): \(summary(status.entries))\n" + table.rendered()
    for entry in status.entries {
      guard let reason = entry.reason else { continue }
      text += "\(entry.label): \(reason)\n"
    }
    let pending = status.entries.filter { $0.state != .done && $0.state != .orphan }
    if hasCosts, pending.allSatisfy({ $0.cost != nil }) {
      let seconds = pending.compactMap(\.cost?.seconds).reduce(0, +)
      let bytes = pending.compactMap(\.cost?.bytes).reduce(0, +)
      text += "to do: about \(NumberText.duration(seconds)), \(NumberText.bytes(bytes))\n"
    }
    return text
  }

  /// `4 runs: 3 new, 1 done; 1 orphan`
  private static func summary(_ entries: [PlanStatus.Entry]) -> String {
    func count(_ state: PlanState) -> Int { entries.count { $0.state == state } }
    let planned = entries.count - count(.orphan)
    let states = PlanState.allCases.filter { $0 != .orphan && count($0) > 0 }
      .map { "\(count($0)) \($0.rawValue)" }
    let orphans = count(.orphan)
    return "\(planned) \(planned == 1 ? "run" : "runs"): " + states.joined(separator: ", ")
      + (orphans == 0 ? "" : "; \(orphans) \(orphans == 1 ? "orphan" : "orphans")")
  }
}
