import Foundation

/// A file that is there whole or not at all.
enum NewFile {
  /// - Throws: `StoreError`: `cannotCreate` where there is something already; whatever `fill`
  ///   throws, after which nothing is left.
  static func make(at target: String, _ fill: (BufferedFile) throws -> Void) throws {
    try NewFolder.checkIsFree(target)
    let temporary = "\(target).\(getpid()).tmp"
    let file: BufferedFile
    do {
      file = try BufferedFile(temporary)
    } catch {
      throw StoreError(
        .cannotCreate, "cannot create '\(target)' (\(systemError())); name another place")
    }
    do {
      try fill(file)
      try file.close(durably: true)
      try move(temporary, to: target)
    } catch {
      unlink(temporary)
      throw error
    }
  }

  /// - Throws: `StoreError.Kind.cannotCreate` where there is something at `target`.
  static func move(_ temporary: String, to target: String) throws {
    try NewFolder.checkIsFree(target)
    guard rename(temporary, target) == 0 else {
      throw StoreError(.cannotCreate, "cannot create '\(target)' (\(systemError()))")
    }
  }
}
