import Foundation

/// A new file that is written from front to back. Its permissions are what the umask leaves.
///
/// It holds a lock on the file (`flock`) until `end` or until its process is gone, so that a
/// temporary file whose writer has died is known as such.
package final class FileWriter {
  package let path: String
  private var descriptor: Int32
  /// The same open file once more: keeps the lock when the first is closed.
  private var holder: Int32 = -1
  private var buffer: [UInt8] = []
  private static let limit = 1 << 18

  /// - Throws: `FileFailure`, also where there is something of that name.
  package init(_ path: String) throws(FileFailure) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw FileFailure(path) }
    TemporaryFile.lock(descriptor)
  }

  /// Whether its name still stands for it: between making and locking, another process may have taken it for one
  /// that was left.
  var isAtItsPath: Bool { TemporaryFile.isAt(path, descriptor) }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if holder >= 0 { close(holder) }
  }

  /// - Throws: `FileFailure.Kind.inputOutput`.
  package func write(_ bytes: some Sequence<UInt8>) throws(FileFailure) {
    buffer.append(contentsOf: bytes)
    if buffer.count >= Self.limit { try drain() }
  }

  package func write(_ text: String) throws(FileFailure) { try write(text.utf8) }

  /// The same for bytes that lie together, without a copy.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(FileFailure) {
    if bytes.count < 4096 {
      buffer.append(contentsOf: bytes)
      if buffer.count >= Self.limit { try drain() }
    } else {
      try drain()
      try put(bytes)
    }
  }

  private func drain() throws(FileFailure) {
    var failure: FileFailure?
    buffer.withUnsafeBytes { bytes in
      do throws(FileFailure) { try put(bytes) } catch { failure = error }
    }
    if let failure { throw failure }
    buffer.removeAll(keepingCapacity: true)
  }

  private func put(_ bytes: UnsafeRawBufferPointer) throws(FileFailure) {
    guard writeAll(bytes, to: descriptor) else { throw FileFailure(.inputOutput, path) }
  }

  /// Writes what is left and closes the file; its lock stays.
  /// - Parameter durably: sees to it that it is on the disk.
  /// - Throws: `FileFailure.Kind.inputOutput`.
  package func end(durably: Bool = true) throws(FileFailure) {
    try drain()
    if durably, fsync(descriptor) != 0 { throw FileFailure(.inputOutput, path) }
    holder = fcntl(descriptor, F_DUPFD_CLOEXEC, 0)
    let closed = close(descriptor)
    descriptor = -1
    // Some file systems say only now that there was no room.
    guard closed == 0 else { throw FileFailure(.inputOutput, path) }
  }
}

/// Writes all of the bytes, however often it takes.
/// - Returns: false where it failed; `errno` says why.
package func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
  var rest = bytes
  while !rest.isEmpty {
    let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
    if count > 0 {
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    } else if count < 0, errno == EAGAIN {
      // Somebody has made the terminal or pipe not wait.
      var place = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      _ = poll(&place, 1, 1000)
    } else if count == 0 || errno != EINTR {
      if count == 0 { errno = ENOSPC }
      return false
    }
  }
  return true
}

/// Pushes a folder's entries to the disk, so that a file made, renamed or removed in it is so after a power cut too.
/// - Throws: `FileFailure`; not where the folder may not be read or its file system knows no such thing.
package func synchronizeFolder(_ path: String) throws(FileFailure) {
  let descriptor = open(path.isEmpty ? "." : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard descriptor >= 0 else {
    if [EACCES, EPERM].contains(errno) { return }
    throw FileFailure(.inputOutput, path)
  }
  let result = fsync(descriptor)
  let code = errno
  let closed = close(descriptor)
  guard result == 0 || [EINVAL, ENOTSUP, EROFS].contains(code) else {
    throw FileFailure(.inputOutput, path, code: code)
  }
  guard closed == 0 else { throw FileFailure(.inputOutput, path) }
}
