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

/// Linux's table of mounts, `/proc/self/mountinfo`. (Swift's C library module has no `statfs`.)
struct MountTable {
  private var mounts: [(point: String, fileSystem: String)] = []

  init(_ text: String) {
    for line in text.split(separator: "\n") {
      // 36 35 98:0 /root /mount/point rw,noatime master:1 - ext4 /dev/root rw
      let fields = line.split(separator: " ")
      guard fields.count > 5, let dash = fields.dropFirst(6).firstIndex(of: "-"),
        dash + 1 < fields.count
      else { continue }
      mounts.append((MountTable.unescaped(fields[4]), String(fields[dash + 1])))
    }
  }

  /// The kind of file system that holds an absolute path: that of the longest mount point above
  /// it, and of the last mounted there.
  func fileSystem(of path: String) -> String? {
    mounts.enumerated().filter { _, mount in
      mount.point == "/" || path == mount.point || path.hasPrefix(mount.point + "/")
    }.max { ($0.element.point.utf8.count, $0.offset) < ($1.element.point.utf8.count, $1.offset) }?
    .element.fileSystem
  }

  static func isNetwork(_ fileSystem: String) -> Bool {
    let kinds: Set = [
      "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "lustre", "gpfs", "beegfs", "gfs2",
      "ocfs2", "afs", "coda", "vboxsf", "virtiofs", "orangefs", "glusterfs",
    ]
    // fuse.sshfs, fuse.glusterfs … (a local disk through FUSE is `fuseblk`).
    return kinds.contains(fileSystem) || fileSystem.hasPrefix("fuse.")
  }

  /// Spaces, tabs, newlines and backslashes are written `\040` and the like.
  private static func unescaped(_ field: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(field.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), rest.count >= 3,
        let code = UInt8(String(decoding: rest.prefix(3), as: UTF8.self), radix: 8)
      {
        bytes.append(code)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
