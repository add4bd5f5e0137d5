import Images

/// The content of image files: each read, brought to one size, all in one number of channels. If any
/// image is coloured, all are.
enum ImageFiles {
  /// Whether a file of this name is taken for an image that can be read.
  static func isReadable(_ name: String) -> Bool {
    let name = name.lowercased()
    return Image.fileExtensions.contains { name.hasSuffix("." + $0) }
  }

  /// - Parameters:
  ///   - files: at least one, in the order that the images shall have.
  ///   - folder: where they come from, for an error about all of them.
  /// - Throws: `notFound`, `inputOutput`, `badInput`; each names the file.
  static func read(
    _ files: [String], _ settings: DataSettings, folder: String
  ) throws(DiffusionError) -> RawData {
    var images: [Image] = []
    for file in files {
      images.append(try fitted(file, settings, first: images.first, firstName: files[0]))
    }
    let channels = images.reduce(1) { max($0, $1.channels) }
    let (height, width) = (images[0].height, images[0].width)
    try RawData.requireMemory(height * width * channels, count: images.count, name: folder)
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
      name: "images", height: height, width: width, channels: channels, values: .bytes(bytes))
  }

  /// One image, brought to the size asked for, or else checked to have the first one's.
  private static func fitted(
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
