/// NumPy's array format, versions 1 to 3: little-endian float32, float64 or uint8 in C order.
///
/// (N, H, W) and (N, C, H, W) are images, floats in [−1, 1]; (N, D) are vectors, of any values.
enum NPY {
  /// - Throws: `notFound`, `inputOutput`, `badInput`.
  static func read(_ path: String) throws(DiffusionError) -> RawData {
    let file = try DataFile(path)
    let header = try NPYHeader(file)
    let (count, valuesPerImage) = try sizes(header.shape, path: path)
    let total = count.multipliedReportingOverflow(by: valuesPerImage)
    let bytes = total.partialValue.multipliedReportingOverflow(by: header.type.size)
    guard !total.overflow, !bytes.overflow else {
      throw DiffusionError(.badInput, "\(path): its shape \(header.shape) is absurdly large")
    }
    let content = try file.read(bytes.partialValue, "the array of shape \(header.shape)")
    try file.requireEnd(after: "the array of shape \(header.shape)")

    let isImage = header.shape.count > 2
    let planes = header.shape.count == 4 ? header.shape[1] : 1
    var data = RawData(
      name: "npy", height: isImage ? header.shape[header.shape.count - 2] : 1,
      width: isImage ? header.shape[header.shape.count - 1] : 1,
      channels: isImage ? planes : header.shape[1], values: .bytes([]), isImage: isImage)
    switch header.type {
    case .uint8:
      data.values = .bytes(interleaved(content, count: count, planes: planes))
    case .float32, .float64:
      let floats = numbers(content, header.type)
      try check(floats, isImage: isImage, path: path)
      data.values = .floats(interleaved(floats, count: count, planes: planes))
    }
    return data
  }

  private static func sizes(
    _ shape: [Int], path: String
  ) throws(DiffusionError) -> (count: Int, valuesPerImage: Int) {
    guard (2...4).contains(shape.count), shape.allSatisfy({ $0 > 0 }) else {
      throw DiffusionError(
        .badInput,
        "\(path): its shape is \(shape), expected (N, H, W), (N, C, H, W) or, for vectors, (N, D), "
          + "none of them 0")
    }
    var product = 1
    for size in shape.dropFirst() {
      let next = product.multipliedReportingOverflow(by: size)
      guard !next.overflow else {
        throw DiffusionError(.badInput, "\(path): its shape \(shape) is absurdly large")
      }
      product = next.partialValue
    }
    return (shape[0], product)
  }

  /// Little-endian numbers.
  private static func numbers(_ bytes: [UInt8], _ type: NPYHeader.Number) -> [Float] {
    bytes.withUnsafeBytes { bytes in
      (0..<bytes.count / type.size).map { i in
        type == .float64
          ? Float(
            Double(
              bitPattern: UInt64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: 8 * i, as: UInt64.self))))
          : Float(
            bitPattern: UInt32(
              littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self)))
      }
    }
  }

  private static func check(
    _ values: [Float], isImage: Bool, path: String
  ) throws(DiffusionError) {
    var (least, greatest) = (Float.infinity, -Float.infinity)
    for (place, value) in values.enumerated() {
      guard value.isFinite else {
        throw DiffusionError(
          .badInput, "\(path): value \(place) is \(value), expected finite numbers")
      }
      least = min(least, value)
      greatest = max(greatest, value)
    }
    // Room for what float arithmetic adds to an exact −1 or 1.
    let bound: Float = 1.001
    guard !isImage || (least >= -bound && greatest <= bound) else {
      throw DiffusionError(
        .badInput,
        "\(path): its values go from \(least) to \(greatest), expected −1 to 1: scale them, or "
          + "store bytes (uint8)")
    }
  }

  /// (count, planes, area) to (count, area, planes).
  private static func interleaved<Value>(_ values: [Value], count: Int, planes: Int) -> [Value] {
    guard planes > 1 else { return values }
    let area = values.count / count / planes
    var result = values
    for image in 0..<count {
      let start = image * planes * area
      for pixel in 0..<area {
        for plane in 0..<planes {
          result[start + pixel * planes + plane] = values[start + plane * area + pixel]
        }
      }
    }
    return result
  }
}
