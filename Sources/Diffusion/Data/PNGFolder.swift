private import Foundation
import Images

/// A folder of PNGs: a sub-folder a class, in order of name, or all in one and no classes.
///
/// Order: by name, bytewise; with classes the first image of each class, then the second of each, and
/// so on, so that `limit` leaves every class. Held out is the last tenth of each class. If any image
/// is coloured, all are.
struct PNGFolder {
  private let path: String
  private let classNames: [String]
  /// Files of each class, or of all.
  private let groups: [[String]]

  /// - Throws: `notFound`, `badInput` if there is no PNG, or some lie in sub-folders and some do not.
  init(_ path: String) throws(DiffusionError) {
    self.path = path
    let names = try Self.names(in: path)
    let loose = names.filter(Self.isPNG)
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
      let images = try Self.names(in: "\(path)/\(folder)").filter(Self.isPNG)
      guard !images.isEmpty else {
        throw DiffusionError(
          .badInput, "\(path)/\(folder): holds no PNG: expected the images of the class \(folder)")
      }
      groups.append(images.map { "\(path)/\(folder)/\($0)" })
    }
    classNames = folders
    self.groups = groups
  }

  func read(
    _ settings: DataSettings, split: DataSettings.Split, limit: Int?
  ) throws(DiffusionError) -> RawData {
    var files = try files(of: split)
    if let limit { files = Array(files.prefix(limit)) }
    var images: [Image] = []
    for (file, _) in files {
      images.append(try fitted(file, settings, first: images.first, firstName: files[0].path))
    }
    let channels = images.reduce(1) { max($0, $1.channels) }
    let (height, width) = (images[0].height, images[0].width)
    try RawData.requireMemory(height * width * channels, count: images.count, name: path)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(images.count * height * width * channels)
    for image in images {
      if image.channels == channels {
        bytes += image.pixels
      } else {
        for pixel in image.pixels {
          for _ in 0..<channels { bytes.append(pixel) }
        }
      }
    }
    return RawData(
      name: "images", height: height, width: width, channels: channels, values: .bytes(bytes),
      labels: classNames.isEmpty ? [] : files.map { Int32($0.label) }, classes: classNames.count,
      classNames: classNames)
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

  /// One image, brought to the size asked for, or else checked to have the first one's.
  private func fitted(
    _ file: String, _ settings: DataSettings, first: Image?, firstName: String
  ) throws(DiffusionError) -> Image {
    let image: Image
    do throws(ImageError) {
      image = try Image(contentsOf: file)
    } catch {
      throw DiffusionError(error)
    }
    guard let size = settings.size else {
      if let first, first.width != image.width || first.height != image.height {
        throw DiffusionError(
          .badInput,
          "\(file): is \(image.height)×\(image.width), expected \(first.height)×\(first.width) as "
            + "\(firstName): set data.size to bring all to one size")
      }
      return image
    }
    if image.width == size, image.height == size { return image }
    let fit = try ImageFit(
      height: image.height, width: image.width, channels: image.channels, size: size,
      fit: settings.fit, name: file)
    return Image(
      width: size, height: size, channels: image.channels, pixels: fit.apply(image.pixels, count: 1)
    )
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

  private static func isPNG(_ name: String) -> Bool {
    name.lowercased().hasSuffix(".png")
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }
}

extension DiffusionError {
  init(_ error: ImageError) {
    let kind: Kind =
      switch error.kind {
      case .badInput: .badInput
      case .notFound: .notFound
      case .cannotCreate: .cannotCreate
      case .inputOutput: .inputOutput
      }
    self.init(kind, error.description)
  }
}
