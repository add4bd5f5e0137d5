import ArgumentParser
import Exchange
import ExperimentFiles
import Store
import Text
import Values

struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Import capsules, or runs that TensorBoard, MLflow, wandb, Trackio or a table have.",
    discussion: """
      A capsule is what 'export --format capsule' writes. Its runs are merged by their ids: those that \
      the store lacks are added; of two that agree as far as both go, the longer is kept; if the \
      numbers differ, --conflict decides. Tags, notes and pictures of both are kept. Runs of other programs become runs \
      of an experiment that is called like the source's: TensorBoard's log folders, MLflow's folders and databases, \
      wandb's offline folders, Trackio's databases; CSV and JSON lines with their columns named. What is imported is told \
      by its content. Each path is imported whole or not at all, and importing it twice changes nothing.
      """)

  @Argument(help: ArgumentHelp("Capsules, log folders, databases, tables.", valueName: "path"))
  var paths: [String]

  @Option(
    help: ArgumentHelp(
      "What the paths are: tensorboard, mlflow, wandb, trackio, csv or jsonl; by their content otherwise.",
      valueName: "kind"))
  var from: ForeignSource?

  @Option(
    help: """
      If a run of a capsule has other results here: 'keep' them, 'replace' them with the capsule's, or \
      'refuse' the capsule.
      """)
  var conflict = CapsuleImport.Conflict.keep

  @OptionGroup(title: "Runs of other programs") var foreign: ForeignImportOptions
  @OptionGroup(title: "Columns of a table") var table: ImportColumnOptions
  @OptionGroup var format: JSONOption
  @OptionGroup var store: StoreOptions

  struct Document: Encodable {
    struct Run: Encodable {
      var id: String
      var outcome: String
      var experiment: String?
      var label: String?
    }

    var path: String
    /// Of a capsule nil.
    var source: String?
    var runs: [Run]
    var otherVersions: [String] = []
    /// What was left out or taken in another form.
    var notices: [String]?
  }

  func run() async throws {
    let kinds = try paths.map { try kind(of: $0) }
    for (path, kind) in zip(paths, kinds) { try check(path, kind) }
    let store = try RunStore(folder: store.folder, creating: true)
    try store.markCrashedRuns()
    var documents: [Document] = []
    for (path, kind) in zip(paths, kinds) {
      switch kind {
      case .capsule: documents.append(try importCapsule(path, into: store))
      case .runs(let source): documents.append(try importRuns(path, of: source, into: store))
      }
    }
    if format.json { printText(try jsonDocument(documents)) }
  }

  private func kind(of path: String) throws -> ImportKind {
    if let from { return .runs(of: from) }
    return try ImportKind(of: path)
  }

  /// Options that would do nothing are errors.
  private func check(_ path: String, _ kind: ImportKind) throws {
    switch kind {
    case .capsule:
      if let option = foreign.used.first ?? table.used.first {
        throw Failure(.usage, "\(option) is for runs of other programs, and '\(path)' is a capsule")
      }
    case .runs(let source):
      let isTable = source == .csv || source == .jsonl
      if !isTable, let option = table.used.first {
        throw Failure(.usage, "\(option) is for tables, and '\(path)' has runs of \(source.title)")
      }
      if isTable { try table.check(path, source, steps: foreign.steps) }
    }
  }

  private func importRuns(
    _ path: String, of source: ForeignSource, into store: RunStore
  ) throws -> Document {
    var options = try foreign.options()
    options.columns = try table.columns(source)
    let result = try ForeignImport(into: store, options: options)(path, from: source)
    let notices =
      result.notices.places + result.notices.counted.map { "\($0.text): \($0.count)" }
    if !format.json { say(result, notices, path) }
    return Document(
      path: path, source: source.rawValue,
      runs: result.runs.map {
        .init(id: $0.id, outcome: $0.outcome.rawValue, experiment: $0.experiment, label: $0.label)
      }, notices: notices)
  }

  private func say(_ result: ForeignImport.Result, _ notices: [String], _ path: String) {
    let words: [(ForeignImport.Outcome, String)] = [
      (.new, "new"), (.updated, "brought up to date"), (.same, "already here"),
    ]
    let parts = words.compactMap { outcome, text in
      result.count(outcome) > 0 ? "\(result.count(outcome)) \(text)" : nil
    }
    let names = result.experiments
    let place =
      names.isEmpty
      ? ""
      : ", in " + names.prefix(5).map { "'\(printable($0))'" }.joined(separator: ", ")
        + (names.count > 5 ? " and \(names.count - 5) more" : "")
    printText(
      "\(printable(path)): runs of \(result.source.title): "
        + (parts.isEmpty ? "none" : parts.joined(separator: "; ")) + place + "\n")
    for notice in notices.prefix(30) { printDiagnostic("note: " + printable(notice)) }
    if notices.count > 30 {
      printDiagnostic("note: and \(notices.count - 30) more (--json has them all)")
    }
  }

  private func importCapsule(_ path: String, into store: RunStore) throws -> Document {
    let result = try CapsuleImport(into: store, conflict: conflict)(path)
    if !format.json { say(result, path) }
    return Document(
      path: path, runs: result.runs.map { .init(id: $0.id, outcome: $0.outcome.rawValue) },
      otherVersions: result.otherVersions)
  }

  private func say(_ result: CapsuleImport.Result, _ path: String) {
    let words: [(CapsuleImport.Outcome, String)] = [
      (.new, "new"), (.longer, "longer than here, where they replaced those of the store"),
      (.same, "already here"), (.shorter, "longer here, where they were kept"),
      (.kept, "with other results here, which were kept (--conflict replace takes the capsule's)"),
      (.replaced, "replaced other results here"),
      (.busy, "in progress here, left alone"),
    ]
    let parts = words.compactMap { outcome, text in
      result.count(outcome) > 0 ? "\(result.count(outcome)) \(text)" : nil
    }
    printText(
      "\(printable(path)): " + (parts.isEmpty ? "no runs" : parts.joined(separator: "; ")) + "\n")
    for run in result.runs.filter({ $0.outcome == .kept || $0.outcome == .busy }).prefix(10) {
      printDiagnostic("run \(run.id.prefix(12)): \(run.outcome.rawValue)")
    }
    for name in result.otherVersions {
      printDiagnostic(
        "experiment '\(printable(name))' has another file here, which was kept; its runs are in "
          + "'workbench runs \(printable(name))'")
    }
  }
}

extension ForeignSource: ExpressibleByArgument {}
extension StepChoice: ExpressibleByArgument {}
