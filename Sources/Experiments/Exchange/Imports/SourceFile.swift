import Foundation
import Store

/// The bytes of a file that another program has written.
enum SourceFile {
  /// - Throws: `StoreError`: `notFound`, `inputOutput`, `badInput` where it is a folder.
  static func read(_ path: String) throws -> [UInt8] {
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw StoreError(
        errno == ENOENT ? .notFound : .inputOutput, "cannot read '\(path)' (\(systemError()))")
    }
    if status.st_mode & S_IFMT == S_IFDIR {
      throw StoreError(.badInput, "'\(path)' is a folder, and a file is expected")
    }
    do {
      return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw StoreError(.inputOutput, "cannot read '\(path)' (\(error.localizedDescription))")
    }
  }

  /// The first bytes, fewer where the file has fewer; none of what is no file or may not be read.
  static func beginning(_ path: String, count: Int) -> [UInt8] {
    guard let handle = FileHandle(forReadingAtPath: path) else { return [] }
    defer { try? handle.close() }
    return (try? handle.read(upToCount: count)).map { [UInt8]($0) } ?? []
  }

  static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }

  /// Every file below a folder, by its path relative to it, in order; the file itself where it is one.
  /// - Throws: `StoreError.Kind.inputOutput`.
  static func all(below path: String) throws -> [String] {
    guard isFolder(path) else { return [""] }
    do {
      return try FileManager.default.subpathsOfDirectory(atPath: path)
        .filter { !isFolder("\(path)/\($0)") }.sorted()
    } catch {
      throw StoreError(.inputOutput, "cannot list '\(path)' (\(error.localizedDescription))")
    }
  }

  /// The last part of a path; of `.` and `..` that of the folder they mean.
  static func name(of path: String) -> String {
    let standard = URL(fileURLWithPath: path).standardizedFileURL.lastPathComponent
    return standard.isEmpty || standard == "/" ? "runs" : standard
  }
}

extension RangeReplaceableCollection where Element == UInt8, Index == Int {
  /// A number of several bytes, the lowest first, that begins at `index`.
  func littleEndian<Number: FixedWidthInteger>(_ type: Number.Type, at index: Int) -> Number {
    var value: Number = 0
    for offset in (0..<(Number.bitWidth / 8)).reversed() {
      value = value << 8 | Number(truncatingIfNeeded: self[index + offset])
    }
    return value
  }
}
