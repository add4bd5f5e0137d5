/// What went wrong, in words for the person who reads it, and of which kind.
public struct DiffusionError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Kinds that a program tells apart.
  public enum Kind: Sendable, Hashable {
    /// A file or value is malformed.
    case badInput
    /// A file, data set or run is not there.
    case notFound
    /// Something cannot be created or written.
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

extension Collection<String> {
  /// "a, b or c", for what an error advises.
  var alternatives: String {
    guard count > 1, let last = Array(self).last else { return joined() }
    return dropLast(1).joined(separator: ", ") + " or " + last
  }
}
