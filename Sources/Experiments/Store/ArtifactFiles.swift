import Diffusion
import Foundation

/// Files by their content's hash: `artifacts/ab/SHA256`. Written whole or not at all.
struct ArtifactFiles {
  /// The store's folder.
  var folder: String

  func path(of sha256: String) -> String {
    "\(folder)/artifacts/\(sha256.prefix(2))/\(sha256)"
  }

  /// Writes what `next` yields until it yields nothing, hashing on the way.
  /// - Returns: the content's hash and length.
  /// - Throws: `StoreError`: `cannotCreate`, `inputOutput`.
  func write(_ next: () throws -> [UInt8]?) throws -> (sha256: String, bytes: Int) {
    let artifacts = folder + "/artifacts"
    try makeFolder(artifacts)
    let temporary = "\(artifacts)/.new-\(UUID().uuidString)"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw StoreError(.cannotCreate, "cannot write in \(artifacts) (\(systemError()))")
    }
    defer { unlink(temporary) }
    var hash = SHA256()
    var length = 0
    do {
      defer { close(descriptor) }
      while let chunk = try next() {
        chunk.withUnsafeBytes { hash.update($0) }
        length += chunk.count
        try writeAll(chunk, to: descriptor, path: temporary)
      }
      guard fsync(descriptor) == 0 else { throw failure(temporary) }
    }
    let sha256 = hash.hexadecimal()
    let target = path(of: sha256)
    let parent = "\(artifacts)/\(sha256.prefix(2))"
    try makeFolder(parent)
    guard rename(temporary, target) == 0 else { throw failure(target) }
    synchronizeFolder(parent)
    synchronizeFolder(artifacts)
    return (sha256, length)
  }

  /// - Throws: `StoreError.Kind.notFound` if the file is gone, `badInput` if it is not what its
  ///   name says.
  func read(_ sha256: String) throws -> [UInt8] {
    let path = path(of: sha256)
    guard let data = FileManager.default.contents(atPath: path) else {
      throw StoreError(
        .notFound, "the artifact \(path) is gone; run the experiment again with --force")
    }
    let bytes = [UInt8](data)
    guard SHA256.hexadecimal(of: bytes) == sha256 else {
      throw StoreError(
        .badInput, "the artifact \(path) is damaged: its content has another hash than its name")
    }
    return bytes
  }

  private func failure(_ path: String) -> StoreError {
    StoreError(.inputOutput, "cannot write \(path) (\(systemError())); is the disk full?")
  }

  private func writeAll(_ bytes: [UInt8], to descriptor: Int32, path: String) throws {
    try bytes.withUnsafeBytes { buffer in
      var written = 0
      while written < buffer.count {
        let count = Foundation.write(
          descriptor, buffer.baseAddress! + written, buffer.count - written)
        if count < 0 {
          if errno == EINTR { continue }
          throw failure(path)
        }
        written += count
      }
    }
  }

  /// So that the rename itself survives a power cut.
  private func synchronizeFolder(_ path: String) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
