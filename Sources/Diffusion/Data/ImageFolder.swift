private import Foundation

/// A folder of images: a sub-folder a class, in order of name, or all in one and no classes.
///
/// Order: by name, bytewise; with classes the first image of each class, then the second of each, and
/// so on, so that `limit` leaves every class. Held out is the last tenth of each class. The files'
/// content is ``ImageFiles``'.
struct ImageFolder {
  let path: String
  /// Empty: no classes.
  let classNames: [String]
  /// Files of each class, or of all.
  private let groups: [[String]]

  /// - Throws: `notFound`, `badInput` if there is no PNG, or some lie in sub-folders and some do not.
  init(_ path: String) throws(DiffusionError) {
    self.path = path
    let names = try Self.names(in: path)
    let loose = names.filter(ImageFiles.isReadable)
    let folders = names.filter { Self.isFolder("\(path)/\($0)") }
    guard folders.isEmpty || loose.isEmpty else {
      throw DiffusionError(
        .badInput,
        "\(path): holds PNGs (\(loose[0])) and folders (\(folders[0])): expected either PNGs, or a "
          + "folder a class")
    }
    if folders.isEmpty {
      guard !loose.isEmpty else {
        throw DiffusionError(
          .badInput,
          "\(path): holds no PNG\(names.first.map { " (but \($0))" } ?? ", it is empty"): expected "
            + "PNGs, or a folder of PNGs a class")
      }
      classNames = []
      groups = [loose.map { "\(path)/\($0)" }]
      return
    }
    var groups: [[String]] = []
    for folder in folders {
      let images = try Self.names(in: "\(path)/\(folder)").filter(ImageFiles.isReadable)
      guard !images.isEmpty else {
        throw DiffusionError(
          .badInput, "\(path)/\(folder): holds no PNG: expected the images of the class \(folder)")
      }
      groups.append(images.map { "\(path)/\(folder)/\($0)" })
    }
    classNames = folders
    self.groups = groups
  }

  /// - Throws: `notFound`, `inputOutput`, `badInput`; each names the file.
  func read(
    _ settings: DataSettings, split: DataSettings.Split, limit: Int?
  ) throws(DiffusionError) -> RawData {
    var files = try files(of: split)
    if let limit { files = Array(files.prefix(limit)) }
    var data = try ImageFiles.read(files.map(\.path), settings, folder: path)
    guard !classNames.isEmpty else { return data }
    data.labels = files.map { Int32($0.label) }
    data.classes = classNames.count
    data.classNames = classNames
    return data
  }

  /// The files of a split in order, each with the number of its group.
  func files(of split: DataSettings.Split) throws(DiffusionError) -> [(path: String, label: Int)] {
    let parts = groups.map { group in
      group[RawData.range(of: split, count: group.count)]
    }
    let longest = parts.reduce(0) { max($0, $1.count) }
    let files = (0..<longest).flatMap { place in
      parts.enumerated().compactMap { label, part in
        place < part.count ? (part[part.startIndex + place], label) : nil
      }
    }
    guard !files.isEmpty else {
      throw DiffusionError(
        .badInput,
        "\(path): holds 1 image\(classNames.isEmpty ? "" : " a class"), expected at least 2: the last "
          + "tenth is held out for testing")
    }
    return files
  }

  /// What is in a folder but hidden files, by name, bytewise.
  private static func names(in folder: String) throws(DiffusionError) -> [String] {
    guard isFolder(folder) else {
      throw DiffusionError(.notFound, "\(folder): no such folder")
    }
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder)
        .filter { !$0.hasPrefix(".") }
        .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    } catch {
      throw DiffusionError(.inputOutput, "\(folder): cannot be read: \(error.localizedDescription)")
    }
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }
}
