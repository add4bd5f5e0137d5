/// The cyclic redundancy check of Castagnoli's polynomial (RFC 3720, appendix B.4), and the mask
/// that TFRecord files lay over it.
enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { index in
    var sum = UInt32(index)
    for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0x82f6_3b78 : sum >> 1 }
    return sum
  }

  static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var sum = UInt32.max
    for byte in bytes { sum = sum >> 8 ^ table[Int((sum ^ UInt32(byte)) & 0xff)] }
    return ~sum
  }

  /// ((crc >> 15) | (crc << 17)) + 0xa282ead8, as `tensorflow/tsl/lib/hash/crc32c.h` defines it: so
  /// that a record whose content has checksums in it is no trap.
  static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let sum = checksum(bytes)
    return (sum >> 15 | sum << 17) &+ 0xa282_ead8
  }
}
