import Files
import Foundation
import Store

/// A folder that is there whole or not at all: made under another name beside its place, and moved
/// there when everything is written.
struct NewFolder {
  /// Where files are written meanwhile.
  let path: String

  /// - Throws: `StoreError`: `cannotCreate` where there is something already, or where the folder
  ///   above is missing or may not be written; whatever `fill` throws, after which nothing is left.
  static func make(at target: String, _ fill: (NewFolder) throws -> Void) throws {
    let target = trimmed(target)
    try checkIsFree(target)
    try StoreError.describingFiles {
      try WholeFolder.make(at: target) { try fill(NewFolder(path: $0)) }
    }
  }

  /// - Throws: `StoreError.Kind.cannotCreate` where there is something.
  static func checkIsFree(_ target: String) throws {
    var status = stat()
    if lstat(target, &status) == 0 {
      throw StoreError(
        .cannotCreate, "'\(target)' already exists; remove it, or choose another name")
    }
  }

  static func trimmed(_ path: String) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }

  /// Makes a folder inside, and those above it.
  /// - Parameter name: relative; made by the program, never foreign text.
  @discardableResult
  func folder(_ name: String) throws -> NewFolder {
    let folder = "\(path)/\(name)"
    // Who is told to end removes the whole of it, and what is being written must not bring it back.
    try makeFolder(folder, below: path)
    return NewFolder(path: folder)
  }

  /// A new file, which its user ends; the folder is synchronised as a whole.
  func file(_ name: String) throws -> FileWriter { try FileWriter("\(path)/\(name)") }

  /// Writes a small file.
  func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

  func write(_ bytes: [UInt8], to name: String) throws {
    let file = try file(name)
    try file.write(bytes)
    try file.end(durably: false)
  }
}

/// A file that is there whole or not at all.
enum NewFile {
  /// - Throws: `StoreError`: `cannotCreate` where there is something already; whatever `fill`
  ///   throws, after which nothing is left.
  static func make(at target: String, _ fill: (FileWriter) throws -> Void) throws {
    try NewFolder.checkIsFree(target)
    try StoreError.describingFiles { try WholeFile.write(to: target, .free, fill) }
  }
}
