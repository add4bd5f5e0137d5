private import CPNG

// libpng reports errors by longjmp, which must not cross Swift. Its `png_image` calls keep every jump
// inside themselves and return a code and a message.

extension Image {
  /// Decodes any PNG: palettes, 1 to 16 bits, interlaced. Grey stays grey, all else becomes
  /// red-green-blue. 16-bit values are rounded to 8. Transparency is laid over a plain `backdrop`,
  /// black by default: the −1 that also surrounds padded images.
  ///
  /// - Parameter name: of the file, for the errors.
  /// - Throws: `badInput` if it is no PNG, truncated, damaged or larger than 2²⁶ pixels.
  public init(png bytes: [UInt8], name: String = "PNG", backdrop: UInt8 = 0) throws(ImageError) {
    let header = try PNGChunks(bytes, name: name)
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }

    // libpng keeps a pointer to the bytes between the two calls.
    var pixels: [UInt8] = []
    let isRead = bytes.withUnsafeBytes { file in
      guard png_image_begin_read_from_memory(&image, file.baseAddress, file.count) != 0 else {
        return false
      }
      image.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
      image.format &= UInt32(PNG_FORMAT_FLAG_COLOR) | UInt32(PNG_FORMAT_FLAG_ALPHA)
      let count = header.width * header.height * Self.samples(image.format)
      pixels = [UInt8](repeating: 0, count: count)
      return pixels.withUnsafeMutableBytes {
        png_image_finish_read(&image, nil, $0.baseAddress, 0, nil) != 0
      }
    }
    guard isRead else {
      throw ImageError(.badInput, "\(name): damaged: libpng says \"\(Self.message(image))\"")
    }
    let channels = image.format & UInt32(PNG_FORMAT_FLAG_COLOR) == 0 ? 1 : 3
    if image.format & UInt32(PNG_FORMAT_FLAG_ALPHA) != 0 {
      pixels = Self.composited(pixels, channels: channels, on: backdrop)
    }
    self.init(width: header.width, height: header.height, channels: channels, pixels: pixels)
  }

  /// The picture as PNG: 8 bits, grey or red-green-blue, not interlaced. The same picture gives the
  /// same bytes: nothing of time or place is written.
  ///
  /// - Throws: `badInput` if it has no pixels, or more than 2²⁶.
  public func png() throws(ImageError) -> [UInt8] {
    guard width > 0, height > 0, width <= PNGChunks.mostPixels / height else {
      throw ImageError(
        .badInput,
        "\(width)×\(height) pixels cannot be written as PNG: at least 1 and at most "
          + "\(PNGChunks.mostPixels)")
    }
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    image.width = UInt32(width)
    image.height = UInt32(height)
    image.format = channels == 1 ? UInt32(PNG_FORMAT_GRAY) : UInt32(PNG_FORMAT_FLAG_COLOR)
    defer { png_image_free(&image) }

    // Room for pixels that do not compress, with a filter byte a row and the chunks around them.
    let raw = pixels.count + height
    var size = raw + raw / 64 + 1024
    var file = [UInt8](repeating: 0, count: size)
    let isWritten = file.withUnsafeMutableBytes { file in
      pixels.withUnsafeBytes {
        png_image_write_to_memory(&image, file.baseAddress, &size, 0, $0.baseAddress, 0, nil) != 0
      }
    }
    guard isWritten else {
      throw ImageError(
        .badInput, "cannot be written as PNG: libpng says \"\(Self.message(image))\"")
    }
    return Array(file[..<size])
  }

  private static func samples(_ format: UInt32) -> Int {
    (format & UInt32(PNG_FORMAT_FLAG_COLOR) == 0 ? 1 : 3)
      + (format & UInt32(PNG_FORMAT_FLAG_ALPHA) == 0 ? 0 : 1)
  }

  /// (…, channels + 1) with straight alpha to (…, channels): a·v + (1 − a)·backdrop, to nearest.
  private static func composited(_ pixels: [UInt8], channels: Int, on backdrop: UInt8) -> [UInt8] {
    var opaque: [UInt8] = []
    opaque.reserveCapacity(pixels.count / (channels + 1) * channels)
    for place in stride(from: 0, to: pixels.count, by: channels + 1) {
      let alpha = Int(pixels[place + channels])
      for channel in 0..<channels {
        let sum = alpha * Int(pixels[place + channel]) + (255 - alpha) * Int(backdrop)
        opaque.append(UInt8((sum + 127) / 255))
      }
    }
    return opaque
  }

  private static func message(_ image: png_image) -> String {
    withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
