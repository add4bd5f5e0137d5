private import CPNG

/// What the outer layer of a PNG file says (PNG specification, 3rd edition, section 5): checked before
/// any pixel is decoded, so that a truncated or lying file is told from a good one, in clear words,
/// and nothing is allocated for it.
struct PNGChunks {
  let width: Int
  let height: Int

  /// Pixels a picture may have: 8,192 squared.
  static let mostPixels = 1 << 26
  /// DEFLATE never expands more than 1032 times.
  private static let mostExpansion = 1032
  static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

  /// - Parameter name: of the file, for the errors.
  init(_ bytes: [UInt8], name: String) throws(ImageError) {
    guard bytes.starts(with: Self.signature) else {
      throw ImageError(
        .badInput,
        bytes.isEmpty
          ? "\(name): empty, expected a PNG"
          : Self.signature.starts(with: bytes)
            ? "\(name): truncated after \(bytes.count) bytes, within the PNG signature"
            : "\(name): not a PNG: it begins with \(Self.hexadecimal(bytes.prefix(8)))")
    }
    var header: (width: Int, height: Int, bits: Int)?
    var compressed = 0
    var isEnded = false
    var place = Self.signature.count
    while !isEnded {
      guard place + 12 <= bytes.count else {
        throw ImageError(
          .badInput, "\(name): truncated after \(bytes.count) bytes, the end (IEND) is missing")
      }
      let length = Self.integer(bytes, place)
      let type = String(decoding: bytes[place + 4..<place + 8], as: UTF8.self)
      let body = place + 8
      guard length <= bytes.count - body - 4 else {
        throw ImageError(
          .badInput,
          "\(name): truncated: the chunk \(type.debugDescription) at byte \(place) announces "
            + "\(length) bytes, \(max(0, bytes.count - body - 4)) are left")
      }
      let sum = bytes[place + 4..<body + length].withUnsafeBytes {
        crc32(0, $0.baseAddress?.assumingMemoryBound(to: UInt8.self), UInt32($0.count))
      }
      guard Int(sum) == Self.integer(bytes, body + length) else {
        throw ImageError(
          .badInput,
          "\(name): damaged: the checksum of the chunk \(type.debugDescription) at byte \(place) "
            + "is wrong")
      }
      switch type {
      case "IHDR" where header == nil && length == 13:
        header = (
          Self.integer(bytes, body), Self.integer(bytes, body + 4),
          Int(bytes[body + 8]) * Self.samples(colourType: bytes[body + 9])
        )
      case "IDAT": compressed += length
      case "IEND": isEnded = true
      default: break
      }
      guard header != nil else {
        throw ImageError(
          .badInput, "\(name): the first chunk is \(type.debugDescription), expected IHDR")
      }
      place = body + length + 4
    }
    guard let header else {
      throw ImageError(.badInput, "\(name): no header (IHDR)")
    }
    (width, height) = (header.width, header.height)
    guard width > 0, height > 0, width <= Self.mostPixels / height else {
      throw ImageError(
        .badInput,
        "\(name): \(width)×\(height) pixels announced, expected at least 1 and at most "
          + "\(Self.mostPixels)")
    }
    let announced = height * ((width * header.bits + 7) / 8)
    guard announced / Self.mostExpansion <= compressed else {
      throw ImageError(
        .badInput,
        "\(name): \(width)×\(height) pixels announced, but \(compressed) bytes of image data "
          + "cannot hold them")
    }
  }

  private static func samples(colourType: UInt8) -> Int {
    switch colourType {
    case 2: 3
    case 4: 2
    case 6: 4
    default: 1
    }
  }

  private static func integer(_ bytes: [UInt8], _ place: Int) -> Int {
    bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
  }

  static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}
