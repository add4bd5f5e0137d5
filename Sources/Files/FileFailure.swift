import Foundation

/// A file or folder that could not be made or written.
package struct FileFailure: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Kind: Sendable, Hashable {
    /// It cannot be made where it shall be: no such folder, no permission, something in the way.
    case cannotCreate
    /// The disk failed or is full.
    case inputOutput
  }

  package var kind: Kind
  package var path: String
  /// The system's error number.
  package var code: Int32

  /// Of which kind it is, the number tells.
  package init(_ path: String, code: Int32 = errno) {
    let isOfTheDisk = [EIO, ENOSPC, EDQUOT, EFBIG, ENOMEM, EBADF].contains(code)
    self.init(isOfTheDisk ? .inputOutput : .cannotCreate, path, code: code)
  }

  package init(_ kind: Kind, _ path: String, code: Int32 = errno) {
    self.kind = kind
    self.path = path
    self.code = code
  }

  /// Whether there was no room.
  package var isOfFullDisk: Bool { [ENOSPC, EDQUOT].contains(code) }

  /// The system's words for it.
  package var reason: String { String(cString: strerror(code)) }

  package var description: String {
    switch kind {
    case _ where isOfFullDisk: Self.fullDisk(path)
    case .cannotCreate: "cannot create '\(path)': \(reason)"
    case .inputOutput: "cannot write '\(path)': \(reason)"
    }
  }

  package static func fullDisk(_ path: String) -> String {
    "the disk that holds '\(path)' is full; make room and run again"
  }

  /// Whether the disk that holds a file or folder, which need not be there, has less than 1 MiB left.
  package static func isDiskFull(_ path: String) -> Bool {
    var status = statvfs()
    let folder = Paths.folder(of: path)
    guard statvfs(path, &status) == 0 || statvfs(folder.isEmpty ? "." : folder, &status) == 0
    else { return false }
    // ST_RDONLY: of what is only read nothing is left, and nothing needed.
    if status.f_flag & 1 != 0 { return false }
    let noFiles = status.f_files > 0 && status.f_favail == 0
    return noFiles || UInt64(status.f_bavail) * UInt64(status.f_frsize) < 1 << 20
  }
}
