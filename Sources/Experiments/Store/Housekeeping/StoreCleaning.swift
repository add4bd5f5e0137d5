/// What `clean` removes, or would.
package struct StoreCleaning: Sendable, Hashable, Encodable {
  package enum Kind: String, Sendable, Hashable, Encodable, CaseIterable {
    /// Settings, points, events and everything else the database has of a deleted run.
    case run
    /// A file of the database's table or below `artifacts/`.
    case artifact
    /// A file below `artifacts/` that the database does not know, or one that a process left when it died.
    case strayFile
    /// `work/RUN`: lock and checkpoint.
    case workFolder
  }

  package struct Item: Sendable, Hashable, Encodable {
    package var kind: Kind
    /// A run's id, an artifact's hash, a path below the store's folder.
    package var name: String
    /// Of a run estimated: 22 a point, and the length of its texts.
    package var bytes: Int
    package var why: String
  }

  /// By kind, then name.
  package var items: [Item] = []
  /// Deleted runs that stay for now, and why.
  package var kept: [Item] = []
  /// Of the database's files, before and after; the same for a dry run.
  package var databaseBefore = 0
  package var databaseAfter = 0
  /// Why the database's file was not made smaller, where it was not: what is free in it is used
  /// again.
  package var notShrunk: String?

  /// All items together.
  package var bytes: Int { items.reduce(0) { $0 + $1.bytes } }
}
