import Foundation
import GRDB
package import Store

/// `import`: takes the runs of a capsule into a store, by their ids. Importing twice is the same as once.
package struct CapsuleImport: Sendable {
  /// What to do with a run that both have, with other numbers at the same steps.
  package enum Conflict: String, Sendable, CaseIterable {
    /// The store's stays.
    case keep
    /// The capsule's takes its place.
    case replace
    /// Nothing of the capsule is taken in.
    case refuse
  }

  /// What was done with a run.
  package enum Outcome: String, Sendable, Hashable, Encodable {
    /// The store did not have it.
    case new
    /// The store had less of it: the capsule's results took their place.
    case longer
    /// The store has the same results.
    case same
    /// The store has more of it: its results stayed.
    case shorter
    /// Both have results of their own: the store's stayed.
    case kept
    /// Both have results of their own: the capsule's took their place.
    case replaced
    /// It is in progress here, and was left alone.
    case busy
  }

  package struct Result: Sendable {
    /// By run id, in its order.
    package var runs: [(id: String, outcome: Outcome)]
    /// Experiments whose file here is another one; the store's stayed.
    package var otherVersions: [String]

    package func count(_ outcome: Outcome) -> Int { runs.count { $0.outcome == outcome } }
  }

  private let store: RunStore
  private let conflict: Conflict

  package init(into store: RunStore, conflict: Conflict = .keep) {
    self.store = store
    self.conflict = conflict
  }

  /// Takes in all of it, in one transaction.
  /// - Throws: `StoreError`: `notFound`; `badInput` for a file that is no capsule, damaged, newer
  ///   than the program, or not what a capsule may be, and for conflicts that are to be refused;
  ///   then the store is as it was.
  package func callAsFunction(_ path: String) throws -> Result {
    let capsule = try CapsuleFile(path, copyIn: store.folder)
    return try withExtendedLifetime(capsule) {
      try CapsuleFile.reading(path) {
        try capsule.queue.read { source in
          let result = try store.withArtifactFiles {
            try keepFiles(source)
            return try store.write { target in
              var merge = CapsuleMerge(
                store: store, conflict: conflict, path: path,
                copy: RowCopy(source: source, target: target))
              return try CapsuleFile.reading(path) { try merge() }
            }
          }
          forgetTraining(result)
          return result
        }
      }
    }
  }

  /// What is too large for the database becomes a file, before the transaction: a file that no row
  /// names does no harm.
  private func keepFiles(_ source: Database) throws {
    let cursor = try Row.fetchCursor(
      source, sql: "SELECT content FROM artifact WHERE bytes > ?",
      arguments: [Artifact.largestInDatabase])
    while let row = try cursor.next() {
      var rest: [UInt8]? = [UInt8](row["content"] as Data)
      _ = try ArtifactFiles(folder: store.folder).write {
        defer { rest = nil }
        return rest
      }
    }
  }

  /// A checkpoint of a run that has been replaced is of no use.
  private func forgetTraining(_ result: Result) {
    for (id, outcome) in result.runs where outcome == .longer || outcome == .replaced {
      try? FileManager.default.removeItem(
        atPath: RunLock.trainingState(run: id, store: store.folder))
    }
  }
}
