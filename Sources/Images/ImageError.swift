/// What went wrong with a picture, in words for the person who reads it, and of which kind.
public struct ImageError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Kinds that a program tells apart.
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

  /// Which kind it is.
  public var kind: Kind
  /// One sentence or two: what, where, and what to do.
  public var description: String

  /// An error of that kind, with its sentence.
  public init(_ kind: Kind, _ description: String) {
    self.kind = kind
    self.description = description
  }
}
