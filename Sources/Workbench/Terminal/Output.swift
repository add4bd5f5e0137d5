import Foundation

/// Writes a message, with a line break behind it, to standard error: standard output is for
/// results.
func printDiagnostic(_ message: String) {
  FileHandle.standardError.write(Data((message + "\n").utf8))
}
