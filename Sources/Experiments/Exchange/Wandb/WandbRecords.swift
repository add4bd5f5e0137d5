/// Records of a `.wandb` file: LevelDB's log format (`doc/log_format.md` of google/leveldb) with two changes of wandb's
/// (`core/internal/transactionlog` of wandb/wandb): 7 bytes before it (":W&B", 0xBEE1, a version), and as checksum
/// the CRC-32 of gzip, as it is, over the type and the content, where LevelDB has a masked CRC-32C.
///
/// In blocks of 32 KiB, counted from the beginning of the file, lie parts of records: checksum (4 bytes), length (2), type
/// (1: 1 whole, 2 the first part, 3 a middle one, 4 the last), content. What is too short for a head is left empty.
struct WandbRecords {
  private static let block = 32_768
  private static let head = 7

  let bytes: [UInt8]
  /// Where what comes next begins.
  private(set) var place = head
  /// Whether what begins at `place` is no part of a record; then there are no more.
  private(set) var isDamaged = false

  /// Nil where the file does not begin as wandb's do.
  init?(_ bytes: [UInt8]) {
    guard Self.begins(bytes) else { return nil }
    self.bytes = bytes
  }

  static func begins(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: [0x3A, 0x57, 0x26, 0x42, 0xE1, 0xBE, 0x00])
  }

  /// A whole record; nil at the end, and where no whole record follows.
  mutating func next() -> [UInt8]? {
    let start = place
    var record: [UInt8] = []
    var isWithin = false
    while true {
      let left = Self.block - place % Self.block
      if left < Self.head {
        place += left
        continue
      }
      guard place < bytes.count else {
        if isWithin { damage(start) }
        return nil
      }
      guard bytes.count - place >= Self.head else {
        damage(start)
        return nil
      }
      let length = Int(bytes.littleEndian(UInt16.self, at: place + 4))
      let type = bytes[place + 6]
      let content = (place + Self.head)..<(place + Self.head + length)
      let isPart = isWithin ? type == 3 || type == 4 : type == 1 || type == 2
      guard isPart, length <= left - Self.head, content.upperBound <= bytes.count,
        bytes.littleEndian(UInt32.self, at: place)
          == CyclicRedundancyCheck.ieee.checksum(bytes[(place + 6)..<content.upperBound])
      else {
        damage(start)
        return nil
      }
      record += bytes[content]
      place = content.upperBound
      if type == 1 || type == 4 { return record }
      isWithin = true
    }
  }

  private mutating func damage(_ start: Int) {
    isDamaged = true
    place = start
  }
}
