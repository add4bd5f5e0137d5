import Foundation
import Synchronization

/// Names of what is not complete yet: `PLACE.PROCESS.tmp`, `PLACE.PROCESS-N.tmp`, beside their places.
///
/// Who writes holds a lock on it. What nobody holds was left by a process that died, and may go. Who removes it holds
/// that lock meanwhile, and who has made one and got the lock looks whether it is still there.
package enum TemporaryFile {
  private static let counter = Atomic<Int>(0)
  /// Those of this process.
  private static let own = Mutex<Set<String>>([])

  /// One that no other thread of this process gets.
  static func name(for path: String) -> String {
    let number = counter.wrappingAdd(1, ordering: .relaxed).oldValue
    return "\(path).\(getpid())\(number == 0 ? "" : "-\(number)").tmp"
  }

  /// Begins to write what shall come to `path`.
  /// - Throws: `FileFailure`, naming `path`.
  static func open(for path: String) throws(FileFailure) -> FileWriter {
    while true {
      let name = name(for: path)
      do throws(FileFailure) {
        var file: FileWriter?
        try make(name) { () throws(FileFailure) in file = try FileWriter(name) }
        if let file, file.isAtItsPath { return file }
        settle(name)
      } catch {
        // A process of the same number has left it: take the next name.
        if error.code == EEXIST { continue }
        throw FileFailure(error.kind, path, code: error.code)
      }
    }
  }

  /// Makes one, which goes with the process where `removeOwn` ends that, until it is settled.
  static func make<Failure>(
    _ name: String, _ body: () throws(Failure) -> Void
  ) throws(Failure) {
    try own.withLock { (own) throws(Failure) in
      try body()
      own.insert(name)
    }
  }

  /// What was under this name has its place, or is gone. Does not return while `removeOwn` is under way.
  static func settle(_ name: String) { _ = own.withLock { $0.remove(name) } }

  /// Calls `body`, during which what it makes at a path goes with the process where `removeOwn` ends that.
  package static func owning<Result>(_ path: String, _ body: () throws -> Result) rethrows -> Result
  {
    own.withLock { _ = $0.insert(path) }
    defer { settle(path) }
    return try body()
  }

  /// Removes what this process has not completed, and ends it; nothing is begun, completed or given up meanwhile.
  package static func removeOwn(_ end: () -> Never) -> Never {
    own.withLock { paths -> Never in
      for path in paths {
        // Another thread may be putting files into the folder.
        for _ in 0..<200 where access(path, F_OK) == 0 {
          if (try? FileManager.default.removeItem(atPath: path)) == nil { usleep(1000) }
        }
      }
      end()
    }
  }

  /// The name of the file that a temporary file of this name was to become; nil if it is not a temporary file.
  private static func target(of name: String) -> Substring? {
    guard name.hasSuffix(".tmp") else { return nil }
    return name.wholeMatch(of: /(.+)\.[0-9]+(-[0-9]+)?\.tmp/)?.1
  }

  /// Those in a folder whose process is gone, by name.
  /// - Parameter isWanted: which places' they are, by name.
  package static func left(
    in folder: String, where isWanted: (_ target: String) -> Bool = { _ in true }
  ) -> [String] {
    let place = folder.isEmpty ? "." : folder
    let names = (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
    return names.sorted().filter { name in
      guard let target = target(of: name), isWanted(String(target)) else { return false }
      return !isHeld(Paths.path(name, in: folder))
    }
  }

  /// Removes what processes that died have left of a file or folder that was to come to `path`.
  package static func removeLeft(of path: String) {
    let name = Paths.name(of: path)
    removeLeft(in: Paths.folder(of: path)) { $0 == name }
  }

  /// The same for many places of one folder.
  package static func removeLeft(
    in folder: String, where isWanted: (_ target: String) -> Bool = { _ in true }
  ) {
    for name in left(in: folder, where: isWanted) {
      let path = Paths.path(name, in: folder)
      holding(path) { try? FileManager.default.removeItem(atPath: path) }
    }
  }

  /// Whether a living process has the file's or folder's lock; true where that cannot be known.
  package static func isHeld(_ path: String) -> Bool { !holding(path) {} }

  /// Calls `body` with the lock of a file or folder that no living process has.
  /// - Returns: whether it was called.
  @discardableResult
  private static func holding(_ path: String, _ body: () -> Void) -> Bool {
    let descriptor = Foundation.open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return false }
    body()
    return true
  }

  /// Waits for whoever looks whether the file or folder is held. Where the file system has no locks, nobody will find it
  /// left over.
  static func lock(_ descriptor: Int32) {
    while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
  }

  /// Whether a path leads to an open file or folder.
  static func isAt(_ path: String, _ descriptor: Int32) -> Bool {
    var (opened, found) = (stat(), stat())
    return fstat(descriptor, &opened) == 0 && lstat(path, &found) == 0
      && opened.st_ino == found.st_ino && opened.st_dev == found.st_dev
  }
}
