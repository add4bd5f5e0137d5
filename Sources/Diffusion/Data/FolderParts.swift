private import Files

/// Folders that are parts of a data set (`train`, `dev`, `val_images`) and would pass for classes.
enum FolderParts {
  private static let training = Set(ImageFolderSource.trainingNames)
  private static let others = Set(
    ImageFolderSource.testNames + ["dev", "eval", "evaluation", "holdout"])
  /// What such names have beside it.
  private static let additions: Set = ["image", "images", "img", "imgs", "data", "set", "split"]

  /// - Parameter folders: of `path`, which holds no image; each would be a class.
  /// - Throws: `badInput` where they are parts: two or more and nothing else; or one that holds folders in place of
  ///   images, unless `data.recursive` says that those belong to a class.
  static func check(
    _ folders: [String], of path: String, _ scan: FolderScan, _ settings: DataSettings
  ) throws(DiffusionError) {
    let parts = folders.filter(isPart)
    let isAll = parts.count == folders.count
    var isDivided = false
    for folder in parts {
      var scan = scan
      let entries = try scan.entries(in: folder)
      isDivided =
        isDivided
        || entries.contains(where: \.isFolder)
          && !entries.contains { !$0.isFolder && ImageFiles.isReadable($0.name) }
    }
    guard isAll && parts.count > 1 || isDivided && (isAll || !settings.recursive) else { return }
    throw DiffusionError(
      .badInput,
      "\(path): holds "
        + (parts.count == 1
          ? "the folder \(parts[0]), a part of a data set rather than a class: "
          : "the folders \(parts.dropLast().joined(separator: ", ")) and \(parts[parts.count - 1]), "
            + "parts of a data set rather than classes: ")
        + advice(parts, of: path, settings)
        + (isAll
          ? ""
          : "; if \(parts.count == 1 ? "it is a class" : "they are classes"), set data.recursive: "
            + "true"))
  }

  private static func advice(
    _ parts: [String], of path: String, _ settings: DataSettings
  ) -> String {
    let toTrain =
      first(ImageFolderSource.trainingNames, of: parts)
      ?? parts.first { !words(of: $0).isDisjoint(with: training) }
    let rest = parts.filter { words(of: $0).isDisjoint(with: training) }
    let toTest = first(ImageFolderSource.testNames, of: rest) ?? rest.first
    func key(_ name: String, _ folder: String?, _ use: String) -> String {
      folder.map { "\(name): \(Paths.path($0, in: path))" } ?? "\(name) to the one to \(use)"
    }
    if settings.test == path { return "set " + key("data.test", toTest, "hold out") }
    let own = "set " + key("data.path", toTrain, "train on")
    guard settings.test == nil, parts.count > 1 else { return own }
    return "\(own) and " + key("data.test", toTrain == nil ? nil : toTest, "hold out")
  }

  /// The first of the names that a folder has.
  private static func first(_ names: [String], of folders: [String]) -> String? {
    names.lazy.compactMap { name in folders.first { $0.lowercased() == name } }.first
  }

  private static func words(of folder: String) -> Set<String> {
    Set(folder.lowercased().split { !$0.isLetter }.map(String.init))
  }

  private static func isPart(_ folder: String) -> Bool {
    let parts = words(of: folder).subtracting(additions)
    return !parts.isEmpty && parts.isSubset(of: training.union(others))
  }
}
