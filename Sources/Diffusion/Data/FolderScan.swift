/// Goes through a folder of images and accounts for every file in it.
struct FolderScan {
  private let root: String
  private let patterns: [String]
  private let isRecursive: Bool
  private let settings: DataSettings
  private(set) var ignored = IgnoredFiles()
  /// Patterns that fitted nothing so far.
  private(set) var unusedPatterns: Set<String>
  /// A file that is no image.
  private(set) var first: String?

  /// Deeper than anyone sorts images: links that lead in circles.
  private static let mostDepth = 32
  /// What archives made on a Mac and file managers leave behind.
  private static let litter: Set = ["__MACOSX", "@eaDir", "$RECYCLE.BIN", "lost+found"]

  init(_ root: String, _ settings: DataSettings) {
    self.root = root
    patterns = settings.ignore
    isRecursive = settings.recursive
    self.settings = settings
    unusedPatterns = Set(settings.ignore)
  }

  /// The same folder, of which nothing has been looked at.
  var anew: FolderScan { FolderScan(root, settings) }

  /// What a folder holds, less what is hidden or left out by a pattern.
  /// - Parameter folder: relative to the root; empty: the root.
  mutating func entries(in folder: String) throws(DiffusionError) -> [FolderListing.Entry] {
    var rest: [FolderListing.Entry] = []
    for entry in try FolderListing.entries(of: folder.isEmpty ? root : "\(root)/\(folder)") {
      let path = folder.isEmpty ? entry.name : "\(folder)/\(entry.name)"
      if fits(path, name: entry.name) {
        try leaveOut(path, isFolder: entry.isFolder, "data.ignore")
      } else if entry.isHidden {
        try leaveOut(path, isFolder: entry.isFolder, "hidden")
      } else if entry.isFolder, Self.litter.contains(entry.name) {
        try leaveOut(path, isFolder: true, "left by an archive or a file manager")
      } else {
        rest.append(entry)
      }
    }
    return rest
  }

  /// Whether a file is an image; if not, it is counted as ignored.
  /// - Throws: `badInput` if it is one that cannot be read.
  mutating func isImage(_ path: String) throws(DiffusionError) -> Bool {
    let parts = path.split(separator: "/")
    let folder = ([root] + parts.dropLast().map(String.init)).joined(separator: "/")
    let name = parts.last.map(String.init) ?? path
    switch ImageNames.kind(name, in: folder) {
    case .image: return true
    case .other:
      if first == nil { first = path }
      ignored.add(path, "not an image")
      return false
    case .foreign(let format):
      throw DiffusionError(
        .badInput,
        "\(root)/\(path): \(ImageNames.advice(name, format: format)), or leave such files out with "
          + "data.ignore: [\(Self.pattern(name))]")
    }
  }

  /// The images of a class, relative to the root.
  /// - Throws: `badInput` if some lie in a folder within its folder, unless they shall count.
  mutating func images(ofClass folder: String) throws(DiffusionError) -> [String] {
    try images(in: folder, depth: 0) { deeper, count in
      "\(deeper): holds \(count) \(count == 1 ? "image" : "images") in a folder within the class "
        + "\(folder): set data.recursive: true to count \(count == 1 ? "it" : "them") to the class, or "
        + "leave the folder out with data.ignore"
    }
  }

  /// The images of a folder that stands beside images.
  mutating func images(
    within folder: String, besides image: String
  ) throws(DiffusionError) -> [String] {
    let root = root
    func problem(_ deeper: String, _ count: Int) -> String {
      "\(root): holds images (\(image)) and folders with images (\(folder)): expected either images, "
        + "or one folder per class; set data.recursive: true to take all of them, without classes, or "
        + "leave some out with data.ignore"
    }
    if isRecursive { return try images(in: folder, depth: 1, problem) }
    let found = try images(in: folder, depth: 0, problem)
    guard found.isEmpty else {
      throw DiffusionError(.badInput, problem(folder, found.count))
    }
    return []
  }

  private mutating func images(
    in folder: String, depth: Int, _ problem: (_ folder: String, _ count: Int) -> String
  ) throws(DiffusionError) -> [String] {
    guard depth < Self.mostDepth else {
      throw DiffusionError(
        .badInput,
        "\(root)/\(folder): lies \(depth) folders deep: does a link lead back to a folder above it?"
      )
    }
    var images: [String] = []
    var folders: [String] = []
    for entry in try entries(in: folder) {
      let path = "\(folder)/\(entry.name)"
      if entry.isFolder {
        folders.append(path)
      } else if try isImage(path) {
        images.append(path)
      }
    }
    for inner in folders {
      let deeper = try self.images(in: inner, depth: depth + 1, problem)
      guard isRecursive || deeper.isEmpty else {
        throw DiffusionError(.badInput, problem("\(root)/\(inner)", deeper.count))
      }
      images += deeper
    }
    return images
  }

  /// By name, bytewise.
  static func sorted(_ names: [String]) -> [String] {
    names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  // MARK: What is left out

  private mutating func fits(_ path: String, name: String) -> Bool {
    var isFitting = false
    for pattern in patterns {
      let bare = pattern.hasSuffix("/") ? String(pattern.dropLast()) : pattern
      if FolderListing.matches(bare, name) || FolderListing.matches(bare, path) {
        unusedPatterns.remove(pattern)
        isFitting = true
      }
    }
    return isFitting
  }

  /// Counts a file, or every file of a folder.
  private mutating func leaveOut(
    _ path: String, isFolder: Bool, _ reason: String, depth: Int = 0
  ) throws(DiffusionError) {
    guard isFolder else { return ignored.add(path, reason) }
    guard depth < Self.mostDepth else { return }
    for entry in try FolderListing.entries(of: "\(root)/\(path)") {
      try leaveOut(
        "\(path)/\(entry.name)", isFolder: entry.isFolder, reason, depth: depth + 1)
    }
  }

  /// Counts every file of a folder that is no part of the data.
  mutating func leaveOut(folder: String, _ reason: String) throws(DiffusionError) {
    try leaveOut(folder, isFolder: true, reason)
  }

  /// `*.gif` for `a.gif`, or the name itself.
  private static func pattern(_ name: String) -> String {
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return name }
    return "'*\(name[dot...])'"
  }
}

/// Files that are no part of the data, by reason.
struct IgnoredFiles {
  private(set) var list: [DataSummary.Ignored] = []
  private static let mostExamples = 3

  mutating func add(_ path: String, _ reason: String) {
    let place =
      list.firstIndex { $0.reason == reason }
      ?? {
        list.append(.init(reason: reason, count: 0, examples: []))
        return list.count - 1
      }()
    list[place].count += 1
    if list[place].examples.count < Self.mostExamples { list[place].examples.append(path) }
  }

  /// Of a folder in which nothing is left: ` (12 files left out: data.ignore)`.
  var text: String {
    list.isEmpty
      ? ", it is empty"
      : " ("
        + list.map { "\($0.count) \($0.count == 1 ? "file" : "files") left out: \($0.reason)" }
        .joined(separator: "; ") + ")"
  }

  /// - Parameter folder: that the other's files are in.
  mutating func add(_ others: [DataSummary.Ignored], in folder: String) {
    for other in others {
      let place =
        list.firstIndex { $0.reason == other.reason }
        ?? {
          list.append(.init(reason: other.reason, count: 0, examples: []))
          return list.count - 1
        }()
      list[place].count += other.count
      let room = max(0, Self.mostExamples - list[place].examples.count)
      list[place].examples += other.examples.prefix(room).map {
        folder.isEmpty ? $0 : "\(folder)/\($0)"
      }
    }
  }
}
