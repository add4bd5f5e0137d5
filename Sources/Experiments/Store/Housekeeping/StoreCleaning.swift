/// What `clean` removes, or would.
public struct StoreCleaning: Sendable, Hashable, Encodable {
  public enum Kind: String, Sendable, Hashable, Encodable, CaseIterable {
    /// Settings, points, events and everything else the database has of a deleted run.
    case run
    /// A file of the database's table or below `artifacts/`.
    case artifact
    /// A file below `artifacts/` that the database does not know, or one that a process left when it died.
    case strayFile
    /// `work/RUN`: lock and checkpoint.
    case workFolder
  }

  public struct Item: Sendable, Hashable, Encodable {
    public var kind: Kind
    /// A run's id, an artifact's hash, a path below the store's folder.
    public var name: String
    /// Of a run estimated: 22 a point, and the length of its texts.
    public var bytes: Int
    public var why: String
  }

  /// By kind, then name.
  public var items: [Item] = []
  /// Deleted runs that stay for now, and why.
  public var kept: [Item] = []
  /// Of the database's files, before and after; the same for a dry run.
  public var databaseBefore = 0
  public var databaseAfter = 0
  /// Why the database's file was not made smaller, where it was not: what is free in it is used
  /// again.
  public var notShrunk: String?

  /// All items together.
  public var bytes: Int { items.reduce(0) { $0 + $1.bytes } }
}
