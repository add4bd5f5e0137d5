private import CPNG

// libpng reports errors by longjmp, which must not cross Swift. Its `png_image` calls keep every jump
// inside themselves and return a code and a message.

extension Image {
  /// Pixels a picture may have: 8,192 squared.
  package static let mostPixels = PNGChunks.mostPixels

  /// The picture as PNG: 8 bits, grey or red-green-blue, not interlaced. The same picture gives the
  /// same bytes: nothing of time or place is written.
  ///
  /// - Parameter isQuick: a larger file in less time.
  /// - Throws: `badInput` if it has no pixels, or more than 2²⁶.
  public func png(isQuick: Bool = false) throws(ImageError) -> [UInt8] {
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
    if isQuick { image.flags = UInt32(PNG_IMAGE_FLAG_FAST) }
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

  private static func message(_ image: png_image) -> String {
    withUnsafeBytes(of: image.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
