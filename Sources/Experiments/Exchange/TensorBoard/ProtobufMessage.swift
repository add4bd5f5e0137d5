/// A message in protocol buffers' wire format: its fields one after the other, each a message by itself. As in proto3, a
/// value that is its type's default may be left out; whoever writes it decides.
struct ProtobufMessage: Hashable, ExpressibleByArrayLiteral {
  private(set) var bytes: [UInt8] = []

  init(_ fields: [ProtobufMessage]) { bytes = fields.flatMap(\.bytes) }
  init(arrayLiteral fields: ProtobufMessage...) { self.init(fields) }

  /// int32, int64, bool, enum.
  static func integer(_ field: Int, _ value: Int) -> ProtobufMessage {
    ProtobufMessage(field, .varint, varint(UInt64(bitPattern: Int64(value))))
  }

  static func double(_ field: Int, _ value: Double) -> ProtobufMessage {
    ProtobufMessage(field, .fixed64, littleEndian(value.bitPattern))
  }

  static func float(_ field: Int, _ value: Float) -> ProtobufMessage {
    ProtobufMessage(field, .fixed32, littleEndian(value.bitPattern))
  }

  static func data(_ field: Int, _ value: [UInt8]) -> ProtobufMessage {
    ProtobufMessage(field, .delimited, varint(UInt64(value.count)) + value)
  }

  static func text(_ field: Int, _ value: String) -> ProtobufMessage {
    data(field, Array(value.utf8))
  }

  static func message(_ field: Int, _ value: ProtobufMessage) -> ProtobufMessage {
    data(field, value.bytes)
  }

  private enum WireType: UInt64 {
    case varint = 0
    case fixed64 = 1
    case delimited = 2
    case fixed32 = 5
  }

  private init(_ field: Int, _ type: WireType, _ value: [UInt8]) {
    bytes = Self.varint(UInt64(field) << 3 | type.rawValue) + value
  }

  private static func varint(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest > 0x7f {
      bytes.append(UInt8(rest & 0x7f | 0x80))
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }
}

func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
