import Foundation

/// Files that are there whole or not at all.
public enum AtomicFile {
  /// Writes to a temporary file in the same folder, syncs it, renames it over `path`, and syncs the folder:
  /// after a crash there is the old file or the new one.
  /// - Throws: `DiffusionError(.cannotCreate)`, or `.inputOutput` where the disk fails half-way.
  public static func write(_ chunks: [UnsafeRawBufferPointer], to path: String)
    throws(DiffusionError)
  {
    let folder = (path as NSString).deletingLastPathComponent
    let temporary = "\(path).\(getpid()).tmp"
    let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard file >= 0 else {
      throw DiffusionError(.cannotCreate, "cannot create '\(path)': \(reason())")
    }
    do throws(DiffusionError) {
      for chunk in chunks { try writeAll(chunk, to: file, path: path) }
      guard fsync(file) == 0 else {
        throw DiffusionError(.inputOutput, "cannot write '\(path)': \(reason())")
      }
    } catch {
      close(file)
      unlink(temporary)
      throw error
    }
    close(file)
    guard rename(temporary, path) == 0 else {
      let why = reason()
      unlink(temporary)
      throw DiffusionError(.cannotCreate, "cannot create '\(path)': \(why)")
    }
    let directory = open(folder.isEmpty ? "." : folder, O_RDONLY | O_CLOEXEC)
    if directory >= 0 {
      fsync(directory)
      close(directory)
    }
  }

  /// The same of bytes in an array.
  public static func write(_ bytes: [UInt8], to path: String) throws(DiffusionError) {
    var failure: DiffusionError?
    bytes.withUnsafeBytes { bytes in
      do throws(DiffusionError) {
        try write([bytes], to: path)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  private static func writeAll(
    _ bytes: UnsafeRawBufferPointer, to file: Int32, path: String
  ) throws(DiffusionError) {
    var rest = bytes
    while !rest.isEmpty {
      let written = Foundation.write(file, rest.baseAddress, rest.count)
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else {
        throw DiffusionError(.inputOutput, "cannot write '\(path)': \(reason())")
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[written...])
    }
  }

  private static func reason() -> String { String(cString: strerror(errno)) }
}
