/// A cyclic redundancy check of 32 bits, lowest bit first, as gzip has it (RFC 1952, section 8) with whatever polynomial.
struct CyclicRedundancyCheck: Sendable {
  private let table: [UInt32]

  /// - Parameter polynomial: its coefficients in reversed order.
  init(_ polynomial: UInt32) {
    table = (0..<256).map { index in
      var sum = UInt32(index)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ polynomial : sum >> 1 }
      return sum
    }
  }

  /// Of gzip, PNG and wandb's logs.
  static let ieee = CyclicRedundancyCheck(0xedb8_8320)
  /// Castagnoli's (RFC 3720, appendix B.4), of TFRecord files.
  static let castagnoli = CyclicRedundancyCheck(0x82f6_3b78)

  func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    var sum = UInt32.max
    for byte in bytes { sum = sum >> 8 ^ table[Int((sum ^ UInt32(byte)) & 0xff)] }
    return ~sum
  }

  /// ((crc >> 15) | (crc << 17)) + 0xa282ead8, as `tensorflow/tsl/lib/hash/crc32c.h` defines it: so
  /// that a record whose content has checksums in it is no trap.
  func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let sum = checksum(bytes)
    return (sum >> 15 | sum << 17) &+ 0xa282_ead8
  }
}
