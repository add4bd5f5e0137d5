/// Records of an event file (`tensorflow/core/lib/io/record_writer.h`): length (8 bytes, little-endian), its masked
/// checksum (4), the content, its masked checksum (4). A writer that was killed leaves a part of one at the end.
struct EventRecords {
  let bytes: [UInt8]
  private(set) var place = 0
  /// Whether what begins at `place` is no record; then there are no more.
  private(set) var isDamaged = false

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// Where the next record's content stands; nil at the end, and where no whole record follows.
  mutating func next() -> Range<Int>? {
    guard place < bytes.count, !isDamaged else { return nil }
    guard bytes.count - place >= 16 else { return damaged() }
    let length = bytes.littleEndian(UInt64.self, at: place)
    guard
      bytes.littleEndian(UInt32.self, at: place + 8)
        == CyclicRedundancyCheck.castagnoli.masked(bytes[place..<(place + 8)]),
      length <= UInt64(bytes.count - place - 16)
    else { return damaged() }
    let content = (place + 12)..<(place + 12 + Int(length))
    guard
      bytes.littleEndian(UInt32.self, at: content.upperBound)
        == CyclicRedundancyCheck.castagnoli.masked(bytes[content])
    else {
      return damaged()
    }
    place = content.upperBound + 4
    return content
  }

  /// Whether a record begins at `place`, if only a part of it is there.
  var beginsAsRecord: Bool {
    let rest = bytes[place...]
    return rest.count < 12
      || bytes.littleEndian(UInt32.self, at: place + 8)
        == CyclicRedundancyCheck.castagnoli.masked(rest.prefix(8))
  }

  private mutating func damaged() -> Range<Int>? {
    isDamaged = true
    return nil
  }
}
