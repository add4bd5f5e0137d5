/// What went wrong with a picture, in words for the person who reads it, and of which kind.
public struct ImageError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Kind: Sendable, Hashable {
    /// A file or value is malformed.
    case badInput
    /// The file is not there.
    case notFound
    /// The file cannot be created.
    case cannotCreate
    /// Reading or writing failed half-way.
    case inputOutput
  }

  public var kind: Kind
  /// One sentence or two: what, where, and what to do.
  public var description: String

  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
