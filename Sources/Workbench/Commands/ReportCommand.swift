import ArgumentParser
import ExperimentFiles
import Planning
import Reports
import Store
import Text

struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write an experiment's Markdown report and its pictures.",
    discussion: """
      The report is made from the run store alone, as DIR/EXPERIMENT.md with its pictures in \
      DIR/EXPERIMENT/, and kept in the store. The same store gives the same bytes. Given a file, its \
      current plan is saved into the store first, and the report begins with the runs that are missing \
      or no longer in the file; none is executed. A file with cells ('report:', or a Markdown \
      document) decides what the report shows. Prints the answer, then the path.
      """)

  @Argument(
    help: ArgumentHelp(
      """
      An experiment file (NAME.yaml, NAME.md, or any path with a '/'), an experiment's name \
      ('workbench runs' lists what the store has), or the frozen.json of a frozen report.
      """, valueName: "file or experiment"))
  var subject: String

  @Option(name: [.short, .long], help: ArgumentHelp("Write it here.", valueName: "dir"))
  var output = "reports"

  @Flag(help: "Also write DIR/EXPERIMENT.html, one page that needs no other file.")
  var html = false

  @Flag(
    help:
      "Exit with 1 if a claim of an 'assert' cell FAILS or involves what is not a number, or a cell cannot be shown."
  )
  var check = false

  @Flag(help: "With --check: exit with 1 if a claim is UNDECIDED, too.")
  var strict = false

  @Flag(help: "Render again whenever runs or the file change, until Ctrl-C.")
  var watch = false

  @Flag(help: "Copy the numbers beside the pictures, so that the report outlives its runs.")
  var frozen = false

  @Flag(
    help: "Leave out settings, provenance and how to reproduce; the store keeps the whole report.")
  var noProvenance = false

  @Flag(help: "Render every cell again, without the cache.")
  var noCache = false

  @OptionGroup var format: JSONOption
  @OptionGroup var store: StoreOptions

  func validate() throws {
    if watch, format.json || check || frozen {
      throw ValidationError("--watch goes with none of --json, --check and --frozen.")
    }
    if frozen, noProvenance {
      throw ValidationError("A frozen report holds all of it: no --no-provenance.")
    }
    if strict, !check { throw ValidationError("--strict goes with --check.") }
    if isFrozenReport, watch || frozen {
      throw ValidationError("A frozen report does not change: no --watch, no --frozen.")
    }
  }

  func run() async throws {
    if watch { return try ReportWatch(command: self).run() }
    let report: ExperimentReport
    let answer: String
    if isFrozenReport {
      report = try ExperimentReport(frozen: subject)
      answer = try self.answer(report, path: report.write(to: output))
    } else {
      let (experiment, store) = try open()
      (report, _, answer) = try write(experiment, store)
    }
    printText(answer)
    sayFailedCells(of: report)
    let isRefuted = report.claims.contains { claim in
      switch claim.verdict {
      case .holds: false
      case .fails: true
      case .undecided: strict || claim.isNotANumber
      }
    }
    if check, isRefuted || !report.failedCells.isEmpty {
      throw ExitCode(FailureCode.runFailed.rawValue)
    }
  }

  /// The experiment that is meant, in its store.
  func open() throws -> (experiment: String, store: RunStore) {
    guard isFile else { return (subject, try store.open()) }
    let file = try ExperimentFile.load(path: subject)
    do {
      let (plan, store) = try store.register(file)
      return (plan.experiment, store)
    } catch {
      // What the file names may be gone when all that it asks for is done.
      guard let failure = Failure(error), (try? store.open().experiment(file.name)) != nil else {
        throw error
      }
      let command = "workbench report \(printable(file.name))"
      throw Failure(
        code: failure.code,
        message:
          "\(failure.message)\n  hint: '\(command)' reports what the store has, without the file")
    }
  }

  var isFile: Bool { ExperimentFile.isPath(subject) }

  private var isFrozenReport: Bool { subject.hasSuffix(".json") }

  /// Writes the report and keeps it in the store.
  /// - Parameter memory: what reports before it have read.
  /// - Returns: also what to print.
  /// - Throws: `StoreError`.
  func write(
    _ experiment: String, _ store: RunStore, memory: ReportMemory = ReportMemory()
  ) throws -> (report: ExperimentReport, path: String, answer: String) {
    let previous = try store.report(experiment: experiment).map(\.name)
    var report = try ExperimentReport(
      store: store, experiment: experiment, memory: memory, usesCache: !noCache,
      keepsNumbers: frozen, hasProvenance: !noProvenance)
    if frozen { report = try report.frozen(store: store) }
    let path = try report.write(to: output, replacing: previous)
    try keep(report, in: store)
    return (report, path, try answer(report, path: path))
  }

  /// Keeps a report in its store, unless that may only be read; the report is written all the same.
  private func keep(_ report: ExperimentReport, in store: RunStore) throws {
    guard store.keepsWrites, !noProvenance else { return }
    do {
      try store.saveReport(experiment: report.experiment, files: report.files)
    } catch let error as StoreError where [.cannotCreate, .inputOutput].contains(error.kind) {
      printDiagnostic("warning: the store does not keep this report: \(printable("\(error)"))")
    }
  }

  /// Writes the page, if it is asked for.
  /// - Returns: what to print.
  private func answer(_ report: ExperimentReport, path: String) throws -> String {
    let page = html ? try report.writePage(to: output) : nil
    let document = ReportDocument(
      answer: report.answer, claims: report.claims, experiment: report.experiment, path: path,
      page: page,
      pictures: report.files.dropFirst().filter { $0.mediaType.hasPrefix("image/") }
        .map { "\(output)/\($0.name)" },
      failedCells: report.failedCells.map {
        .init(name: $0.name, kind: $0.kind, error: $0.error ?? "")
      })
    return format.json
      ? try jsonDocument(document) : printable(report.answer, lines: true) + "\n\(page ?? path)\n"
  }
}

/// Says on standard error which cells of a report cannot be shown, and why.
func sayFailedCells(of report: ExperimentReport) {
  for cell in report.failedCells {
    let name = cell.name.hasPrefix(cell.kind) ? cell.name : "\(cell.kind) \(cell.name)"
    printDiagnostic(printable("The cell \(name) cannot be shown: \(cell.error ?? "")"))
  }
}

/// A report in JSON.
private struct ReportDocument: Encodable {
  struct FailedCell: Encodable {
    /// Its own name, or its kind and number.
    var name: String
    var kind: String
    var error: String
  }

  var answer: String
  var claims: [ReportClaim]
  var experiment: String
  var path: String
  /// Of the HTML page, with --html.
  var page: String?
  var pictures: [String]
  /// Those that cannot be shown.
  var failedCells: [FailedCell]
}
