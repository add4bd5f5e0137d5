/// The fields of a message in protocol buffers' wire format, read by the format's document alone
/// (protobuf.dev/programming-guides/encoding).
struct ProtobufReader {
  enum Value: Equatable {
    case varint(UInt64)
    case fixed64(UInt64)
    case fixed32(UInt32)
    case delimited([UInt8])
  }

  struct Malformed: Error {}

  private(set) var fields: [(number: Int, value: Value)] = []

  init(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    func varint() throws -> UInt64 {
      var value: UInt64 = 0
      for shift in stride(from: UInt64(0), to: 70, by: 7) {
        guard let byte = rest.popFirst() else { throw Malformed() }
        value |= UInt64(byte & 0x7f) << shift
        if byte < 0x80 { return value }
      }
      throw Malformed()
    }
    func fixed(_ count: Int) throws -> UInt64 {
      guard rest.count >= count else { throw Malformed() }
      let value = rest.prefix(count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
      rest = rest.dropFirst(count)
      return value
    }
    while !rest.isEmpty {
      let key = try varint()
      let value: Value
      switch key & 7 {
      case 0: value = .varint(try varint())
      case 1: value = .fixed64(try fixed(8))
      case 5: value = .fixed32(UInt32(try fixed(4)))
      case 2:
        let count = Int(try varint())
        guard rest.count >= count else { throw Malformed() }
        value = .delimited(Array(rest.prefix(count)))
        rest = rest.dropFirst(count)
      default: throw Malformed()
      }
      fields.append((Int(key >> 3), value))
    }
  }

  private func first(_ number: Int) -> Value? { fields.first { $0.number == number }?.value }

  func integer(_ number: Int) -> Int? {
    if case .varint(let value)? = first(number) { Int(Int64(bitPattern: value)) } else { nil }
  }

  func double(_ number: Int) -> Double? {
    if case .fixed64(let bits)? = first(number) { Double(bitPattern: bits) } else { nil }
  }

  func float(_ number: Int) -> Float? {
    if case .fixed32(let bits)? = first(number) { Float(bitPattern: bits) } else { nil }
  }

  func data(_ number: Int) -> [UInt8]? {
    if case .delimited(let bytes)? = first(number) { bytes } else { nil }
  }

  func text(_ number: Int) -> String? { data(number).map { String(decoding: $0, as: UTF8.self) } }

  func message(_ number: Int) throws -> ProtobufReader? {
    try data(number).map(ProtobufReader.init)
  }

  func messages(_ number: Int) throws -> [ProtobufReader] {
    try fields.filter { $0.number == number }.map { field in
      guard case .delimited(let bytes) = field.value else { throw Malformed() }
      return try ProtobufReader(bytes)
    }
  }
}
