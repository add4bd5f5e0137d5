import Foundation

/// This program's own file, to start it again as a child.
func programPath() -> String {
  #if os(Linux)
    if let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") {
      return path
    }
  #endif
  return Bundle.main.executablePath ?? CommandLine.arguments[0]
}
