import ArgumentParser
import ExperimentFiles
import Foundation
import Text

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check experiment files and print every error.",
    discussion: """
      Reads each file with the files it extends, expands its sweep and checks every run, and the \
      cells of its report, and whether the files that it names are there. Nothing is run and no data \
      is read.
      """)

  @Argument(help: "Experiment files.")
  var files: [String]

  @OptionGroup var format: JSONOption

  func run() async throws {
    let report = try report()
    if !report.warnings.isEmpty { printDiagnostic(report.warnings) }
    if !report.errors.isEmpty { printDiagnostic(report.errors) }
    printText(report.output)
    if let code = report.code { throw ExitCode(code.rawValue) }
  }

  struct Report {
    /// For standard output.
    var output: String
    /// For standard error.
    var errors: String
    /// The same; they change nothing about the code.
    var warnings = ""
    /// Nil when all is well.
    var code: FailureCode?
  }

  func report() throws -> Report {
    let results = files.map(Self.check)
    var report = Report(output: "", errors: "")
    var errors: [String] = []
    for result in results {
      switch result.outcome {
      case .success(let file):
        report.warnings += file.warnings.map { "\($0)\n" }.joined()
        let cells = file.cellCount == 0 ? "" : ", " + DecimalText.counted(file.cellCount, "cell")
        report.output +=
          "\(printable(result.path)): OK, \(DecimalText.counted(file.runCount, "run"))\(cells)\n"
      case .failure(let error):
        errors.append(error.description)
        // Errors in a file outweigh a file that is not there.
        if report.code != .badInput { report.code = FailureCode(error.kind) }
      }
    }
    report.errors = errors.joined(separator: "\n")
    if format.json {
      report.output = try jsonDocument(["files": results.map(FileDocument.init)])
    }
    return report
  }

  fileprivate struct Checked {
    let path: String
    let outcome: Result<ExperimentFile, ExperimentFileError>
  }

  private static func check(_ path: String) -> Checked {
    do {
      let file = try ExperimentFile.load(path: path)
      let missing = file.missingFiles { FileManager.default.fileExists(atPath: $0) }
      guard missing.isEmpty else { throw ExperimentFileError(missing) }
      return Checked(path: path, outcome: .success(file))
    } catch let error as ExperimentFileError {
      return Checked(path: path, outcome: .failure(error))
    } catch {
      return Checked(
        path: path, outcome: .failure(ExperimentFileError(.inputOutput, "\(path): \(error)")))
    }
  }
}

private struct FileDocument: Encodable {
  struct Error: Encodable {
    var file: String
    var line: Int?
    var column: Int?
    var message: String
    var hint: String?

    init(_ diagnostic: Diagnostic) {
      file = diagnostic.place.source.name
      (line, column) = (diagnostic.place.line, diagnostic.place.column)
      (message, hint) = (diagnostic.message, diagnostic.hint)
    }

    init(file: String, message: String) { (self.file, self.message) = (file, message) }
  }

  var file: String
  var ok: Bool
  /// Of its plan; 0 when there is an error.
  var runs: Int
  var errors: [Error]
  /// What can be run and will disappoint.
  var warnings: [Error] = []

  init(_ checked: CheckCommand.Checked) {
    file = checked.path
    switch checked.outcome {
    case .success(let file):
      ok = true
      runs = file.runCount
      errors = []
      warnings = file.warnings.map(Error.init)
    case .failure(let error):
      ok = false
      runs = 0
      errors = error.diagnostics.map(Error.init)
      if errors.isEmpty {
        errors = [.init(file: checked.path, message: error.description)]
      }
    }
  }
}
