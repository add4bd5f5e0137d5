import Foundation

/// Files that are there whole or not at all: written under a temporary name beside their place, synchronised, renamed,
/// and their folder synchronised.
package enum WholeFile {
  package enum Place: Sendable {
    /// Takes the place of what is there.
    case replacing
    /// Is an error where there is something.
    case free
  }

  /// - Parameters:
  ///   - durably: whether the file survives a power cut as soon as this returns; without it a crash of the program
  ///     alone leaves the old file or the new one.
  ///   - fill: writes the content.
  /// - Throws: `FileFailure`, and what `fill` throws; then what was there is there still, unless the folder alone could
  ///   not be synchronised.
  package static func write(
    to path: String, _ place: Place = .replacing, durably: Bool = true,
    _ fill: (FileWriter) throws -> Void
  ) throws {
    if place == .free {
      try checkIsFree(path)
      TemporaryFile.removeLeft(of: path)
    }
    let file = try TemporaryFile.open(for: path)
    defer { TemporaryFile.settle(file.path) }
    do {
      try fill(file)
      try file.end(durably: durably)
      if place == .free { try checkIsFree(path) }
      guard rename(file.path, path) == 0 else { throw FileFailure(path) }
    } catch {
      unlink(file.path)
      throw error
    }
    if durably { try synchronizeFolder(Paths.folder(of: path)) }
  }

  /// - Throws: `FileFailure`.
  package static func write(
    _ chunks: [UnsafeRawBufferPointer], to path: String, durably: Bool = true
  ) throws(FileFailure) {
    do {
      try write(to: path, durably: durably) { file in
        for chunk in chunks { try file.write(chunk) }
      }
    } catch let error as FileFailure {
      throw error
    } catch {
      throw FileFailure(path)
    }
  }

  /// - Throws: `FileFailure.Kind.cannotCreate` where there is something, a dead link included.
  package static func checkIsFree(_ path: String) throws(FileFailure) {
    var status = stat()
    if lstat(path, &status) == 0 { throw FileFailure(.cannotCreate, path, code: EEXIST) }
  }
}

/// Folders that are there whole or not at all, made like files: beside their place, and moved there when complete.
package enum WholeFolder {
  /// - Parameter fill: gets the path to fill.
  /// - Throws: `FileFailure`, also where there is something at `path`; what `fill` throws. Then nothing is left.
  package static func make(at path: String, _ fill: (_ path: String) throws -> Void) throws {
    try WholeFile.checkIsFree(path)
    TemporaryFile.removeLeft(of: path)
    let (temporary, folder) = try makeTemporary(for: path)
    defer {
      TemporaryFile.settle(temporary)
      if folder >= 0 { close(folder) }
    }
    do {
      try fill(temporary)
      try synchronizeAll(folder, path)
      try WholeFile.checkIsFree(path)
      guard rename(temporary, path) == 0 else { throw FileFailure(path) }
    } catch {
      try? FileManager.default.removeItem(atPath: temporary)
      throw error
    }
    try synchronizeFolder(Paths.folder(of: path))
  }

  /// An empty folder with its lock, which lasts as long as the descriptor is open.
  private static func makeTemporary(
    for path: String
  ) throws(FileFailure) -> (path: String, descriptor: Int32) {
    while true {
      let temporary = TemporaryFile.name(for: path)
      try TemporaryFile.make(temporary) { () throws(FileFailure) in
        guard mkdir(temporary, 0o777) == 0 else { throw FileFailure(path) }
      }
      let folder = open(temporary, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard folder >= 0 else {
        // Without the right to read it, or gone before it was open.
        if errno == ENOENT {
          TemporaryFile.settle(temporary)
          continue
        }
        return (temporary, folder)
      }
      TemporaryFile.lock(folder)
      if TemporaryFile.isAt(temporary, folder) { return (temporary, folder) }
      close(folder)
      TemporaryFile.settle(temporary)
    }
  }

  /// Thousands of small files: once for all.
  private static func synchronizeAll(_ descriptor: Int32, _ path: String) throws(FileFailure) {
    // Swift's C library module has no `syncfs`, which unlike `sync` says what went wrong.
    typealias SyncFS = @convention(c) (Int32) -> Int32
    guard descriptor >= 0, let symbol = dlsym(nil, "syncfs") else { return sync() }
    guard unsafeBitCast(symbol, to: SyncFS.self)(descriptor) == 0 else {
      throw FileFailure(.inputOutput, path)
    }
  }
}
