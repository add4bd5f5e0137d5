/// What went wrong with the run store, in words for the person who reads it, and of which kind.
package struct StoreError: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Kind: Sendable, Hashable {
    /// The store, a query or a value is malformed, or the store is newer than the program.
    case badInput
    /// No such store, experiment, run or artifact.
    case notFound
    /// A folder or file cannot be made or written.
    case cannotCreate
    /// Reading or writing failed half-way.
    case inputOutput
    /// Another process holds the store, or the run, for longer than one can wait.
    case busy
  }

  package var kind: Kind
  /// One sentence or two: what, where, and what to do.
  package var description: String

  package init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
