import Files
import Foundation

/// One of several processes at the same folder: `FileRacer write|remove FOLDER SECONDS` writes a file over and over, or
/// removes what writers that died have left. It says how often, and fails where a file could not be written.
@main
struct FileRacer {
  static func main() throws {
    let arguments = CommandLine.arguments
    let (isWriter, folder) = (arguments[1] == "write", arguments[2])
    let end = Date().addingTimeInterval(Double(arguments[3]) ?? 0)
    var count = 0
    while Date() < end {
      if isWriter {
        try WholeFile.write(to: "\(folder)/\(getpid())", durably: false) {
          try $0.write([1, 2, 3])
        }
      } else {
        TemporaryFile.removeLeft(in: folder)
      }
      count += 1
    }
    print(count)
  }
}
