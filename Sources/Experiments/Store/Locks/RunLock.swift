import Files
import Foundation

/// Says that a process works on a run: a lock on the file `lock` in the run's work folder, which
/// the kernel drops when the process dies. So a dead run is known at once, without heartbeats.
package final class RunLock: Sendable {
  private let file: FileLock
  /// The run's work folder, `work/RUN` in the store.
  package let folder: String

  /// Takes the run, making its work folder if it is not there.
  /// - Throws: `StoreError`: `busy` if another process has it, `cannotCreate`.
  package init(run: String, store: String) throws {
    folder = RunLock.workFolder(run: run, store: store)
    try makeFolder(folder)
    file = try FileLock(path: folder + "/lock")
    // Who looks whether a run lives holds the lock for a moment: hence not just one try.
    guard file.lock(waiting: 0.5) else {
      let holder = (try? String(contentsOfFile: folder + "/lock", encoding: .utf8)) ?? ""
      let name = holder.split(separator: "\n").first.map { " (\($0))" } ?? ""
      throw StoreError(
        .busy, "run \(run.prefix(12)) is being worked on by another process\(name); wait for it")
    }
    // Nobody else writes here: what is incomplete was left by a process that died.
    TemporaryFile.removeLeft(in: folder)
    file.write("process \(getpid()) on \(ProcessInfo.processInfo.hostName)\n")
  }

  /// `work/RUN` in the store's folder: the lock and the last checkpoint of what is under way.
  package static func workFolder(run: String, store: String) -> String {
    "\(store)/work/\(run)"
  }

  /// Where a run's training state lies, if it has one.
  package static func trainingState(run: String, store: String) -> String {
    workFolder(run: run, store: store) + "/state.safetensors"
  }

  package static func hasTrainingState(run: String, store: String) -> Bool {
    access(trainingState(run: run, store: store), F_OK) == 0
  }

  /// Whether a living process, this one included, holds the run.
  package static func isHeld(run: String, store: String) -> Bool {
    let path = workFolder(run: run, store: store) + "/lock"
    guard access(path, F_OK) == 0 else { return false }
    // What cannot be opened is another user's: better to take it for alive.
    guard let file = FileLock(reading: path) else { return true }
    if file.tryLock(shared: true) {
      file.unlock()
      return false
    }
    return true
  }
}
