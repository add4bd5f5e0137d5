/// Linux's table of mounts, `/proc/self/mountinfo` (proc_pid_mountinfo(5)). Swift's C library module has no `statfs`.
package struct MountTable {
  package struct Mount {
    /// The folder of its file system that is seen at the mount point.
    package let root: String
    package let point: String
    /// Like `ext4` or `cgroup2`.
    package let fileSystem: String
    /// Options of the file system itself.
    package let options: [Substring]

    /// Nil for what is no line of the table.
    fileprivate init?(_ line: Substring) {
      // 36 35 98:0 /root /mount/point rw,noatime master:1 - ext4 /dev/root rw
      let words = line.split(separator: " ")
      guard words.count > 6, let dash = words.dropFirst(6).firstIndex(of: "-"),
        dash + 1 < words.count
      else { return nil }
      (root, point) = (Self.unescaped(words[3]), Self.unescaped(words[4]))
      fileSystem = String(words[dash + 1])
      options = words.count > dash + 3 ? words[dash + 3].split(separator: ",") : []
    }

    /// Spaces, tabs, newlines and backslashes are written `\040` and the like.
    private static func unescaped(_ text: Substring) -> String {
      var bytes: [UInt8] = []
      var rest = Array(text.utf8)[...]
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

  /// In the order of mounting.
  package let mounts: [Mount]

  package init(_ text: String) {
    mounts = text.split(separator: "\n").compactMap(Mount.init)
  }

  /// The kind of file system that holds an absolute path: that of the longest mount point above
  /// it, and of the last mounted there.
  package func fileSystem(of path: String) -> String? {
    mounts.enumerated().filter { _, mount in
      mount.point == "/" || path == mount.point || path.hasPrefix(mount.point + "/")
    }.max { ($0.element.point.utf8.count, $0.offset) < ($1.element.point.utf8.count, $1.offset) }?
    .element.fileSystem
  }

  /// Whether other machines may write to a file system of that kind too.
  package static func isNetwork(_ fileSystem: String) -> Bool {
    let kinds: Set = [
      "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "ceph", "lustre", "gpfs", "beegfs", "gfs2",
      "ocfs2", "afs", "coda", "vboxsf", "virtiofs", "orangefs", "glusterfs",
    ]
    // fuse.sshfs, fuse.glusterfs … (a local disk through FUSE is `fuseblk`).
    return kinds.contains(fileSystem) || fileSystem.hasPrefix("fuse.")
  }
}
