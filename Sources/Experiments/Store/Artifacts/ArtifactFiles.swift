import Diffusion
import Files
import Foundation

/// Files by their content's hash: `artifacts/ab/SHA256`. Written whole or not at all.
package struct ArtifactFiles {
  /// The store's folder.
  package var folder: String

  package init(
    folder: String
  ) {
    self.folder = folder
  }

  package func path(of sha256: String) -> String {
    "\(folder)/artifacts/\(sha256.prefix(2))/\(sha256)"
  }

  /// Writes what `next` yields until it yields nothing, hashing on the way.
  /// - Returns: the content's hash and length.
  /// - Throws: `StoreError`: `cannotCreate`, `inputOutput`.
  package func write(_ next: () throws -> [UInt8]?) throws -> (sha256: String, bytes: Int) {
    let artifacts = folder + "/artifacts"
    try makeFolder(artifacts)
    let temporary = "\(artifacts)/.new-\(UUID().uuidString)"
    return try StoreError.describingFiles {
      try TemporaryFile.owning(temporary) { try write(next, by: temporary, in: artifacts) }
    }
  }

  private func write(
    _ next: () throws -> [UInt8]?, by temporary: String, in artifacts: String
  ) throws -> (sha256: String, bytes: Int) {
    defer { unlink(temporary) }
    var hash = SHA256()
    var length = 0
    let file = try FileWriter(temporary)
    while let chunk = try next() {
      chunk.withUnsafeBytes { hash.update($0) }
      length += chunk.count
      try file.write(chunk)
    }
    try file.end()
    let sha256 = hash.hexadecimal()
    let target = path(of: sha256)
    let parent = "\(artifacts)/\(sha256.prefix(2))"
    try makeFolder(parent)
    guard rename(temporary, target) == 0 else { throw FileFailure(target) }
    try synchronizeFolder(parent)
    try synchronizeFolder(artifacts)
    return (sha256, length)
  }

  /// What can be wrong with a file.
  package enum Damage: Error, Sendable, Hashable {
    case missing
    /// The system's words.
    case unreadable(String)
    case length(Int, expected: Int)
    /// Another hash than its name.
    case content

    package var text: String {
      switch self {
      case .missing: "is gone"
      case .unreadable(let reason): "cannot be read (\(reason))"
      case .length(let bytes, let expected):
        "is damaged: it has \(bytes) bytes, and should have \(expected)"
      case .content: "is damaged: its content has another hash than its name"
      }
    }

    package var kind: StoreError.Kind {
      switch self {
      case .missing: .notFound
      case .unreadable: .inputOutput
      case .length, .content: .badInput
      }
    }
  }

  /// What a look at the file's place and length finds wrong.
  package func damage(_ sha256: String, bytes: Int) -> Damage? {
    var status = stat()
    guard stat(path(of: sha256), &status) == 0 else {
      return errno == ENOENT ? .missing : .unreadable(systemError())
    }
    guard Int(status.st_size) == bytes else {
      return .length(Int(status.st_size), expected: bytes)
    }
    return access(path(of: sha256), R_OK) == 0 ? nil : .unreadable(systemError())
  }

  /// - Throws: `Damage`.
  package func read(_ sha256: String, bytes: Int) throws(Damage) -> [UInt8] {
    if let damage = damage(sha256, bytes: bytes) { throw damage }
    guard let data = FileManager.default.contents(atPath: path(of: sha256)) else {
      throw .unreadable(systemError())
    }
    let bytes = [UInt8](data)
    guard SHA256.hexadecimal(of: bytes) == sha256 else { throw .content }
    return bytes
  }
}
