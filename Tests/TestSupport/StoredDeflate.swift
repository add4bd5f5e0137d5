/// DEFLATE without compression (RFC 1951, 3.2.4), and what is wrapped around it: to make small files
/// by their specification alone.
package enum StoredDeflate {
  package static func blocks(_ content: [UInt8]) -> [UInt8] {
    var stream: [UInt8] = []
    var place = 0
    repeat {
      let count = min(65535, content.count - place)
      let isLast = place + count == content.count
      stream += [isLast ? 1 : 0, UInt8(count & 255), UInt8(count >> 8)]
      stream += [UInt8(~count & 255), UInt8(~count >> 8 & 255)]
      stream += content[place..<place + count]
      place += count
    } while place < content.count
    return stream
  }

  /// One member of a gzip file (RFC 1952).
  package static func gzip(_ content: [UInt8]) -> [UInt8] {
    [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255] + blocks(content)
      + littleEndian(Int(crc(content)), bytes: 4) + littleEndian(content.count, bytes: 4)
  }

  package static func crc(_ bytes: [UInt8]) -> UInt32 {
    var sum = UInt32.max
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 {
        sum = sum & 1 == 1 ? sum >> 1 ^ 0xedb8_8320 : sum >> 1
      }
    }
    return ~sum
  }

  package static func littleEndian(_ number: Int, bytes: Int) -> [UInt8] {
    (0..<bytes).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }
}
