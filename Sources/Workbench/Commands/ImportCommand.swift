import ArgumentParser
import Exchange
import Store
import Text

struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Import the runs of capsules into the store.",
    discussion: """
      A capsule is what 'export --format capsule' writes. Runs are merged by their ids: those that \
      the store lacks are added; of two that agree as far as both go, the longer is kept; if the \
      numbers differ, --conflict decides. Tags, notes and pictures of both are kept. Each capsule is imported \
      whole or not at all, and importing it twice changes nothing.
      """)

  @Argument(help: ArgumentHelp("Capsules.", valueName: "path"))
  var paths: [String]

  @Option(
    help: """
      If a run has other results here: 'keep' them, 'replace' them with the capsule's, or 'refuse' \
      the capsule.
      """)
  var conflict = CapsuleImport.Conflict.keep

  @OptionGroup var format: JSONOption
  @OptionGroup var store: StoreOptions

  private struct Document: Encodable {
    struct Run: Encodable {
      var id: String
      var outcome: CapsuleImport.Outcome
    }

    var path: String
    var runs: [Run]
    var otherVersions: [String]
  }

  func run() async throws {
    let store = try RunStore(folder: store.folder, creating: true)
    try store.markCrashedRuns()
    var documents: [Document] = []
    for path in paths {
      let result = try CapsuleImport(into: store, conflict: conflict)(path)
      if !format.json { say(result, path) }
      documents.append(
        Document(
          path: path, runs: result.runs.map { .init(id: $0.id, outcome: $0.outcome) },
          otherVersions: result.otherVersions))
    }
    if format.json { printText(try jsonDocument(documents)) }
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
