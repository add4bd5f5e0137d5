/// Parts of a path, by its slashes alone. (Foundation's own trap for a relative path of one character on Linux, Swift 6.3.)
package enum Paths {
  /// All before the last name: `a/b` of `a/b/c` and of `a/b/c/`, `/` of `/a`, nothing of `a`.
  package static func folder(of path: String) -> String {
    var bytes = Array(path.utf8)[...]
    let slash = UInt8(ascii: "/")
    func dropSlashes() { while bytes.count > 1, bytes.last == slash { bytes.removeLast() } }
    dropSlashes()
    while let last = bytes.last, last != slash { bytes.removeLast() }
    dropSlashes()
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The last name: `c` of `a/b/c` and of `a/b/c/`.
  package static func name(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// A name in a folder; nothing is the folder one is in.
  package static func path(_ name: String, in folder: String) -> String {
    folder.isEmpty ? name : folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
  }

  /// Without what follows the last name's last dot: `a/b` of `a/b.pt`; a name that begins with its only dot stays.
  package static func withoutEnding(_ path: String) -> String {
    let name = name(of: path)
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return path }
    return String(path.dropLast(name.distance(from: dot, to: name.endIndex)))
  }
}
