import ArgumentParser
import Diffusion
import Execution
import ExperimentFiles
import Kernels
import Planning
import Store
import Text
import Values

struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Show the runs of an experiment file.",
    discussion: """
      States: + new, > running, = done or pruned, ~ interrupted (the next run resumes it), ! failed \
      (the next run tries again, unless it diverged), - orphan (in the store, but no longer in the \
      file). Time and disk are estimates from similar runs in the store, or else from a few steps of \
      each kind of run, timed now; runs that share the machine take longer.
      """)

  @OptionGroup var experiment: ExperimentArguments
  @OptionGroup var store: StoreOptions
  @OptionGroup var format: JSONOption

  @Flag(
    inversion: .prefixedNo,
    help: "Time a few steps of runs that have no similar run in the store (not with --json).")
  var timing: Bool?

  func run() async throws {
    printText(try output(style: .standardOutput))
  }

  func output(style: TerminalStyle = .plain) throws -> String {
    let file = try experiment.load()
    // A plan can be made before there is a store.
    let runStore = try store.openIfThere()
    let inputs = InputReader { runStore }
    let plan = try Plan(file, store: runStore, inputs: inputs)
    guard timing ?? !format.json else {
      return try shown(PlanStatus(plan, store: runStore), inputs.summaries, style)
    }
    let pool = WorkerPool(count: WorkerPool.processors)
    defer { pool.end() }
    let timer = StepTimer(kernels: try Engine.kernels(), pool: pool)
    let status = try PlanStatus(plan, store: runStore, timer: timer.time)
    return try shown(status, inputs.summaries, style) + split(plan, status)
  }

  /// How `run` will share the processors among the runs that are left.
  private func split(_ plan: Plan, _ status: PlanStatus) -> String {
    let left = Set(status.entries.filter { $0.state != .done && !$0.hasDiverged }.map(\.id))
    // What is wrong with a run is said elsewhere.
    guard !format.json,
      let choice = try? SplitChoice.choose(plan.runs.filter { left.contains($0.id) }),
      choice.split.runs > 1
    else { return "" }
    return "'run' does \(choice.text)\n"
  }

  private func shown(
    _ status: PlanStatus, _ data: [DataSummary], _ style: TerminalStyle
  ) throws -> String {
    guard format.json else { return Self.text(status, data: data, style: style) }
    guard case .object(var members) = timing == true ? status.timedJSON : status.json else {
      return "{}\n"
    }
    members["data"] = .array(data.map { .string($0.text) })
    return try jsonDocument(JSONValue.object(members))
  }

  /// - Parameter data: what the runs are on.
  static func text(
    _ status: PlanStatus, data: [DataSummary] = [], style: TerminalStyle = .plain
  ) -> String {
    var table = TextTable([
      "", .number("#"), "run", "label", "state", .number("time"), .number("disk"),
    ])
    let ids = shortIDs(status.entries.map(\.id))
    for entry in status.entries {
      table.append([
        entry.state.marker, entry.index.map(String.init) ?? "–", ids[entry.id] ?? entry.id,
        entry.label, entry.isPruned ? "pruned" : entry.state.rawValue,
        entry.cost.map { NumberText.duration($0.seconds) } ?? "–",
        entry.cost.map { NumberText.bytes($0.bytes) } ?? "–",
      ])
    }
    let lines = table.rendered().split(separator: "\n", omittingEmptySubsequences: false)
    var text = "\(status.experiment): \(summary(status.entries))\n" + dataLines(data)
    for (index, line) in lines.enumerated() where !line.isEmpty {
      text += style.colored(String(line), index > 0 ? status.entries[index - 1].state.color : nil)
      text += "\n"
    }
    text += reasons(status.entries)
    if status.pending > 0 {
      text += "\(status.pending) more runs, proposed round by round from the results\n"
    }
    if let time = status.time {
      text +=
        "\(NumberText.duration(time.spent)) of the sweep's \(NumberText.duration(time.limit)) are used\n"
    }
    return text + total(status)
  }

  /// A line for each reason, and for each change of settings; runs that follow each other share one.
  private static func reasons(_ entries: [PlanStatus.Entry]) -> String {
    var lines: [(labels: [String], text: String)] = []
    for entry in entries {
      // Its log says why a run was pruned.
      let reason = entry.isPruned ? nil : entry.reason
      guard let words = reason ?? entry.change.map({ "changed: \($0)" }) else { continue }
      if lines.last?.text == words {
        lines[lines.count - 1].labels.append(entry.label)
      } else {
        lines.append(([entry.label], words))
      }
    }
    return lines.map { labels, text in
      let more = labels.count > 1 ? " and \(labels.count - 1) more" : ""
      return "\(printable(labels[0]))\(more): \(printable(text))\n"
    }.joined()
  }

  /// A line per data set; of many, the first few.
  private static func dataLines(_ data: [DataSummary]) -> String {
    let shown = data.count <= 4 ? data : Array(data.prefix(3))
    return shown.map { "data: \(printable($0.text))\n" }.joined()
      + (data.count > shown.count
        ? "data: and \(data.count - shown.count) more; 'workbench data' shows them all\n" : "")
  }

  private static func total(_ status: PlanStatus) -> String {
    let isPending =
      status.pending > 0
      || status.entries.contains {
        $0.state != .done && $0.state != .orphan && !$0.hasDiverged
      }
    guard isPending, let total = status.total else { return "" }
    return "to do: \(status.mayPrune ? "at most " : "")about "
      + "\(NumberText.duration(total.seconds)), \(NumberText.bytes(total.bytes))\n"
  }

  /// `4 runs: 3 new, 1 done; 1 orphan`
  private static func summary(_ entries: [PlanStatus.Entry]) -> String {
    func count(_ state: PlanState) -> Int { entries.count { $0.state == state } }
    let planned = entries.count - count(.orphan)
    let states = PlanState.allCases.filter { $0 != .orphan && count($0) > 0 }
      .map { "\(count($0)) \($0.rawValue)" }
    let orphans = count(.orphan)
    return "\(DecimalText.counted(planned, "run")): " + states.joined(separator: ", ")
      + (orphans == 0 ? "" : "; " + DecimalText.counted(orphans, "orphan"))
  }
}

extension PlanState {
  /// Before its line, as in a diff.
  fileprivate var marker: String {
    switch self {
    case .new: "+"
    case .running: ">"
    case .done: "="
    case .interrupted: "~"
    case .failed: "!"
    case .orphan: "-"
    }
  }

  /// Of its line.
  fileprivate var color: TerminalStyle.Color? {
    switch self {
    case .new: .green
    case .running: .cyan
    case .done: nil
    case .interrupted: .yellow
    case .failed: .red
    case .orphan: .dim
    }
  }
}
