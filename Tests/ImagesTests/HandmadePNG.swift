import TestSupport

/// Writes PNGs of every kind by the specification alone, without libpng and without compression, so
/// that reading is checked against something else than writing.
struct HandmadePNG {
  var width: Int
  var height: Int
  var bitDepth = 8
  /// 0 grey, 2 red-green-blue, 3 palette, 4 grey and alpha, 6 red-green-blue and alpha.
  var colourType = 0
  /// The packed rows, without filter bytes.
  var rows: [[UInt8]]
  var palette: [UInt8] = []
  var transparency: [UInt8] = []
  /// Adam7; whole bytes a pixel only.
  var isInterlaced = false

  var bytes: [UInt8] {
    var file: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
    file += Self.chunk(
      "IHDR",
      Self.bigEndian(width) + Self.bigEndian(height)
        + [UInt8(bitDepth), UInt8(colourType), 0, 0, isInterlaced ? 1 : 0])
    if !palette.isEmpty { file += Self.chunk("PLTE", palette) }
    if !transparency.isEmpty { file += Self.chunk("tRNS", transparency) }
    file += Self.chunk("IDAT", Self.zlib(scanlines))
    return file + Self.chunk("IEND", [])
  }

  private var scanlines: [UInt8] {
    guard isInterlaced else { return rows.flatMap { [0] + $0 } }
    let size = rows[0].count / width
    let passes = [
      (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
      (0, 1, 1, 2),
    ]
    return passes.flatMap { x, y, dx, dy in
      stride(from: y, to: height, by: dy).flatMap { row -> [UInt8] in
        let pixels = stride(from: x, to: width, by: dx).flatMap {
          rows[row][$0 * size..<($0 + 1) * size]
        }
        return pixels.isEmpty ? [] : [0] + pixels
      }
    }
  }

  static func chunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
    let content = Array(type.utf8) + body
    return bigEndian(body.count) + content + bigEndian(Int(StoredDeflate.crc(content)))
  }

  static func bigEndian(_ number: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }

  /// RFC 1950.
  static func zlib(_ content: [UInt8]) -> [UInt8] {
    var (a, b) = (1, 0)
    for byte in content {
      a = (a + Int(byte)) % 65521
      b = (b + a) % 65521
    }
    return [0x78, 0x01] + StoredDeflate.blocks(content) + bigEndian(b << 16 | a)
  }
}
