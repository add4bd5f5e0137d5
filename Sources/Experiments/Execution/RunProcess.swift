import Dispatch
import Foundation
import Store
import Synchronization

/// A child process that executes one run.
///
/// Its standard input ends when it shall stop, or when its parent is gone: then it saves and stops. What it writes to
/// standard output is progress; what it writes to standard error is kept for the run's log.
package final class RunProcess: Sendable {
  let run: String
  private let process: Mutex<Process>
  private let input = Pipe()
  private let progressState = Mutex<RunProgress?>(nil)
  private let errors = Mutex<[UInt8]>([])

  /// Bytes kept of what it says on standard error.
  private static let mostErrorText = 8192
  /// How long its last words are waited for, should a process of its own still hold the pipes.
  private static let patience = DispatchTimeInterval.seconds(2)

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

    let readers = DispatchGroup()
    let pending = Mutex<[UInt8]>([])
    output.readToEnd(in: readers) { [weak self] bytes in
      pending.withLock { pending in
        pending += bytes
        while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
          if let progress = RunProgress(line: String(decoding: pending[..<end], as: UTF8.self)) {
            self?.progressState.withLock { $0 = progress }
          }
          pending.removeSubrange(...end)
        }
      }
    }
    error.readToEnd(in: readers) { [weak self] bytes in
      self?.errors.withLock { $0 = ($0 + bytes).suffix(Self.mostErrorText) }
    }
    process.terminationHandler = { [weak self] process in
      guard let self else { return }
      // What it said last is in the pipes still.
      _ = readers.wait(timeout: .now() + Self.patience)
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
    errors.withLock {
      String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
  }

  /// Asks it to save and stop: by the end of its input, which unlike a signal also reaches a process
  /// that does not listen yet.
  func stop() { try? input.fileHandleForWriting.close() }

  /// Ends it at once.
  func kill() {
    process.withLock { if $0.isRunning { _ = Foundation.kill($0.processIdentifier, SIGKILL) } }
  }
}
