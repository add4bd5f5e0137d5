private import CImageCodecs

/// A picture as it is stored: its own channels, transparency among them, and its own bits.
package struct StoredPicture: Sendable, Hashable {
  package enum Samples: Sendable, Hashable {
    case bytes([UInt8])
    /// Of 16 bits.
    case words([UInt16])
  }

  package let width: Int
  package let height: Int
  /// 1 grey, 2 grey and alpha, 3 red-green-blue, 4 with alpha; alpha is straight.
  package let channels: Int
  /// (height, width, channels)
  package let samples: Samples
  /// Of a sample in the file, 1 to 16; 8 of what has a palette.
  package let bits: Int

  package var hasAlpha: Bool { channels % 2 == 0 }

  /// Decodes a PNG, JPEG or WebP to the samples that are in it: no gamma, colour profile or orientation is applied.
  /// Palettes become red-green-blue; CMYK too; grey of 1, 2 or 4 bits is spread over a byte.
  ///
  /// - Parameters:
  ///   - name: of the file, for the errors.
  ///   - isWide: whether 16 bits are kept; else the high byte is.
  /// - Throws: `badInput` if it is none of them, truncated, damaged or larger than 2²⁶ pixels.
  package init(_ bytes: [UInt8], name: String, isWide: Bool = false) throws(ImageError) {
    var picture = wb_picture()
    defer { wb_picture_free(&picture) }
    let library: String
    let result: Int32
    switch PictureFormat(bytes) {
    case .png:
      _ = try PNGChunks(bytes, name: name)
      library = "libpng"
      result = wb_png_read(&picture, bytes, bytes.count, Self.mostPixels, isWide ? 1 : 0)
    case .jpeg:
      library = "libjpeg"
      result = wb_jpeg_read(&picture, bytes, bytes.count, Self.mostPixels)
    case .webp:
      library = "libwebp"
      result = wb_webp_read(&picture, bytes, bytes.count, Self.mostPixels)
    case nil:
      throw Self.unknown(bytes, name: name)
    }
    guard result == wb_codec_read else {
      throw Self.error(picture, result: result, library: library, name: name, size: bytes.count)
    }
    // Of a PNG's header: bits and kind of colour, 3 being a palette.
    bits = PictureFormat(bytes) == .png && bytes[25] != 3 ? Int(bytes[24]) : 8
    width = picture.width
    height = picture.height
    channels = Int(picture.channels)
    let count = width * height * channels
    samples =
      picture.bytes == 2
      ? .words(
        Array(
          UnsafeBufferPointer(
            start: picture.samples.assumingMemoryBound(to: UInt16.self), count: count)))
      : .bytes(
        Array(
          UnsafeBufferPointer(
            start: picture.samples.assumingMemoryBound(to: UInt8.self), count: count)))
  }

  /// Reads a PNG, JPEG or WebP file; see ``init(_:name:isWide:)``.
  ///
  /// - Throws: `notFound`, `inputOutput`, `badInput`.
  package init(contentsOf path: String, isWide: Bool = false) throws(ImageError) {
    try self.init(Image.bytes(of: path), name: path, isWide: isWide)
  }

  /// 8,192 squared.
  static let mostPixels = PNGChunks.mostPixels

  private static func unknown(_ bytes: [UInt8], name: String) -> ImageError {
    let what: String
    if bytes.isEmpty {
      what = "empty, expected a PNG, JPEG or WebP"
    } else if PNGChunks.signature.starts(with: bytes) {
      what = "truncated after \(bytes.count) bytes, within the PNG signature"
    } else if bytes.count < 12, [0xff, 0xd8, 0xff].starts(with: bytes.prefix(3)) {
      what = "truncated after \(bytes.count) bytes, within the JPEG header"
    } else if bytes.count < 12, "RIFF".utf8.starts(with: bytes.prefix(4)) {
      what = "truncated after \(bytes.count) bytes, within the WebP header"
    } else if let foreign = PictureFormat.foreignName(bytes) {
      what = "\(foreign), expected a PNG, JPEG or WebP"
    } else {
      what = "not a PNG, JPEG or WebP: it begins with \(PNGChunks.hexadecimal(bytes.prefix(8)))"
    }
    return ImageError(.badInput, "\(name): \(what)")
  }

  private static func error(
    _ picture: wb_picture, result: Int32, library: String, name: String, size: Int
  ) -> ImageError {
    let message = withUnsafeBytes(of: picture.message) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    let what: String
    switch Int(result) {
    case wb_codec_truncated: what = "truncated after \(size) bytes, within the picture"
    case wb_codec_too_large:
      what =
        "\(picture.width)×\(picture.height) pixels announced, expected at least 1 and at most "
        + "\(mostPixels)"
    case wb_codec_no_memory:
      what = "\(picture.width)×\(picture.height) pixels do not fit into memory"
    case wb_codec_unsupported: what = "cannot be read: \(message)"
    default: what = "damaged: \(library) says \"\(message)\""
    }
    return ImageError(.badInput, "\(name): \(what)")
  }
}
