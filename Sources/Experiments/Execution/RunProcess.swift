import Foundation
import Synchronization

/// A child process that executes one run.
///
/// Its standard input ends when it shall stop, or when its parent is gone: then it saves and stops. What it writes to
/// standard output is progress; what it writes to standard error is kept for the run's log.
final class RunProcess: Sendable {
  let run: String
  private let process: Mutex<Process>
  private let input = Pipe()
  private let progressState = Mutex<RunProgress?>(nil)
  private let errors = Mutex<String>("")

  private static let mostErrorText = 8192

  /// - Parameters:
  ///   - command: the program and its arguments.
  ///   - onEnd: called once, on some thread, with the exit status (negative: the signal that ended it).
  init(run: String, command: [String], onEnd: @escaping @Sendable (RunProcess, Int32) -> Void)
    throws
  {
    self.run = run
    let process = Process()
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = Array(command.dropFirst())
    let (output, error) = (Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    process.standardError = error
    self.process = Mutex(process)

    let lines = Mutex("")
    output.fileHandleForReading.readabilityHandler = { [weak self] handle in
      let data = handle.availableData
      guard !data.isEmpty else {
        handle.readabilityHandler = nil
        return
      }
      let complete: [Substring] = lines.withLock { pending in
        pending += String(decoding: data, as: UTF8.self)
        var parts = pending.split(separator: "\n", omittingEmptySubsequences: false)
        pending = String(parts.popLast() ?? "")
        return parts
      }
      for line in complete {
        if let progress = RunProgress(line: line) {
          self?.progressState.withLock { $0 = progress }
        }
      }
    }
    error.fileHandleForReading.readabilityHandler = { [weak self] handle in
      let data = handle.availableData
      guard !data.isEmpty else {
        handle.readabilityHandler = nil
        return
      }
      self?.errors.withLock {
        $0 = String(($0 + String(decoding: data, as: UTF8.self)).suffix(Self.mostErrorText))
      }
    }
    process.terminationHandler = { [weak self] process in
      guard let self else { return }
      onEnd(
        self,
        process.terminationReason == .uncaughtSignal
          ? -process.terminationStatus : process.terminationStatus)
    }
    do {
      try process.run()
    } catch {
      throw StoreError(
        .inputOutput, "cannot start '\(command[0])' for a run: \(error.localizedDescription)")
    }
  }

  var progress: RunProgress? { progressState.withLock { $0 } }

  /// The last of what it said on standard error.
  var errorText: String {
    errors.withLock { $0.trimmingCharacters(in: .whitespacesAndNewlines) }
  }

  /// Asks it to save and stop: by the end of its input, which unlike a signal also reaches a process
  /// that does not listen yet.
  func stop() { try? input.fileHandleForWriting.close() }

  /// Ends it at once.
  func kill() {
    process.withLock { if $0.isRunning { _ = Foundation.kill($0.processIdentifier, SIGKILL) } }
  }
}
