import Files
import Foundation

/// Writes text to standard output, which is for results. Where it cannot be written, this ends the program: with one
/// message and code 74, or, if its reader is gone (`| head`), without a word, as SIGPIPE does.
func printText(_ text: String) {
  guard !writeText(text, to: STDOUT_FILENO) else { return }
  let code = errno
  if code == EPIPE {
    signal(SIGPIPE, SIG_DFL)
    raise(SIGPIPE)
  }
  printDiagnostic("error: cannot write to standard output: \(String(cString: strerror(code)))")
  exit(FailureCode.inputOutput.rawValue)
}

/// Writes a message, with a line break behind it, to standard error.
func printDiagnostic(_ message: String) { printProgress(message + "\n") }

/// Writes text to standard error as it is. If that cannot be written, the work continues without it.
func printProgress(_ text: String) { _ = writeText(text, to: STDERR_FILENO) }

/// - Returns: false where it failed; `errno` says why.
func writeText(_ text: String, to descriptor: Int32) -> Bool {
  var text = text
  return text.withUTF8 { writeAll(UnsafeRawBufferPointer($0), to: descriptor) }
}

enum StandardStreams {
  /// Before anything else: a closed pipe is an error of the write to it, not the program's end; and where a standard
  /// stream is closed, no file that the program opens takes its number and gets its messages.
  static func prepare() {
    signal(SIGPIPE, SIG_IGN)
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
      // The lowest free number, which is this one. It can be read, to nothing, and not written.
      _ = open("/dev/null", O_RDONLY)
    }
  }
}
