private import Files

#if canImport(Darwin)
  private import Darwin
#else
  private import Glibc
#endif

/// What is in one folder, by name, bytewise.
enum FolderListing {
  struct Entry {
    var name: String
    var isFolder: Bool

    var isHidden: Bool { name.utf8.first == UInt8(ascii: ".") }
  }

  /// Links are followed.
  ///
  /// - Throws: `notFound`; `badInput` if a name is not UTF-8, or is no file's and no folder's;
  ///   `inputOutput`.
  static func entries(of folder: String) throws(DiffusionError) -> [Entry] {
    guard let stream = opendir(folder) else {
      let isMissing = errno == ENOENT || errno == ENOTDIR
      throw DiffusionError(
        isMissing ? .notFound : .inputOutput,
        isMissing
          ? "\(folder): no such folder\(lookedFor(folder))"
          : "\(folder): cannot be read: \(reason())")
    }
    defer { closedir(stream) }
    var entries: [Entry] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        guard errno == 0 else {
          throw DiffusionError(.inputOutput, "\(folder): cannot be read: \(reason())")
        }
        break
      }
      let bytes = name(of: entry)
      if bytes == [UInt8(ascii: ".")] || bytes == [UInt8(ascii: "."), UInt8(ascii: ".")] {
        continue
      }
      guard let name = String(validating: bytes, as: UTF8.self) else {
        throw DiffusionError(
          .badInput,
          "\(folder): holds the name \"\(escaped(bytes))\", which is not UTF-8: rename it "
            + "(convmv turns the names of old archives into UTF-8)")
      }
      entries.append(
        Entry(
          name: name,
          isFolder: try isFolder("\(folder)/\(name)", type: Int32(entry.pointee.d_type))))
    }
    return entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// Of a path that leads nowhere and is relative, where it was looked for.
  static func lookedFor(_ path: String) -> String {
    guard !path.hasPrefix("/"), let here = getcwd(nil, 0) else { return "" }
    defer { free(here) }
    return
      " (looked for as \(Paths.path(path, in: String(cString: here))): paths are relative to the "
      + "folder that the program is run in)"
  }

  /// The first bytes of a file, at most `count`; none where it cannot be read.
  static func beginning(of path: String, count: Int) -> [UInt8] {
    guard let file = fopen(path, "rb") else { return [] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: count)
    let found = fread(&bytes, 1, count, file)
    return Array(bytes.prefix(found))
  }

  /// Whether a shell's pattern (`*.gif`) fits a name.
  static func matches(_ pattern: String, _ name: String) -> Bool {
    fnmatch(pattern, name, 0) == 0
  }

  private static func isFolder(_ path: String, type: Int32) throws(DiffusionError) -> Bool {
    if type == Int32(DT_DIR) { return true }
    if type == Int32(DT_REG) { return false }
    var status = stat()
    guard stat(path, &status) == 0 else {
      var link = stat()
      let isLink = lstat(path, &link) == 0 && link.st_mode & S_IFMT == S_IFLNK
      throw DiffusionError(
        .badInput,
        isLink
          ? "\(path): a link that leads nowhere (\(reason())): fix or remove it"
          : "\(path): \(reason())")
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return true
    case S_IFREG: return false
    default:
      throw DiffusionError(.badInput, "\(path): neither a file nor a folder: remove it")
    }
  }

  private static func name(of entry: UnsafeMutablePointer<dirent>) -> [UInt8] {
    withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
  }

  /// `kat\xe9`
  private static func escaped(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
      (0x20...0x7E).contains(byte)
        ? String(UnicodeScalar(byte))
        : "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }

  private static func reason() -> String {
    String(cString: strerror(errno))
  }
}
