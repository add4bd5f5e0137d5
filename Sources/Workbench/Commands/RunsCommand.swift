import Analysis
import ArgumentParser
import ExperimentFiles
import Store
import Text
import Values

struct RunsCommand: StoreQuestion {
  static let configuration = CommandConfiguration(
    commandName: "runs", abstract: "List runs, of one experiment or of all.",
    discussion: """
      Conditions, columns and the order may use settings by their paths, metrics (their last value), \
      min, max, last and best of a metric over a run's steps, and id, experiment, label, state, tag, \
      note, seed, step, seconds, created, ended, error, orphan (no longer in the experiment's file).

      workbench runs --where 'training.precision == "bf16" and min("train/loss") < 0.05'
      workbench runs schedules --sort 'min("eval/loss")' --columns 'id,label,min("eval/loss")'
      workbench runs --where orphan --columns id,label,bytes
      """)

  @Argument(help: "An experiment's name; without it, every run.")
  var experiment: String?

  @Option(
    help: ArgumentHelp(
      "Only runs in this state: \(RunState.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "state"),
    transform: RunsCommand.state)
  var state: [RunState] = []

  @Option(
    name: .customLong("where"),
    help: ArgumentHelp(
      "Only runs for which this holds, like \"training.batch > 64 and eval/loss < 0.1\".",
      valueName: "condition"))
  var condition: String?

  @Option(
    help: ArgumentHelp("Only runs with this tag (with each, if repeated).", valueName: "tag"))
  var tag: [String] = []

  @Flag(help: "Deleted runs, which 'restore' brings back and 'gc' removes for good.")
  var deleted = false

  @Option(
    help: ArgumentHelp(
      "Order by a column, a setting, a metric's last value, or an expression.", valueName: "key"))
  var sort: String?

  @Flag(help: "Highest first.")
  var reverse = false

  @Option(parsing: .unconditional, help: ArgumentHelp("Show at most N runs.", valueName: "n"))
  var limit: Int?

  @Option(
    help: ArgumentHelp(
      """
      Show these columns, separated by commas: \(RunColumn.names.joined(separator: ", ")), settings, \
      metrics, expressions.
      """, valueName: "list"))
  var columns: String?

  @OptionGroup var table: TableOptions
  @OptionGroup var store: StoreOptions

  private static func state(_ name: String) throws -> RunState {
    guard let state = RunState(rawValue: name) else {
      throw ValidationError("'\(printable(name))' is not a state of runs.")
    }
    return state
  }

  func validate() throws {
    if let limit, limit < 0 { throw ValidationError("--limit takes 0 or more.") }
    if columns != nil, table.json {
      throw ValidationError("--json has every column; choose one of --json and --columns.")
    }
    if let columns, RunsCommand.split(columns).isEmpty {
      throw ValidationError("--columns names no column.")
    }
  }

  func output(_ store: RunStore, style: TerminalStyle) throws -> String {
    let objectives = try store.objectives()
    var runs = try RunFilter.asking(fields(objectives)) { try chosen(store, $0, objectives) }
    if let limit { runs = Array(runs.prefix(limit)) }
    if table.json { return try jsonDocument(runs.map(RunDocument.init)) }
    return try list(runs, objectives, store).rendered(table.format, style: style)
  }

  /// What has to be read of runs.
  private func fields(_ objectives: [String: Objective?]) throws -> RunFields {
    if table.json { return .all }
    var names = Set(objectives.values.compactMap { $0?.metric }).union(["train/loss"])
      .union(RunColumn.progress)
    names.formUnion(try condition.map(RunExpression.names) ?? [])
    for column in (columns.map(RunsCommand.split) ?? []) + [sort].compactMap({ $0 }) {
      names.formUnion(RunColumn.references(column))
    }
    return RunFields(parameters: .only(names), metrics: .only(names), overrides: false)
  }

  private func chosen(
    _ store: RunStore, _ fields: RunFields, _ objectives: [String: Objective?]
  ) throws -> [RunSummary] {
    var runs: [RunSummary]
    if deleted {
      runs = try store.deletedRuns(fields: fields)
      if let experiment {
        _ = try store.experiment(experiment)
        runs = runs.filter { $0.experiment == experiment }
      }
    } else if let experiment {
      runs = try store.runs(experiment: experiment, fields: fields)
    } else {
      runs = try store.runs(fields: fields)
    }
    if !state.isEmpty { runs = runs.filter { state.contains($0.state) } }
    if !tag.isEmpty { runs = runs.filter { Set($0.tags).isSuperset(of: tag) } }
    if let condition {
      let parsed = try RunCondition(condition, among: runs)
      runs = try runs.filter { run in
        try parsed.holds(run, objective: run.experiment.flatMap { objectives[$0] ?? nil })
      }
    }
    if let sort {
      return try RunOrder.sorted(runs, by: sort, reversed: reverse, objectives: objectives)
    }
    return reverse ? runs.reversed() : runs
  }

  private func list(
    _ runs: [RunSummary], _ objectives: [String: Objective?], _ store: RunStore
  ) throws -> TextTable {
    // Other programs want whole ids and all digits, people do not.
    let isForPrograms = table.csv
    let ids = isForPrograms ? [:] : shortIDs(runs.map(\.id))
    let names = columns.map(RunsCommand.split) ?? usualColumns(runs, objectives)
    let bytes = names.contains("bytes") ? try store.artifactBytes() : [:]
    let columns = try names.map {
      try RunColumn($0, among: runs, ids: ids, objectives: objectives, bytes: bytes)
    }
    var table = TextTable(columns.map(\.column))
    for run in runs { table.append(try columns.map { try $0.cell(run, isForPrograms) }) }
    return table
  }

  /// What people look for first, what the list is sorted by, objectives and the training loss.
  private func usualColumns(
    _ runs: [RunSummary], _ objectives: [String: Objective?]
  ) -> [String] {
    var names = [
      "id", "experiment", "label", "state", "step", "seed", table.csv ? "seconds" : "time",
    ]
    if !table.csv, runs.contains(where: { $0.state == .running }) {
      names.insert("left", at: 5)
    }
    if deleted { names.append("deleted") }
    if !table.csv, runs.contains(where: { !$0.tags.isEmpty }) { names.append("tags") }
    let shown = Set(runs.compactMap(\.experiment)).sorted()
    let known = Set(runs.flatMap(\.metrics.keys))
    let metrics = (shown.compactMap { (objectives[$0] ?? nil)?.metric } + ["train/loss"])
      .filter(known.contains)
    // A setting before the metrics, a metric behind them.
    let sorted = [sort].compactMap { $0 }
    let isSetting = sorted.contains { key in runs.contains { $0.parameters[key] != nil } }
    for name in isSetting ? sorted + metrics : metrics + sorted
    where !names.contains(name) && !(name == "seconds" && names.contains("time")) {
      names.append(name)
    }
    return names
  }

  /// Columns separated by commas; a comma in brackets or quotes belongs to its column.
  static func split(_ list: String) -> [String] {
    var parts = [""]
    var depth = 0
    var quote: Character?
    for character in list {
      if let open = quote {
        if character == open { quote = nil }
      } else if character == "\"" || character == "'" {
        quote = character
      } else if "([".contains(character) {
        depth += 1
      } else if ")]".contains(character) {
        depth -= 1
      } else if character == ",", depth <= 0 {
        parts.append("")
        continue
      }
      parts[parts.count - 1].append(character)
    }
    return parts.map { part in
      let words = part.drop(while: \.isWhitespace)
      return String(words.reversed().drop(while: \.isWhitespace).reversed())
    }.filter { !$0.isEmpty }
  }
}
