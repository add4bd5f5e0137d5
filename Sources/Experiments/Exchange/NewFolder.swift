import Foundation

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
    let folder = NewFolder(path: "\(target).\(getpid()).tmp")
    guard mkdir(folder.path, 0o755) == 0 else { throw cannotCreate(target) }
    do {
      try fill(folder)
      // Thousands of small files: once for all.
      sync()
      try checkIsFree(target)
      guard rename(folder.path, target) == 0 else { throw cannotCreate(target) }
    } catch {
      try? FileManager.default.removeItem(atPath: folder.path)
      throw error
    }
  }

  /// - Throws: `StoreError.Kind.cannotCreate` where there is something.
  static func checkIsFree(_ target: String) throws {
    var status = stat()
    if lstat(target, &status) == 0 {
      throw StoreError(
        .cannotCreate, "'\(target)' is there already; take it away, or name another")
    }
  }

  static func trimmed(_ path: String) -> String {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }

  private static func cannotCreate(_ target: String) -> StoreError {
    StoreError(.cannotCreate, "cannot create '\(target)' (\(systemError())); name another place")
  }

  /// Makes a folder inside, and those above it.
  /// - Parameter name: relative; made by the program, never foreign text.
  @discardableResult
  func folder(_ name: String) throws -> NewFolder {
    let folder = "\(path)/\(name)"
    try makeFolder(folder)
    return NewFolder(path: folder)
  }

  /// Writes a small file.
  func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

  func write(_ bytes: [UInt8], to name: String) throws {
    let file = try BufferedFile("\(path)/\(name)")
    try file.write(bytes)
    try file.close()
  }
}

/// A new file that is written from front to back.
final class BufferedFile {
  let path: String
  private var descriptor: Int32
  private var buffer: [UInt8] = []
  private static let limit = 1 << 18

  /// - Throws: `StoreError.Kind.cannotCreate`, also where there is one of that name.
  init(_ path: String) throws {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else {
      throw StoreError(.cannotCreate, "cannot create '\(path)' (\(systemError()))")
    }
    buffer.reserveCapacity(Self.limit + 4096)
  }

  deinit { if descriptor >= 0 { Foundation.close(descriptor) } }

  /// - Throws: `StoreError.Kind.inputOutput` where the disk fails or is full.
  func write(_ bytes: some Sequence<UInt8>) throws {
    buffer.append(contentsOf: bytes)
    if buffer.count >= Self.limit { try drain() }
  }

  func write(_ text: String) throws { try write(text.utf8) }

  private func drain() throws {
    var written = 0
    while written < buffer.count {
      let count = buffer.withUnsafeBytes {
        Foundation.write(descriptor, $0.baseAddress! + written, $0.count - written)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure() }
      written += count
    }
    buffer.removeAll(keepingCapacity: true)
  }

  /// Writes what is left.
  /// - Parameter durably: sees to it that it is on the disk.
  func close(durably: Bool = false) throws {
    try drain()
    if durably, fsync(descriptor) != 0 { throw failure() }
    let closed = Foundation.close(descriptor)
    descriptor = -1
    guard closed == 0 else { throw failure() }
  }

  private func failure() -> StoreError {
    StoreError(.inputOutput, "cannot write '\(path)' (\(systemError())); is the disk full?")
  }
}
