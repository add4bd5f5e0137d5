/// A file of CIFAR's binary versions: records of labels and 3×32×32 bytes, plane by plane.
struct CIFARBatch {
  static let side = 32
  static let planes = 3

  /// For errors.
  let name: String
  /// Labels of a record.
  let labels: Int
  /// Which of them is the class.
  let label: Int
  /// How many classes each of them counts.
  let classes: [Int]

  var record: Int { labels + Self.planes * Self.side * Self.side }

  /// - Throws: `notFound`, `inputOutput`, `badInput`.
  func append(
    _ path: String, to pixels: inout [UInt8], _ numbers: inout [Int32]
  ) throws(DiffusionError) {
    let file = try DataFile(path)
    guard !file.isCompressed, file.size > 0, file.size % record == 0 else {
      throw DiffusionError(
        .badInput,
        "\(path): \(file.size) bytes are not a \(name): expected records of \(record) bytes")
    }
    let bytes = try file.read(file.size, "the batch")
    let area = Self.side * Self.side
    pixels.reserveCapacity(pixels.count + file.size)
    for start in stride(from: 0, to: bytes.count, by: record) {
      for place in 0..<labels where bytes[start + place] >= classes[place] {
        throw DiffusionError(
          .badInput,
          "\(path): the label of record \(start / record) is \(bytes[start + place]), expected 0 to "
            + "\(classes[place] - 1)")
      }
      numbers.append(Int32(bytes[start + label]))
      for pixel in 0..<area {
        for plane in 0..<Self.planes {
          pixels.append(bytes[start + labels + plane * area + pixel])
        }
      }
    }
  }
}
