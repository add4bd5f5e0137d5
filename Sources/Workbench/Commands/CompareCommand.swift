import ArgumentParser
import Experiments

struct CompareCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Put what differs between runs against what came out.",
    discussion: """
      A row is a setting: the mean of its finished runs' last values ± the 95 % interval over \
      seeds (Student's t below ten of them, bootstrap-t from there). n counts finished runs, missing those not ended or pruned, failed those that \
      failed or crashed. The best row by the experiment's objective is marked.
      """)

  @Argument(help: "An experiment's name, or runs (see 'show --help').")
  var references: [String]

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Tell rows apart by this setting alone; average over the rest.", valueName: "key"))
  var by: String?

  @Option(
    name: .long, help: ArgumentHelp("Show this metric (may be repeated).", valueName: "metric"))
  var metric: [String] = []

  @OptionGroup var table: TableOptions
  @OptionGroup var store: StoreOptions

  func run() async throws {
    printText(try output(store.open()))
  }

  func output(_ store: RunStore) throws -> String {
    let (runs, objective) = try subject(store)
    let comparison = try Comparison(of: runs, objective: objective, by: by, metrics: metric)
    return table.json
      ? try jsonDocument(ComparisonDocument(comparison))
      : comparison.table(inFull: table.csv).rendered(table.format)
  }

  /// The runs to compare, and the objective they share.
  private func subject(_ store: RunStore) throws -> ([RunSummary], Objective?) {
    let experiments = try store.experiments()
    if references.count == 1,
      let experiment = experiments.first(where: { $0.name == references[0] })
    {
      let runs = try store.runs(experiment: experiment.name).filter { !$0.isOrphan }
      return (runs, experiment.objective)
    }
    var seen: Set<String> = []
    let ids = try references.map(store.resolve).filter { seen.insert($0).inserted }
    let memberships = try ids.map { try store.memberships(run: $0) }
    // Where one experiment has them all, they are compared as its members.
    let common = memberships.map { Set($0.compactMap(\.experiment)) }
      .reduce(nil as Set<String>?) { $0?.intersection($1) ?? $1 }?.min()
    let runs = memberships.map { members in
      members.first { $0.experiment == common } ?? members[0]
    }
    return (runs, experiments.first { $0.name == common }?.objective)
  }
}

extension Comparison {
  /// - Parameter inFull: numbers with all digits, mean and half width in columns of their own, as
  ///   other programs want them.
  fileprivate func table(inFull: Bool) -> TextTable {
    let isNamed = settings.isEmpty
    // Which row is best is told where one sees by what.
    let marksBest = objective.map { metrics.contains($0.metric) } ?? false
    var table = TextTable(
      (marksBest ? [.init("best")] : []) + (isNamed ? [.init("run")] : settings.map { .init($0) })
        + metrics.flatMap { inFull ? [$0, "\($0) ±"] : [$0] }.map { .init($0, alignsRight: true) }
        + ["n", "missing", "failed"].map { .init($0, alignsRight: true) })
    for row in rows {
      table.append(
        (marksBest ? [row.isBest ? "best" : ""] : [])
          + (isNamed ? [row.label] : settings.map { row.settings[$0]?.text ?? "–" })
          + metrics.flatMap { inFull ? numbers(row, $0) : [text(row, $0)] }
          + [row.finished, row.missing, row.failed].map { String($0) })
    }
    return table
  }

  private func numbers(_ row: Row, _ metric: String) -> [String] {
    let interval = row.metrics[metric]
    return [
      interval.map { NumberText.inFull($0.mean) } ?? "",
      interval?.halfWidth.map(NumberText.inFull) ?? "",
    ]
  }

  private func text(_ row: Row, _ metric: String) -> String {
    guard let interval = row.metrics[metric] else { return "–" }
    let partial = interval.count < row.finished ? " (n=\(interval.count))" : ""
    return NumberText.interval(interval) + partial
  }
}

/// A comparison in JSON.
private struct ComparisonDocument: Encodable {
  struct Row: Encodable {
    var best: Bool
    var settings: [String: ParameterValue]
    var label: String
    var runs: [String]
    var n: Int
    var missing: Int
    var failed: Int
    var metrics: [String: Metric]
  }

  struct Metric: Encodable {
    var mean: Double
    /// null with fewer than two values.
    var halfWidth: Double?
    var n: Int

    private enum CodingKeys: CodingKey { case mean, halfWidth, n }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(mean, forKey: .mean)
      try container.encode(halfWidth, forKey: .halfWidth)
      try container.encode(n, forKey: .n)
    }
  }

  var objective: Objective?
  var settings: [String]
  var metrics: [String]
  var rows: [Row]

  init(_ comparison: Comparison) {
    objective = comparison.objective
    settings = comparison.settings
    metrics = comparison.metrics
    rows = comparison.rows.map { row in
      Row(
        best: row.isBest, settings: row.settings, label: row.label, runs: row.runs,
        n: row.finished, missing: row.missing, failed: row.failed,
        metrics: row.metrics.mapValues {
          Metric(mean: $0.mean, halfWidth: $0.halfWidth, n: $0.count)
        })
    }
  }
}
