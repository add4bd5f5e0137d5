import Files
import Foundation

/// Whether a folder lies on a file system that other machines write too. There the shared memory
/// of SQLite's write-ahead log does not work, and the store keeps a plain journal instead.
package func isOnNetworkFileSystem(_ folder: String) -> Bool {
  #if os(Linux)
    guard let resolved = realpath(folder, nil) else { return false }
    defer { free(resolved) }
    let table = FileManager.default.contents(atPath: "/proc/self/mountinfo") ?? Data()
    let kind = MountTable(String(decoding: table, as: UTF8.self))
      .fileSystem(of: String(cString: resolved))
    return kind.map(MountTable.isNetwork) ?? false
  #else
    var information = statfs()
    return statfs(folder, &information) == 0 && information.f_flags & UInt32(MNT_LOCAL) == 0
  #endif
}
