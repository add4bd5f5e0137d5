/// A short text that another content has not, but for a chance of 1 in 2^64: FNV-1a (Fowler, Noll and Vo), 64 bits.
enum ContentTag {
  static func of(_ bytes: some Sequence<UInt8>) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    return String(hash, radix: 36)
  }
}
