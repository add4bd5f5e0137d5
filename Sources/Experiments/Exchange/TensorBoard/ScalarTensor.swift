/// The value of a tensor that is one number (tensor.proto, types.proto); nil for any other.
enum ScalarTensor {
  static func value(_ tensor: ProtobufFields) throws(ProtobufFields.Damage) -> Double? {
    var tensor = tensor
    var type = 0
    var elements = 1
    var content: Range<Int>?
    var number: Double?
    var halfBits: UInt16?
    while let (field, value) = try tensor.next() {
      switch field {
      case 1: type = value.integer ?? 0
      case 2: if let range = value.range { elements = try count(tensor.message(range)) }
      case 4: content = value.range
      case 5, 6, 7, 10, 11, 16, 17:
        // Numbers of a repeated field are packed together, or each is a field.
        if let range = value.range {
          number = try first(tensor, in: range, field: field)
        } else {
          number = value.number
        }
      case 13:
        if let range = value.range {
          var packed = ProtobufFields(Self.prefixed(tensor.bytes[range]))
          halfBits = try packed.next()?.value.integer.map { UInt16(truncatingIfNeeded: $0) }
        } else {
          halfBits = value.integer.map { UInt16(truncatingIfNeeded: $0) }
        }
      default: break
      }
    }
    guard elements == 1 else { return nil }
    if let content { return read(tensor.bytes[content], type) }
    if let halfBits { return half(halfBits, type) }
    // Zero may be left out, but for a text, say, there is no number.
    return number ?? (Self.sizes[type] == nil ? nil : 0)
  }

  /// A varint as a field of its own.
  private static func prefixed(_ bytes: ArraySlice<UInt8>) -> [UInt8] { [0x08] + bytes }

  private static func first(
    _ tensor: ProtobufFields, in range: Range<Int>, field: Int
  ) throws(ProtobufFields.Damage) -> Double? {
    let bytes = tensor.bytes
    switch field {
    case 5:
      return range.count >= 4
        ? Double(Float(bitPattern: bytes.littleEndian(UInt32.self, at: range.lowerBound))) : nil
    case 6:
      return range.count >= 8
        ? Double(bitPattern: bytes.littleEndian(UInt64.self, at: range.lowerBound)) : nil
    default:
      var packed = ProtobufFields(prefixed(bytes[range]))
      return try packed.next()?.value.number
    }
  }

  /// Elements of a `TensorShapeProto`.
  private static func count(_ shape: ProtobufFields) throws(ProtobufFields.Damage) -> Int {
    var shape = shape
    var count = 1
    while let (field, value) = try shape.next() {
      guard field == 2, let range = value.range else { continue }
      var dimension = shape.message(range)
      var size = 0
      while let (field, value) = try dimension.next() {
        if field == 1 { size = value.integer ?? 0 }
      }
      // More than one is all that matters.
      count = count * min(max(size, 0), 2)
    }
    return count
  }

  /// Bytes of an element, by `DataType`.
  private static let sizes = [
    1: 4, 2: 8, 3: 4, 4: 1, 5: 2, 6: 1, 9: 8, 10: 1, 14: 2, 19: 2, 22: 4, 23: 8,
  ]

  private static func read(_ content: ArraySlice<UInt8>, _ type: Int) -> Double? {
    guard let size = sizes[type], content.count == size else { return nil }
    let start = content.startIndex
    return switch type {
    case 1: Double(Float(bitPattern: content.littleEndian(UInt32.self, at: start)))
    case 2: Double(bitPattern: content.littleEndian(UInt64.self, at: start))
    case 3: Double(content.littleEndian(Int32.self, at: start))
    case 5: Double(content.littleEndian(Int16.self, at: start))
    case 6: Double(Int8(bitPattern: content[start]))
    case 9: Double(content.littleEndian(Int64.self, at: start))
    case 14, 19: half(content.littleEndian(UInt16.self, at: start), type)
    case 22: Double(content.littleEndian(UInt32.self, at: start))
    case 23: Double(content.littleEndian(UInt64.self, at: start))
    default: Double(content[start])
    }
  }

  /// DT_BFLOAT16 is 14: the upper half of a float; DT_HALF is 19: IEEE 754 binary16.
  private static func half(_ bits: UInt16, _ type: Int) -> Double {
    if type == 14 { return Double(Float(bitPattern: UInt32(bits) << 16)) }
    let exponent = Int(bits >> 10 & 31)
    let fraction = Double(bits & 1023) / 1024
    let sign = bits >> 15 == 1 ? -1.0 : 1
    if exponent == 31 { return fraction == 0 ? sign * .infinity : .nan }
    let scale = Double(sign: .plus, exponent: max(exponent, 1) - 15, significand: 1)
    return sign * scale * ((exponent == 0 ? 0 : 1) + fraction)
  }
}
