/// A folder of images: a sub-folder a class, in order of name, or all in one and no classes.
///
/// Every file is either one of ``groups`` or counted in ``ignored``; what might be an image and cannot be
/// read is an error. The files' content is ``ImageFiles``'.
struct ImageFolder {
  let path: String
  /// Empty: no classes.
  let classNames: [String]
  /// Paths of the images of each class, or of all, by name, bytewise.
  let groups: [[String]]
  let ignored: [DataSummary.Ignored]
  /// Patterns of the settings that fitted nothing here.
  let unusedPatterns: Set<String>

  /// - Throws: `notFound`, `inputOutput`; `badInput` if there is no image, if some lie in sub-folders and
  ///   some do not, if one lies deeper or is of a format that is not read, if a name cannot be read, or if the
  ///   folders are parts of a data set; see ``FolderParts``.
  init(_ path: String, _ settings: DataSettings) throws(DiffusionError) {
    var scan = FolderScan(path, settings)
    let entries = try scan.entries(in: "")
    var loose: [String] = []
    var folders: [String] = []
    for entry in entries {
      if entry.isFolder {
        folders.append(entry.name)
      } else if try scan.isImage(entry.name) {
        loose.append(entry.name)
      }
    }
    if !loose.isEmpty {
      // Without classes a folder beside the images may hold what goes with them, but no image.
      for folder in folders { loose += try scan.images(within: folder, besides: loose[0]) }
      classNames = []
      groups = [FolderScan.sorted(loose).map { "\(path)/\($0)" }]
    } else {
      guard !folders.isEmpty else {
        throw DiffusionError(
          .badInput,
          "\(path): holds no image\(scan.first.map { " (but \($0))" } ?? scan.ignored.text): expected "
            + "images, or one folder of images per class")
      }
      try Self.check(folders, of: path)
      try FolderParts.check(folders, of: path, scan, settings)
      var groups: [[String]] = []
      for folder in folders {
        let images = try scan.images(ofClass: folder)
        guard !images.isEmpty else {
          throw DiffusionError(
            .badInput,
            "\(path)/\(folder): holds no image: expected those of the class \(folder); if it is none, "
              + "leave it out with data.ignore: [\(folder)]")
        }
        groups.append(FolderScan.sorted(images).map { "\(path)/\($0)" })
      }
      classNames = folders
      self.groups = groups
    }
    self.path = path
    ignored = scan.ignored.list
    unusedPatterns = scan.unusedPatterns
  }

  /// All images, class by class in turn, each with the number of its class.
  var all: [(path: String, label: Int)] {
    HeldOutSplit.inTurn(
      groups.enumerated().map { label, group in group.map { ($0, label) } })
  }

  /// Of two names that look the same one class would be taken for the other.
  private static func check(_ folders: [String], of path: String) throws(DiffusionError) {
    var seen: Set<String> = []
    for folder in folders where !seen.insert(folder).inserted {
      throw DiffusionError(
        .badInput,
        "\(path): holds two folders named \(folder) that differ only in how their letters are "
          + "composed: rename one of them")
    }
  }
}
