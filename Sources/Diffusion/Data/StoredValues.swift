import Images

/// Values as files hold them, before anything is done to them.
struct StoredValues: Sendable, Hashable {
  var range: DataSummary.Interval
  /// Where 0 means black and all bits set mean white, because nobody said otherwise: 8 or 16; else nil.
  var bits: Int?

  /// nil: on another scale.
  func merged(with other: StoredValues) -> StoredValues? {
    guard bits == other.bits else { return nil }
    return StoredValues(
      range: .init(
        lower: min(range.lower, other.range.lower), upper: max(range.upper, other.range.upper)),
      bits: bits)
  }

  /// Where a whole data set is nearly black: the value, 2ᵏ − 1, that may be white. Of bytes that is darker than a
  /// sixteenth (numbers of classes, 0 and 1), of 16 bits than a quarter (10, 12 and 14 bits in words); of fewer than
  /// 1,024 values nothing is said.
  func darkEnd(count: Int) -> Int? {
    guard let bits, count >= 1024 else { return nil }
    let end =
      (1...16).map { (bits: Int) -> Int in (1 << bits) - 1 }.first { range.upper <= Double($0) }
      ?? 0xffff
    return end <= (bits == 16 ? 0x3fff : 0xf) ? end : nil
  }
}

extension StoredValues {
  /// Of colours; nil: spread from fewer bits than 8, or laid over a background.
  init?(_ picture: StoredPicture) {
    guard picture.bits >= 8 else { return nil }
    func range<Sample: FixedWidthInteger>(_ samples: [Sample]) -> DataSummary.Interval? {
      samples.withUnsafeBufferPointer { samples in
        var (least, greatest) = (Sample.max, Sample.min)
        guard picture.hasAlpha else {
          for sample in samples { (least, greatest) = (min(least, sample), max(greatest, sample)) }
          return .init(lower: Double(least), upper: Double(greatest))
        }
        for (place, sample) in samples.enumerated() {
          if place % picture.channels < picture.channels - 1 {
            (least, greatest) = (min(least, sample), max(greatest, sample))
          } else if sample != .max {
            return nil
          }
        }
        return .init(lower: Double(least), upper: Double(greatest))
      }
    }
    switch picture.samples {
    case .bytes(let bytes):
      guard let range = range(bytes) else { return nil }
      self.init(range: range, bits: 8)
    case .words(let words):
      guard let range = range(words) else { return nil }
      self.init(range: range, bits: 16)
    }
  }

  init(_ values: RawData.Values, bits: Int? = nil) {
    switch values {
    case .bytes(let bytes):
      let (least, greatest) = bytes.withUnsafeBufferPointer { bytes in
        bytes.reduce(into: (UInt8.max, UInt8.min)) { $0 = (min($0.0, $1), max($0.1, $1)) }
      }
      self.init(range: .init(lower: Double(least), upper: Double(greatest)), bits: bits)
    case .floats(let floats):
      let (least, greatest) = floats.reduce(into: (Float.infinity, -Float.infinity)) {
        $0 = (min($0.0, $1), max($0.1, $1))
      }
      self.init(range: .init(lower: Double(least), upper: Double(greatest)), bits: bits)
    }
  }
}
