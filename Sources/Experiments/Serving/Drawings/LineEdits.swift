import Values

/// What turns one text into another: of each line that differs the bytes between what both begin with and what both end
/// with, so that a curve to which a point has come costs that point. Where lines have come or gone, what lies between the
/// first and the last that differ.
struct LineEdits: Hashable {
  struct Edit: Hashable {
    /// In the old text, in bytes.
    var start: Int
    /// Bytes that go.
    var removed: Int
    /// Bytes that come, whole characters.
    var inserted: [UInt8]
  }

  /// In the order of their places.
  private(set) var edits: [Edit] = []

  /// - Parameters: both are UTF-8.
  init(from old: [UInt8], to new: [UInt8]) {
    let (a, b) = (Self.lines(old), Self.lines(new))
    if a.count == b.count {
      for (line, other) in zip(a, b) { add(old, line, new, other) }
    } else {
      add(old, old.startIndex..<old.endIndex, new, new.startIndex..<new.endIndex)
    }
  }

  /// Bytes that come.
  var size: Int { edits.reduce(0) { $0 + $1.inserted.count } }

  /// As pages read it: `[[start, removed, "inserted"], …]`.
  var json: JSONValue {
    .array(
      edits.map {
        .array([
          .integer($0.start), .integer($0.removed),
          .string(String(decoding: $0.inserted, as: UTF8.self)),
        ])
      })
  }

  private static func lines(_ text: [UInt8]) -> [Range<Int>] {
    var lines: [Range<Int>] = []
    var start = 0
    for (place, byte) in text.enumerated() where byte == UInt8(ascii: "\n") {
      lines.append(start..<place + 1)
      start = place + 1
    }
    return lines + [start..<text.count]
  }

  private mutating func add(_ old: [UInt8], _ line: Range<Int>, _ new: [UInt8], _ other: Range<Int>)
  {
    var (first, second) = (line, other)
    while let (a, b) = Self.pair(first.first, second.first), old[a] == new[b] {
      first = a + 1..<first.upperBound
      second = b + 1..<second.upperBound
    }
    if first.isEmpty, second.isEmpty { return }
    while let (a, b) = Self.pair(first.last, second.last), old[a] == new[b] {
      first = first.lowerBound..<a
      second = second.lowerBound..<b
    }
    // Whole characters: neither part begins or ends within one.
    while first.lowerBound > line.lowerBound,
      Self.continues(old, first.lowerBound) || Self.continues(new, second.lowerBound)
    {
      first = first.lowerBound - 1..<first.upperBound
      second = second.lowerBound - 1..<second.upperBound
    }
    while first.upperBound < line.upperBound,
      Self.continues(old, first.upperBound) || Self.continues(new, second.upperBound)
    {
      first = first.lowerBound..<first.upperBound + 1
      second = second.lowerBound..<second.upperBound + 1
    }
    edits.append(
      Edit(start: first.lowerBound, removed: first.count, inserted: Array(new[second])))
  }

  private static func pair(_ a: Int?, _ b: Int?) -> (Int, Int)? {
    if let a, let b { (a, b) } else { nil }
  }

  private static func continues(_ text: [UInt8], _ place: Int) -> Bool {
    text.indices.contains(place) && text[place] & 0b1100_0000 == 0b1000_0000
  }
}
