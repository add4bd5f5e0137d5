/// The fields of a message in protocol buffers' wire format, one after the other
/// (protobuf.dev/programming-guides/encoding). Fields that are not asked for are passed over, as the format wants it.
struct ProtobufFields {
  /// What is no message: a length beyond the end, a number without one, a wire type that is not there.
  struct Damage: Error {}

  enum Value {
    /// int32, int64, bool, enum.
    case varint(UInt64)
    /// double, fixed64.
    case fixed64(UInt64)
    /// float, fixed32.
    case fixed32(UInt32)
    /// Text, bytes, a message, numbers packed together: where it stands.
    case delimited(Range<Int>)
  }

  let bytes: [UInt8]
  private var place: Int
  private let end: Int

  init(_ bytes: [UInt8], in range: Range<Int>) {
    self.bytes = bytes
    place = range.lowerBound
    end = range.upperBound
  }

  init(_ bytes: [UInt8]) { self.init(bytes, in: 0..<bytes.count) }

  /// - Throws: `Damage`.
  mutating func next() throws(Damage) -> (field: Int, value: Value)? {
    guard place < end else { return nil }
    let key = try varint()
    let field = Int(truncatingIfNeeded: key >> 3)
    switch key & 7 {
    case 0: return (field, .varint(try varint()))
    case 1: return (field, .fixed64(bytes.littleEndian(UInt64.self, at: try skip(8))))
    case 5: return (field, .fixed32(bytes.littleEndian(UInt32.self, at: try skip(4))))
    case 2:
      let count = try varint()
      guard count <= UInt64(end - place) else { throw Damage() }
      let start = try skip(Int(count))
      return (field, .delimited(start..<place))
    default: throw Damage()
    }
  }

  private mutating func skip(_ count: Int) throws(Damage) -> Int {
    guard count <= end - place else { throw Damage() }
    defer { place += count }
    return place
  }

  private mutating func varint() throws(Damage) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard place < end else { throw Damage() }
      let byte = bytes[place]
      place += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    throw Damage()
  }

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  func message(_ range: Range<Int>) -> ProtobufFields { ProtobufFields(bytes, in: range) }
}

extension ProtobufFields.Value {
  /// A double, float, int or bool as a number; nil for what is delimited.
  var number: Double? {
    switch self {
    case .varint(let value): Double(Int64(bitPattern: value))
    case .fixed64(let bits): Double(bitPattern: bits)
    case .fixed32(let bits): Double(Float(bitPattern: bits))
    case .delimited: nil
    }
  }

  var integer: Int? {
    if case .varint(let value) = self {
      Int(truncatingIfNeeded: Int64(bitPattern: value))
    } else {
      nil
    }
  }

  var range: Range<Int>? { if case .delimited(let range) = self { range } else { nil } }
}
