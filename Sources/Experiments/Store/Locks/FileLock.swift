import Files
import Foundation

/// An advisory lock on a file (`flock`). The kernel drops it when the process ends, however it ends.
///
/// Two `FileLock`s exclude each other also within one process. The object itself is used by one
/// thread at a time: the store's by its serial queue, a run's by whoever holds the `RunLock`.
final class FileLock: @unchecked Sendable {
  private let descriptor: Int32

  /// Opens the file, making it if it is not there. Children started meanwhile do not inherit it.
  /// - Throws: `StoreError.Kind.cannotCreate`.
  init(path: String) throws {
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
    if descriptor < 0 {
      let failure = FileFailure(path)
      if failure.isOfFullDisk { throw StoreError(failure) }
      throw StoreError(
        .cannotCreate,
        "cannot write \(path) (\(systemError())); check the folder's permissions or name another "
          + "with --store")
    }
  }

  /// Opens a file that is there, to be locked by someone who may only read it.
  /// - Returns: nil where it is not there or may not be read.
  init?(reading path: String) {
    descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { return nil }
  }

  deinit {
    close(descriptor)
  }

  /// - Parameter shared: other shared holders do not mind.
  func tryLock(shared: Bool = false) -> Bool {
    flock(descriptor, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0
  }

  /// Whether the lock was had within `seconds`. Asks again after 0.2 ms, then ever less often up
  /// to 10 ms, so that short transactions of many processes pass quickly.
  func lock(waiting seconds: Double, shared: Bool = false) -> Bool {
    var pause = 0.000_2
    var waited = 0.0
    while !tryLock(shared: shared) {
      if waited >= seconds { return false }
      let nap = pause * Double.random(in: 0.5...1.5)
      usleep(UInt32(nap * 1e6))
      waited += nap
      pause = min(pause * 1.5, 0.01)
    }
    return true
  }

  func unlock() {
    _ = flock(descriptor, LOCK_UN)
  }

  /// Replaces the file's content with a line for people; who holds the lock is told by it.
  func write(_ text: String) {
    _ = ftruncate(descriptor, 0)
    let bytes = Array(text.utf8)
    _ = pwrite(descriptor, bytes, bytes.count, 0)
  }
}

/// The text of `errno`.
package func systemError() -> String {
  String(cString: strerror(errno))
}
