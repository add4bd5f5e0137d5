/// Points as a NumPy array (N, D) of float32, as samples of them are kept.
package struct PointTable: Sendable, Hashable {
  /// (N, D)
  package let values: [Float]
  /// D
  package let dimensions: Int

  /// N
  package var count: Int { values.count / dimensions }

  /// - Precondition: `values` are whole points.
  package init(_ values: [Float], dimensions: Int) {
    precondition(dimensions > 0 && values.count.isMultiple(of: dimensions))
    self.values = values
    self.dimensions = dimensions
  }

  /// - Parameters:
  ///   - npy: of a file, any type of number and order of axes.
  ///   - name: for errors.
  /// - Throws: `badInput` if they are no array (N, D).
  package init(npy: [UInt8], name: String) throws(DiffusionError) {
    let array = try NPY.array(BytesSource(npy, path: name))
    guard array.shape.count == 2, array.shape[1] > 0 else {
      throw DiffusionError(
        .badInput, "\(name): its shape is \(array.shape), expected (N, D): points and dimensions")
    }
    self.init(array.floats(), dimensions: array.shape[1])
  }

  /// A `.npy` file of version 1: the header ends at a multiple of 64.
  package var npy: [UInt8] {
    var header = Array(
      "{'descr': '<f4', 'fortran_order': False, 'shape': (\(count), \(dimensions)), }".utf8)
    header += [UInt8](repeating: UInt8(ascii: " "), count: 63 - (10 + header.count) % 64)
    header.append(UInt8(ascii: "\n"))
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
    bytes += [UInt8(header.count & 0xff), UInt8(header.count >> 8)]
    bytes += header
    bytes.reserveCapacity(bytes.count + 4 * values.count)
    for value in values {
      withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes += $0 }
    }
    return bytes
  }
}
