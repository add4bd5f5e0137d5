internal import Foundation
import Text

/// Reads an experiment file's text.
enum TextFile {
  /// - Throws: `ExperimentFileError`: not found, a folder, unreadable, too large, not UTF-8.
  static func read(_ path: String) throws -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw ExperimentFileError(
        .notFound, "no such file: \(printable(path.unicodeScalars))")
    }
    if isFolder.boolValue {
      throw ExperimentFileError(
        .badInput, "\(path) is a folder, not an experiment file")
    }
    guard let handle = FileHandle(forReadingAtPath: path) else {
      throw ExperimentFileError(.inputOutput, "\(path) cannot be opened: check its permissions")
    }
    defer { try? handle.close() }
    let bytes: [UInt8]
    do {
      // One byte beyond the limit is enough to know.
      bytes = Array(try handle.read(upToCount: YAMLReader.maximumBytes + 1) ?? Data())
    } catch {
      throw ExperimentFileError(
        .inputOutput, "\(path) cannot be read: \(error.localizedDescription)")
    }
    return try decode(bytes, path: path)
  }

  static func decode(_ bytes: [UInt8], path: String) throws -> String {
    var bytes = bytes[...]
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    if bytes.count > YAMLReader.maximumBytes {
      throw ExperimentFileError(
        "the file is larger than 1 MiB", at: SourceText(name: path, text: "").start)
    }
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    // The repaired text shows the first bad byte's place as U+FFFD.
    let source = SourceText(name: path, text: String(decoding: bytes, as: UTF8.self))
    let line = source.lines.firstIndex { $0.unicodeScalars.contains("\u{FFFD}") } ?? 0
    let column = source.lines[line].unicodeScalars.prefix { $0 != "\u{FFFD}" }.count
    throw ExperimentFileError(
      "the file is not UTF-8 text", at: Place(source: source, line: line + 1, column: column + 1),
      hint: "save it as UTF-8")
  }
}
