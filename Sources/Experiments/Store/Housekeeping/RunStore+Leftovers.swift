import Diffusion
import Files
import Foundation
import Values

/// What processes that died have left in the folders of runs that go on, and in the store's own.
extension RunStore {
  /// Removes the checkpoint of a finished run, which needs it no more: it goes after the store has said so, and a process
  /// may die in between. Nothing where the run keeps its state. Hold the run's lock.
  package func removeLeftState(ofFinished run: String) throws {
    guard try hasLeftState(run, states()[run]) else { return }
    try removeItem(RunLock.trainingState(run: run, store: folder))
  }

  /// The same for runs that are done, whose locks nobody holds: `run` looks at them all. What cannot be removed stays.
  package func removeLeftWork(of runs: [String]) throws {
    let states = try states()
    for run in runs where states[run] == .finished {
      let work = RunLock.workFolder(run: run, store: folder)
      guard
        try hasLeftState(run, states[run]) || !TemporaryFile.left(in: work).isEmpty,
        // What is incomplete goes when the lock is taken.
        let lock = try? RunLock(run: run, store: folder)
      else { continue }
      withExtendedLifetime(lock) { try? removeLeftState(ofFinished: run) }
    }
  }

  /// Whether artifacts or checkpoints lie in a store's folder, whatever its database says.
  package static func hasFilesOfRuns(_ folder: String) -> Bool {
    func names(_ path: String) -> [String] {
      (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    }
    let artifacts = folder + "/artifacts"
    return names(artifacts).contains {
      $0.count == 2 && names("\(artifacts)/\($0)").contains(where: isHash)
    }
      || names(folder + "/work").contains { RunLock.hasTrainingState(run: $0, store: folder) }
  }

  private func hasLeftState(_ run: String, _ state: RunState?) throws -> Bool {
    guard state == .finished, RunLock.hasTrainingState(run: run, store: folder) else {
      return false
    }
    // Settings that another version wrote may not be understood: then its state stays.
    guard case .object(let settings)? = JSONValue(text: try settingsJSON(run: run)),
      case .object(let training)? = settings["training"]
    else { return false }
    return training["keep_state"] == .boolean(false)
  }

  /// Incomplete files in the work folders of runs, and checkpoints that finished ones need no more.
  /// - Parameter names: folders that go as a whole, by their paths below the store's.
  package func leftWork(except names: Set<String>) throws -> [StoreCleaning.Item] {
    let states = try states()
    let runs = (try? FileManager.default.contentsOfDirectory(atPath: folder + "/work")) ?? []
    return try runs.sorted().filter(RunStore.isHash).flatMap { run -> [StoreCleaning.Item] in
      guard !names.contains("work/\(run)"), !RunLock.isHeld(run: run, store: folder) else {
        return []
      }
      let work = RunLock.workFolder(run: run, store: folder)
      var left = TemporaryFile.left(in: work).map { ($0, "partially written") }
      if try hasLeftState(run, states[run]) {
        let state = RunLock.trainingState(run: run, store: folder)
        left.append((Paths.name(of: state), "the checkpoint of a finished run"))
      }
      return left.map { name, why in
        StoreCleaning.Item(
          kind: .strayFile, name: "work/\(run)/\(name)",
          bytes: RunStore.bytes(below: "\(work)/\(name)"), why: why)
      }
    }
  }

  /// What the name of a capsule's copy begins with while `import` reads it.
  package static let importPrefix = ".import-"

  /// Copies of capsules whose `import` died.
  package func leftCopies() -> [StoreCleaning.Item] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().filter { name in
      guard name.hasPrefix(RunStore.importPrefix) else { return false }
      let copy = name.components(separatedBy: ".sqlite")[0] + ".sqlite"
      let isAlone = access("\(folder)/\(copy)", F_OK) != 0
      return isAlone || !TemporaryFile.isHeld("\(folder)/\(copy)")
    }.map { name in
      StoreCleaning.Item(
        kind: .strayFile, name: name, bytes: RunStore.bytes(below: "\(folder)/\(name)"),
        why: "left by an import")
    }
  }

  /// Removes one of these.
  package func removeLeft(_ name: String) throws {
    let parts = name.split(separator: "/").map(String.init)
    guard parts.count == 3, parts[0] == "work" else { return try removeItem("\(folder)/\(name)") }
    guard let lock = try? RunLock(run: parts[1], store: folder) else { return }
    try withExtendedLifetime(lock) { try removeLeftState(ofFinished: parts[1]) }
  }
}
