import Foundation

/// Gathers tensors and writes them as one safetensors file, whole or not at all; the same tensors give the same
/// bytes.
public struct SafetensorsWriter {
  /// `__metadata__`: text by name.
  public var metadata: [String: String]
  private var tensors: [String: (dtype: Safetensors.DType, shape: [Int], bytes: [UInt8])] = [:]

  /// A file without tensors.
  public init(metadata: [String: String] = [:]) {
    self.metadata = metadata
  }

  /// - Precondition: as many values as the shape says.
  public mutating func add(_ name: String, shape: [Int], _ values: [Float]) {
    precondition(
      values.count == shape.reduce(1, *), "'\(name)': \(values.count) values for \(shape)")
    tensors[name] = (.f32, shape, values.flatMap { bytes(of: $0.bitPattern) })
  }

  /// Adds a tensor of 64-bit integers, row by row.
  public mutating func add(_ name: String, shape: [Int], _ values: [Int]) {
    precondition(
      values.count == shape.reduce(1, *), "'\(name)': \(values.count) values for \(shape)")
    tensors[name] = (.i64, shape, values.flatMap { bytes(of: UInt64(bitPattern: Int64($0))) })
  }

  /// SHA-256 of each tensor's bytes, by name.
  var hashes: [String: String] {
    tensors.mapValues { SHA256.hexadecimal(of: $0.bytes) }
  }

  /// - Throws: `DiffusionError`: `cannotCreate`, `inputOutput`.
  public func write(to path: String) throws(DiffusionError) {
    try AtomicFile.write(bytes(), to: path)
  }

  /// The file's bytes.
  public func bytes() -> [UInt8] {
    // Widest types first, so that every tensor is aligned to its type; by name among equals.
    let order = tensors.keys.sorted {
      let (a, b) = (tensors[$0]?.dtype.bits ?? 0, tensors[$1]?.dtype.bits ?? 0)
      return a != b ? a > b : $0 < $1
    }
    var parts: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key < $1.key }
        .map { "\(Self.quoted($0.key)):\(Self.quoted($0.value))" }
      parts.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
    }
    var offset = 0
    var data: [UInt8] = []
    data.reserveCapacity(tensors.values.reduce(0) { $0 + $1.bytes.count })
    for name in order {
      guard let tensor = tensors[name] else { continue }
      let shape = tensor.shape.map(String.init).joined(separator: ",")
      parts.append(
        "\(Self.quoted(name)):{\"dtype\":\"\(tensor.dtype.rawValue)\",\"shape\":[\(shape)],"
          + "\"data_offsets\":[\(offset),\(offset + tensor.bytes.count)]}")
      offset += tensor.bytes.count
      data += tensor.bytes
    }
    var header = Array("{\(parts.joined(separator: ","))}".utf8)
    while header.count % 8 != 0 { header.append(UInt8(ascii: " ")) }
    return bytes(of: UInt64(header.count)) + header + data
  }

  private func bytes<Bits: FixedWidthInteger>(of bits: Bits) -> [UInt8] {
    withUnsafeBytes(of: bits.littleEndian) { Array($0) }
  }

  /// A JSON string.
  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where scalar.value < 0x20:
        let hex = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
