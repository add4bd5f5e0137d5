private import Files
private import Foundation

/// The entries of one kind in the folder of a cache, a file each: those that were used longest ago go when there are too
/// many bytes.
struct CacheFolder: Sendable {
  let path: String
  /// What the names of its entries end in.
  let ending: String

  /// Removes what was used longest ago until the rest, but for one entry, is small enough, and what writers that died have
  /// left.
  func trim(keeping kept: String, mostBytes: Int) {
    TemporaryFile.removeLeft(in: path) { $0.hasSuffix(ending) }
    let entries = entries()
    var total = entries.first { $0.path == kept }?.bytes ?? 0
    for entry in entries.sorted(by: { $0.used > $1.used }) where entry.path != kept {
      total += entry.bytes
      if total > mostBytes { unlink(entry.path) }
    }
  }

  /// How many entries there are, and in how many bytes.
  func usage() -> (entries: Int, bytes: Int) {
    let entries = entries()
    return (entries.count, entries.reduce(0) { $0 + $1.bytes })
  }

  /// Makes an entry one that was used now.
  static func touch(_ entry: String) { utimes(entry, nil) }

  /// Whether the disk has room for so many bytes, and for three times as many beside them.
  func hasRoom(for bytes: Int) -> Bool {
    var space = statvfs()
    return statvfs(path, &space) == 0
      && UInt64(space.f_bavail) * UInt64(space.f_frsize) / 4 > UInt64(bytes)
  }

  private func entries() -> [(path: String, bytes: Int, used: Int)] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { $0.hasSuffix(ending) }.compactMap { name in
      var status = stat()
      let path = Paths.path(name, in: path)
      guard stat(path, &status) == 0 else { return nil }
      return (path, Int(status.st_size), status.modified)
    }
  }
}

extension stat {
  /// When its status last changed, in nanoseconds since 1970.
  var changed: Int {
    #if canImport(Darwin)
      st_ctimespec.tv_sec * 1_000_000_000 + st_ctimespec.tv_nsec
    #else
      st_ctim.tv_sec * 1_000_000_000 + st_ctim.tv_nsec
    #endif
  }

  /// When its content last changed, in nanoseconds since 1970.
  var modified: Int {
    #if canImport(Darwin)
      st_mtimespec.tv_sec * 1_000_000_000 + st_mtimespec.tv_nsec
    #else
      st_mtim.tv_sec * 1_000_000_000 + st_mtim.tv_nsec
    #endif
  }
}
