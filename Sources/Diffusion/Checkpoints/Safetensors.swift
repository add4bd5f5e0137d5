import Foundation

/// A safetensors file in memory: named tensors and a table of texts.
///
/// The format: the header's length (8 bytes, little-endian), the header (JSON: for each name `dtype`, `shape`,
/// `data_offsets`; `__metadata__`), the tensors' bytes one after the other without gaps.
public struct Safetensors: Sendable {
  /// Types of the format; those that have no values here are known by their size alone, so that a tensor of one that
  /// nobody asks for is passed over.
  public enum DType: String, Sendable, Hashable, CaseIterable {
    /// Bytes, 0 or 1.
    case bool = "BOOL"
    /// Unsigned, 8 bits.
    case u8 = "U8"
    /// Signed, 8 bits.
    case i8 = "I8"
    /// Unsigned, 16 bits.
    case u16 = "U16"
    /// Signed, 16 bits.
    case i16 = "I16"
    /// Unsigned, 32 bits.
    case u32 = "U32"
    /// Signed, 32 bits.
    case i32 = "I32"
    /// Unsigned, 64 bits.
    case u64 = "U64"
    /// Signed, 64 bits.
    case i64 = "I64"
    /// IEEE half precision.
    case f16 = "F16"
    /// bfloat16.
    case bf16 = "BF16"
    /// IEEE single precision.
    case f32 = "F32"
    /// IEEE double precision.
    case f64 = "F64"
    /// Complex, two of single precision.
    case c64 = "C64"
    /// 8 bits, 4 of them exponent.
    case f8e4m3 = "F8_E4M3"
    /// The same without infinity and negative zero.
    case f8e4m3fnuz = "F8_E4M3FNUZ"
    /// 8 bits, 5 of them exponent.
    case f8e5m2 = "F8_E5M2"
    /// The same without infinity and negative zero.
    case f8e5m2fnuz = "F8_E5M2FNUZ"
    /// 8 bits, all of them exponent.
    case f8e8m0 = "F8_E8M0"
    /// 6 bits, 2 of them exponent.
    case f6e2m3 = "F6_E2M3"
    /// 6 bits, 3 of them exponent.
    case f6e3m2 = "F6_E3M2"
    /// 4 bits.
    case f4 = "F4"

    /// Of one value.
    var bits: Int {
      switch self {
      case .f4: 4
      case .f6e2m3, .f6e3m2: 6
      case .bool, .u8, .i8, .f8e4m3, .f8e4m3fnuz, .f8e5m2, .f8e5m2fnuz, .f8e8m0: 8
      case .u16, .i16, .f16, .bf16: 16
      case .u32, .i32, .f32: 32
      case .u64, .i64, .f64, .c64: 64
      }
    }

    /// Bytes of a tensor; nil where they overflow or are no whole number.
    func bytes(of shape: [Int]) -> Int? {
      var bits = bits
      for side in shape {
        let (product, overflow) = bits.multipliedReportingOverflow(by: side)
        guard side >= 0, !overflow else { return nil }
        bits = product
      }
      return bits % 8 == 0 ? bits / 8 : nil
    }
  }

  /// One tensor of the file.
  public struct Entry: Sendable, Hashable {
    /// Type of its values, as stored.
    public let dtype: DType
    /// Row by row; empty for a single value.
    public let shape: [Int]
    /// Bytes after the header.
    let range: Range<Int>
    /// Which of the parts has them.
    var part = 0
  }

  /// A file's bytes; of a model in shards there are several.
  private struct Part: Sendable {
    let bytes: [UInt8]
    /// Where the header ends.
    let start: Int
  }

  /// What the file is called in errors.
  public let name: String
  /// `__metadata__`: text by name.
  public let metadata: [String: String]
  /// Tensors by name.
  public let entries: [String: Entry]
  private let parts: [Part]

  static let largestHeader = 100_000_000

  /// - Throws: `DiffusionError`: `notFound`, `inputOutput`, `badInput`.
  public init(contentsOf path: String) throws(DiffusionError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw DiffusionError(.notFound, "there is no file '\(path)'")
    }
    guard !isFolder.boolValue else {
      throw DiffusionError(.badInput, "'\(path)' is a folder, not a safetensors file")
    }
    guard let data = FileManager.default.contents(atPath: path) else {
      throw DiffusionError(.inputOutput, "cannot read '\(path)'")
    }
    try self.init(bytes: [UInt8](data), name: path)
  }

  /// - Throws: `DiffusionError(.badInput)`, naming the file and what is wrong with it.
  public init(bytes: [UInt8], name: String) throws(DiffusionError) {
    func bad(_ what: String) -> DiffusionError {
      DiffusionError(.badInput, "'\(name)' is not a sound safetensors file: \(what)")
    }
    if let pickle = PyTorchPickle(bytes) { throw pickle.refusal(name) }
    if let other = OtherFile(bytes) { throw other.refusal(name) }
    guard bytes.count >= 8 else { throw bad("it has \(bytes.count) bytes, fewer than any") }
    let length = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << (8 * UInt64($1)) }
    guard length <= UInt64(min(Self.largestHeader, bytes.count - 8)) else {
      throw bad("its header should have \(length) bytes, and \(bytes.count - 8) follow")
    }
    let start = 8 + Int(length)
    let text = Data(bytes[8..<start])
    guard text.first == UInt8(ascii: "{") else { throw bad("its header is not a JSON object") }
    let header: Header
    do {
      header = try JSONDecoder().decode(Header.self, from: text)
    } catch {
      throw bad("its header cannot be read: \(Self.place(of: error))")
    }

    var entries: [String: Entry] = [:]
    for (key, tensor) in header.tensors {
      let (shape, offsets) = (tensor.shape, tensor.offsets)
      guard offsets.count == 2 else {
        throw bad("tensor '\(key)' has \(offsets.count) data_offsets")
      }
      guard let dtype = DType(rawValue: tensor.dtype) else {
        throw bad("tensor '\(key)' is of type \(tensor.dtype), which is not read here")
      }
      guard let size = dtype.bytes(of: shape) else {
        throw bad("tensor '\(key)' of \(tensor.dtype) has the shape \(shape)")
      }
      guard offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= bytes.count - start,
        offsets[1] - offsets[0] == size
      else {
        throw bad(
          "tensor '\(key)' of \(size) bytes lies at \(offsets[0]) to \(offsets[1]) "
            + "of \(bytes.count - start)")
      }
      entries[key] = Entry(dtype: dtype, shape: shape, range: offsets[0]..<offsets[1])
    }
    // One after the other and nothing between: a tensor named twice or overlapping another leaves a gap.
    var end = 0
    for (key, entry) in entries.sorted(by: {
      ($0.value.range.lowerBound, $0.value.range.upperBound)
        < ($1.value.range.lowerBound, $1.value.range.upperBound)
    }) {
      guard entry.range.lowerBound == end else {
        throw bad(
          "tensor '\(key)' begins at \(entry.range.lowerBound), the one before ends at \(end)")
      }
      end = entry.range.upperBound
    }
    guard end == bytes.count - start else {
      throw bad("its tensors end at \(end), its data at \(bytes.count - start)")
    }
    self.name = name
    metadata = header.metadata
    self.entries = entries
    parts = [Part(bytes: bytes, start: start)]
  }

  /// The header as JSON has it.
  private struct Header: Decodable {
    struct Tensor: Decodable {
      let dtype: String
      let shape: [Int]
      let offsets: [Int]

      enum CodingKeys: String, CodingKey {
        case dtype, shape
        case offsets = "data_offsets"
      }
    }

    struct Name: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init?(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    var metadata: [String: String] = [:]
    var tensors: [String: Tensor] = [:]

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Name.self)
      for name in container.allKeys {
        if name.stringValue == "__metadata__" {
          metadata = try container.decode([String: String]?.self, forKey: name) ?? [:]
        } else {
          tensors[name.stringValue] = try container.decode(Tensor.self, forKey: name)
        }
      }
    }
  }

  /// The same tensors under other names and shapes of as many values.
  /// - Throws: `DiffusionError(.badInput)` where two would have one name.
  func renamed(
    _ rename: (_ name: String, _ shape: [Int]) -> (name: String, shape: [Int])
  ) throws(DiffusionError) -> Safetensors {
    var renamed: [String: Entry] = [:]
    for (old, entry) in entries {
      let (name, shape) = rename(old, entry.shape)
      guard
        renamed.updateValue(
          Entry(dtype: entry.dtype, shape: shape, range: entry.range, part: entry.part),
          forKey: name) == nil
      else {
        throw DiffusionError(
          .badInput, "'\(self.name)' has tensor '\(name)' twice, once under an old name")
      }
    }
    return Safetensors(self, entries: renamed)
  }

  private init(_ file: Safetensors, entries: [String: Entry]) {
    (name, metadata, parts) = (file.name, file.metadata, file.parts)
    self.entries = entries
  }

  /// The tensors of several files as those of one; the first file's texts.
  /// - Throws: `DiffusionError(.badInput)` where two have a tensor of one name.
  init(joining files: [Safetensors], name: String) throws(DiffusionError) {
    var entries: [String: Entry] = [:]
    var parts: [Part] = []
    var owners: [String: String] = [:]
    for file in files {
      for (key, entry) in file.entries.sorted(by: { $0.key < $1.key }) {
        if let other = owners.updateValue(file.name, forKey: key) {
          throw DiffusionError(
            .badInput, "tensor '\(key)' is in '\(other)' and in '\(file.name)' too")
        }
        var entry = entry
        entry.part += parts.count
        entries[key] = entry
      }
      parts += file.parts
    }
    self.name = name
    self.entries = entries
    self.parts = parts
    metadata = files.first?.metadata ?? [:]
  }

  /// Where in the header a decoder stumbled.
  private static func place(of error: any Error) -> String {
    let path: [any CodingKey]
    switch error as? DecodingError {
    case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
      path = context.codingPath
    case .keyNotFound(let key, let context):
      path = context.codingPath + [key]
    default: path = []
    }
    return path.isEmpty ? "it is not JSON" : path.map(\.stringValue).joined(separator: ", ")
  }

  /// - Throws: `DiffusionError(.badInput)` if there is none of that name.
  public func entry(_ tensor: String) throws(DiffusionError) -> Entry {
    guard let entry = entries[tensor] else {
      throw DiffusionError(
        .badInput,
        "'\(name)' has no tensor '\(tensor)'; it has \(entries.keys.sorted().prefix(8).joined(separator: ", "))"
      )
    }
    return entry
  }

  /// A floating-point tensor's values, row by row, as float32.
  public func floats(_ tensor: String) throws(DiffusionError) -> [Float] {
    let entry = try entry(tensor)
    switch entry.dtype {
    case .f32: return values(entry, UInt32.self) { Float(bitPattern: $0) }
    case .f64: return values(entry, UInt64.self) { Float(Double(bitPattern: $0)) }
    case .bf16: return values(entry, UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    case .f16: return values(entry, UInt16.self, Self.halfPrecision)
    default:
      throw DiffusionError(
        .badInput,
        "tensor '\(tensor)' of '\(name)' is \(entry.dtype.rawValue); read here are F64, F32, F16 and BF16"
      )
    }
  }

  /// An integer tensor's values, row by row.
  public func integers(_ tensor: String) throws(DiffusionError) -> [Int] {
    let entry = try entry(tensor)
    switch entry.dtype {
    case .bool, .u8: return values(entry, UInt8.self) { Int($0) }
    case .i8: return values(entry, UInt8.self) { Int(Int8(bitPattern: $0)) }
    case .u16: return values(entry, UInt16.self) { Int($0) }
    case .i16: return values(entry, UInt16.self) { Int(Int16(bitPattern: $0)) }
    case .u32: return values(entry, UInt32.self) { Int($0) }
    case .i32: return values(entry, UInt32.self) { Int(Int32(bitPattern: $0)) }
    case .u64: return values(entry, UInt64.self) { Int(clamping: $0) }
    case .i64: return values(entry, UInt64.self) { Int(Int64(bitPattern: $0)) }
    default:
      throw DiffusionError(
        .badInput, "tensor '\(tensor)' of '\(name)' is \(entry.dtype.rawValue), not integer")
    }
  }

  /// The tensor's bytes as they are.
  func withBytes<Result>(_ entry: Entry, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    let part = parts[entry.part]
    return part.bytes.withUnsafeBytes {
      body(
        UnsafeRawBufferPointer(
          rebasing: $0[
            (part.start + entry.range.lowerBound)..<(part.start + entry.range.upperBound)]))
    }
  }

  private func values<Bits: FixedWidthInteger, Value>(
    _ entry: Entry, _ type: Bits.Type, _ convert: (Bits) -> Value
  ) -> [Value] {
    withBytes(entry) { bytes in
      (0..<(bytes.count / MemoryLayout<Bits>.size)).map { i in
        convert(
          Bits(
            littleEndian: bytes.loadUnaligned(
              fromByteOffset: i * MemoryLayout<Bits>.size, as: Bits.self)))
      }
    }
  }

  private static func halfPrecision(_ bits: UInt16) -> Float {
    let sign: Float = bits & 0x8000 == 0 ? 1 : -1
    let exponent = Int(bits >> 10 & 0x1F)
    let fraction = Float(bits & 0x3FF)
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default:
      return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
    }
  }
}
