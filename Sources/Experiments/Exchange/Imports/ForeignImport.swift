import Foundation
import GRDB
package import Store
package import Values

/// `import` of runs that other programs have logged. A run's id is a hash of its source and what that calls it: importing
/// twice is the same as once, and a run that has gone on since is brought up to date.
package struct ForeignImport: Sendable {
  package struct Options: Sendable {
    /// The name in the store; nil: what the source calls it.
    package var experiment: String?
    package var steps = StepChoice.found
    /// Of CSV and JSON lines.
    package var columns = ImportColumns()
    /// The setting that repeats a run with another seed.
    package var seed: String?
    /// New names of settings and metrics, by their old ones.
    package var renames: [String: String] = [:]
    /// What decides between the runs.
    package var objective: Objective?

    package init() {}
  }

  /// What was done with a run.
  package enum Outcome: String, Sendable, Hashable, Encodable {
    /// The store did not have it.
    case new
    /// The source says something else of it than before.
    case updated
    case same
  }

  package struct Result: Sendable {
    package struct Run: Sendable {
      package var id: String
      package var experiment: String
      package var label: String
      package var outcome: Outcome
    }

    package var source: ForeignSource
    package var runs: [Run] = []
    package var notices = ImportNotices()

    package func count(_ outcome: Outcome) -> Int { runs.count { $0.outcome == outcome } }
    package var experiments: [String] { distinct(runs.map(\.experiment)) }
  }

  private let store: RunStore
  private let options: Options

  package init(into store: RunStore, options: Options = Options()) {
    self.store = store
    self.options = options
  }

  /// Takes in all runs of a file or folder, in one transaction.
  /// - Throws: `StoreError`: `notFound`, `inputOutput`; `badInput` where the files are not what the source writes, or the
  ///   options do not fit them; then the store is as it was.
  package func callAsFunction(_ path: String, from source: ForeignSource) throws -> Result {
    let reader = try reader(of: source, path: path)
    var result = Result(source: source)
    var used: Set<String> = []
    try store.write { db in
      var merge = ForeignMerge(store: store, db: db, place: path, options: options)
      try reader.forEachRun(&result.notices) { run in
        result.runs.append(try merge.take(try renamed(run, &used)))
      }
      if let missing = options.renames.keys.filter({ !used.contains($0) }).min() {
        throw StoreError(
          .badInput,
          "no run of '\(path)' has the setting or metric '\(missing)', which --rename names")
      }
      try merge.arrange(&result.notices)
    }
    return result
  }

  private func reader(of source: ForeignSource, path: String) throws -> any ForeignReader {
    switch source {
    case .tensorboard: return TensorBoardReader(path: path, steps: options.steps)
    case .csv:
      return CSVReader(
        path: path, columns: options.columns, steps: options.steps, experiment: tableName(path))
    case .jsonl:
      return JSONLinesReader(
        path: path, columns: options.columns, steps: options.steps, experiment: tableName(path))
    case .mlflow:
      return SourceFile.isFolder(path)
        ? MLflowFolderReader(path: path, steps: options.steps)
        : MLflowDatabaseReader(path: path, steps: options.steps)
    case .wandb: return WandbReader(path: path, steps: options.steps)
    case .trackio: return TrackioReader(path: path, steps: options.steps)
    }
  }

  /// A table names no experiment: its own name does, without the ending.
  private func tableName(_ path: String) -> String {
    if let experiment = options.experiment { return experiment }
    let name = SourceFile.name(of: path)
    return name.split(separator: ".").first.map(String.init) ?? name
  }

  private func renamed(_ run: ForeignRun, _ used: inout Set<String>) throws -> ForeignRun {
    guard !options.renames.isEmpty else { return run }
    var run = run
    func taken(_ old: String, _ new: String) -> StoreError {
      StoreError(
        .badInput,
        "--rename \(old)=\(new): the run '\(run.label)' has a '\(new)' already; choose another name"
      )
    }
    for (old, new) in options.renames.sorted(by: { $0.key < $1.key }) {
      if let value = run.settings.removeValue(forKey: old) {
        if run.settings[new] != nil { throw taken(old, new) }
        run.settings[new] = value
        used.insert(old)
      }
      if let place = run.series.firstIndex(where: { $0.name == old }) {
        if run.series.contains(where: { $0.name == new }) { throw taken(old, new) }
        run.series[place].name = new
        used.insert(old)
      }
    }
    return run
  }
}
