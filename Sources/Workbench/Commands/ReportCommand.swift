import ArgumentParser
import Experiments

struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write an experiment's Markdown report and its pictures.",
    discussion: """
      The report is made from the run store alone, into DIR/EXPERIMENT.md with its pictures in \
      DIR/EXPERIMENT/, and kept in the store. From the same store it is the same bytes. Of a file, \
      what it asks for now is saved into the store first, and runs that are missing or no longer \
      asked for are said on top of the report; none is executed. Prints the answer, then the path.
      """)

  @Argument(
    help: ArgumentHelp(
      """
      An experiment file (NAME.yaml, or any path with a '/'), or an experiment's name ('workbench \
      runs' lists what the store has).
      """, valueName: "file or experiment"))
  var subject: String

  @Option(name: [.short, .long], help: ArgumentHelp("Write it here.", valueName: "dir"))
  var output = "reports"

  @Flag(name: .long, help: "Print one JSON document.")
  var json = false

  @OptionGroup var store: StoreOptions

  func run() async throws {
    if isFile {
      let (plan, store) = try store.register(ExperimentFile.load(path: subject))
      printText(try write(plan.experiment, store))
    } else {
      printText(try write(subject, store.open()))
    }
  }

  /// A name has no '/', and nobody should have to guess what lies in the folder.
  private var isFile: Bool {
    subject.contains("/") || subject.hasSuffix(".yaml") || subject.hasSuffix(".yml")
  }

  /// Writes the report.
  /// - Returns: what to print.
  /// - Throws: `StoreError`.
  func write(_ experiment: String, _ store: RunStore) throws -> String {
    let report = try ExperimentReport(store: store, experiment: experiment)
    let path = try report.write(to: output)
    try store.saveReport(experiment: experiment, files: report.files)
    let document = ReportDocument(
      answer: report.answer, experiment: experiment, path: path,
      pictures: report.files.dropFirst().map { "\(output)/\($0.name)" })
    return json
      ? try jsonDocument(document) : printable(report.answer, lines: true) + "\n\(path)\n"
  }
}

/// A report in JSON.
private struct ReportDocument: Encodable {
  var answer: String
  var experiment: String
  var path: String
  var pictures: [String]
}
