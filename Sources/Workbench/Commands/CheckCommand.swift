import ArgumentParser
import Experiments

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check experiment files and print every error.",
    discussion: """
      Reads each file with the files it extends, expands its sweep and checks every run. Nothing \
      is run and no data is read.
      """)

  @Argument(help: "Experiment files.")
  var files: [String]

  @Flag(name: .long, help: "Print one JSON document.")
  var json = false

  func run() async throws {
    let results = files.map(Self.check)
    for case .failure(let error) in results.map(\.outcome) {
      printDiagnostic(error.description)
    }
    if json {
      printText(try jsonDocument(Document(files: results.map(Document.File.init))))
    } else {
      for result in results {
        guard case .success(let runs) = result.outcome else { continue }
        printText("\(printable(result.path)): OK, \(runs) \(runs == 1 ? "run" : "runs")\n")
      }
    }
    // Errors in a file outweigh a file that is not there.
    let kinds = results.compactMap { result in
      if case .failure(let error) = result.outcome { error.kind } else { nil }
    }
    if let worst = kinds.first(where: { $0 == .badInput }) ?? kinds.first {
      throw ExitCode(FailureCode(worst).rawValue)
    }
  }

  fileprivate struct Checked {
    let path: String
    let outcome: Result<Int, ExperimentFileError>
  }

  private static func check(_ path: String) -> Checked {
    do {
      return Checked(path: path, outcome: .success(try ExperimentFile.load(path: path).runCount))
    } catch let error as ExperimentFileError {
      return Checked(path: path, outcome: .failure(error))
    } catch {
      return Checked(
        path: path, outcome: .failure(ExperimentFileError(.inputOutput, "\(path): \(error)")))
    }
  }

  fileprivate struct Document: Encodable {
    struct File: Encodable {
      var file: String
      var ok: Bool
      /// Of its plan; 0 when there is an error.
      var runs: Int
      var errors: [Error]
    }

    struct Error: Encodable {
      var file: String
      var line: Int?
      var column: Int?
      var message: String
      var hint: String?
    }

    var files: [File]
  }
}

extension CheckCommand.Document.File {
  fileprivate init(_ checked: CheckCommand.Checked) {
    file = checked.path
    switch checked.outcome {
    case .success(let count):
      ok = true
      runs = count
      errors = []
    case .failure(let error):
      ok = false
      runs = 0
      errors = error.diagnostics.map {
        .init(
          file: $0.place.source.name, line: $0.place.line, column: $0.place.column,
          message: $0.message, hint: $0.hint)
      }
      if errors.isEmpty {
        errors = [.init(file: checked.path, message: error.description)]
      }
    }
  }
}
