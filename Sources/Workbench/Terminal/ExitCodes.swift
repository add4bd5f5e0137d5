import ArgumentParser
import Diffusion
import Execution
import ExperimentFiles
import Files
import Foundation
import Images
import Store
import Text

/// The program's exit codes: those of sysexits.h, so that scripts can tell failures apart.
enum FailureCode: Int32 {
  /// A run of the plan ended failed.
  case runFailed = 1
  case usage = 64
  case badInput = 65
  case notFound = 66
  case cannotCreate = 73
  case inputOutput = 74
  case busy = 75
}

/// Any error as one message and one exit code.
struct Failure: Error {
  let code: FailureCode
  let message: String

  /// - Parameter problem: behind "error: ".
  init(_ code: FailureCode, _ problem: String) {
    self.init(code: code, message: "error: \(problem)")
  }

  init(code: FailureCode, message: String) {
    self.code = code
    self.message = message
  }

  /// The message as it goes to a terminal: what it quotes is foreign text.
  var printed: String { printable(message, lines: true) }

  /// Nil for ArgumentParser's own errors, which have a message and a code already.
  init?(_ error: any Error) {
    switch error {
    case let error as Failure: self = error
    case let error as ExperimentFileError:
      self.init(code: FailureCode(error.kind), message: error.description)
    case let error as DiffusionError:
      self.init(FailureCode(error.kind), error.description)
    case let error as ImageError:
      self.init(FailureCode(error.kind), error.description)
    case let error as StoreError:
      self.init(FailureCode(error.kind), error.description)
    case let error as InputsChanged:
      self.init(.badInput, error.description)
    case let error as ExpressionError:
      self.init(.badInput, error.description)
    case let error as FileFailure:
      self.init(
        error.kind == .cannotCreate ? .cannotCreate : .inputOutput, error.description)
    case let error as CocoaError:
      self.init(FailureCode(error), error.localizedDescription)
    default: return nil
    }
  }

  /// Prints the error to standard error and ends the program.
  static func exit(with error: any Error) -> Never {
    if let failure = Failure(error) {
      printDiagnostic(failure.printed)
      Foundation.exit(failure.code.rawValue)
    }
    let code = Workbench.exitCode(for: error)
    let message = Workbench.fullMessage(for: error)
    // Help and the like.
    if code.isSuccess {
      if !message.isEmpty { printText(message + "\n") }
      Foundation.exit(code.rawValue)
    }
    // ArgumentParser quotes arguments as they came.
    if !message.isEmpty { printDiagnostic(printable(message, lines: true)) }
    Foundation.exit(code.rawValue)
  }
}

extension FailureCode {
  init(_ kind: ExperimentFileError.Kind) {
    self =
      switch kind {
      case .badInput: .badInput
      case .notFound: .notFound
      case .inputOutput: .inputOutput
      }
  }

  init(_ kind: DiffusionError.Kind) {
    self =
      switch kind {
      case .badInput: .badInput
      case .notFound: .notFound
      case .cannotCreate: .cannotCreate
      case .inputOutput: .inputOutput
      }
  }

  init(_ kind: ImageError.Kind) {
    self =
      switch kind {
      case .badInput: .badInput
      case .notFound: .notFound
      case .cannotCreate: .cannotCreate
      case .inputOutput: .inputOutput
      }
  }

  init(_ kind: StoreError.Kind) {
    self =
      switch kind {
      case .badInput: .badInput
      case .notFound: .notFound
      case .cannotCreate: .cannotCreate
      case .inputOutput: .inputOutput
      case .busy: .busy
      }
  }

  init(_ error: CocoaError) {
    self =
      switch error.code {
      case .fileNoSuchFile, .fileReadNoSuchFile: .notFound
      case .fileWriteNoPermission, .fileWriteFileExists, .fileWriteVolumeReadOnly: .cannotCreate
      default: .inputOutput
      }
  }
}
