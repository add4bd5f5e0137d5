public import Foundation

/// A file or folder that could not be made or written.
public struct FileFailure: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Kind: Sendable, Hashable {
    /// It cannot be made where it shall be: no such folder, no permission, something in the way.
    case cannotCreate
    /// The disk failed or is full.
    case inputOutput
  }

  public var kind: Kind
  public var path: String
  /// The system's error number.
  public var code: Int32

  /// Of which kind it is, the number tells.
  public init(_ path: String, code: Int32 = errno) {
    let isOfTheDisk = [EIO, ENOSPC, EDQUOT, EFBIG, ENOMEM, EBADF].contains(code)
    self.init(isOfTheDisk ? .inputOutput : .cannotCreate, path, code: code)
  }

  public init(_ kind: Kind, _ path: String, code: Int32 = errno) {
    self.kind = kind
    self.path = path
    self.code = code
  }

  /// The system's words for it.
  public var reason: String { String(cString: strerror(code)) }

  public var description: String {
    switch kind {
    case .cannotCreate: "cannot create '\(path)': \(reason)"
    case .inputOutput: "cannot write '\(path)': \(reason)"
    }
  }
}
