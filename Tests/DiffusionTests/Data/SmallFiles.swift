import Diffusion
import TestSupport

/// Small valid files of each format, made by their specifications.
enum SmallFiles {
  /// (6, 2, 3): byte i of image n is 40·n + i.
  static let idxImages: [UInt8] =
    bigEndian([0x0803, 6, 2, 3]) + (0..<36).map { UInt8($0 / 6 * 40 + $0 % 6) }
  static let idxLabels: [UInt8] = bigEndian([0x0801, 6]) + [2, 0, 1, 1, 0, 2]

  /// Two records of labels 3 and 9; byte i of plane p is (7·i + 50·p + record) mod 256.
  static let cifarBatch: [UInt8] = record(0, label: 3) + record(1, label: 9)

  private static func record(_ number: Int, label: UInt8) -> [UInt8] {
    var bytes = [label]
    for plane in 0..<3 {
      for i in 0..<1024 {
        bytes.append(UInt8(truncatingIfNeeded: 7 * i + 50 * plane + number))
      }
    }
    return bytes
  }

  static func bigEndian(_ numbers: [Int]) -> [UInt8] {
    numbers.flatMap { number in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } }
  }

  /// As `numpy.save` writes it: the header ends at a multiple of 64.
  static func npy(
    _ type: String, shape: [Int], fortran: Bool = false, version: UInt8 = 1, content: [UInt8]
  ) -> [UInt8] {
    let sizes = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    let order = fortran ? "True" : "False"
    return npy(
      header: "{'descr': '\(type)', 'fortran_order': \(order), 'shape': (\(sizes)), }",
      version: version, content: content)
  }

  static func npy(header: String, version: UInt8 = 1, content: [UInt8]) -> [UInt8] {
    let field = version == 1 ? 2 : 4
    var text = Array(header.utf8)
    text += [UInt8](repeating: 32, count: 63 - (8 + field + text.count) % 64) + [10]
    return [0x93] + Array("NUMPY".utf8) + [version, 0]
      + StoredDeflate.littleEndian(text.count, bytes: field) + text + content
  }

  static func float32(_ values: [Float]) -> [UInt8] {
    values.flatMap { StoredDeflate.littleEndian(Int($0.bitPattern), bytes: 4) }
  }

  static func float64(_ values: [Double]) -> [UInt8] {
    values.flatMap { StoredDeflate.littleEndian(Int(bitPattern: UInt($0.bitPattern)), bytes: 8) }
  }
}

extension DataSet {
  /// Bytes back from values: (v + 1)·127.5.
  func bytes(_ index: Int) -> [Int] {
    values(index..<index + 1).map { Int((($0 + 1) * 127.5).rounded()) }
  }
}
