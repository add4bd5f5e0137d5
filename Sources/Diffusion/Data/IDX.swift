/// The IDX format of the MNIST family: a big-endian magic number, the sizes, then bytes.
enum IDX {
  private static let imageMagic = 0x0803
  private static let labelMagic = 0x0801

  /// An image file and, if given, its labels; either may be gzip.
  ///
  /// - Parameter classes: how many there are; nil: the largest label and one.
  /// - Throws: `notFound`, `inputOutput`, `badInput`.
  static func read(
    images: String, labels: String?, name: String = "idx", classes: Int? = nil
  ) throws(DiffusionError) -> RawData {
    let (shape, pixels) = try values(
      images, magic: imageMagic, sizes: ["images", "rows", "columns"])
    var data = RawData(
      name: name, height: shape[1], width: shape[2], channels: 1, values: .bytes(pixels))
    guard let labels else { return data }

    let (labelShape, bytes) = try values(labels, magic: labelMagic, sizes: ["labels"])
    guard labelShape[0] == shape[0] else {
      throw DiffusionError(
        .badInput,
        "\(labels): holds \(labelShape[0]) labels, expected \(shape[0]), as many as images in "
          + images)
    }
    data.classes = classes ?? Int(bytes.max() ?? 0) + 1
    if let place = bytes.firstIndex(where: { $0 >= data.classes }) {
      throw DiffusionError(
        .badInput,
        "\(labels): label \(place) is \(bytes[place]), expected 0 to \(data.classes - 1)")
    }
    data.labels = bytes.map(Int32.init)
    return data
  }

  private static func values(
    _ path: String, magic: Int, sizes: [String]
  ) throws(DiffusionError) -> (shape: [Int], bytes: [UInt8]) {
    let file = try DataFile(path)
    let found = integer(try file.read(4, "the magic number")[...])
    guard found == magic else {
      throw DiffusionError(
        .badInput,
        "\(path): not an IDX file of \(sizes[0]): its magic number is \(hexadecimal(found)), "
          + "expected \(hexadecimal(magic))")
    }
    let header = try file.read(4 * sizes.count, "the header")
    let shape = sizes.indices.map { integer(header[4 * $0..<4 * $0 + 4]) }
    var count = 1
    for (size, what) in zip(shape, sizes) {
      let product = count.multipliedReportingOverflow(by: size)
      guard size > 0, !product.overflow else {
        throw DiffusionError(
          .badInput,
          "\(path): announces \(shape.map(String.init).joined(separator: "×")) bytes; expected a "
            + "sensible number of \(what)")
      }
      count = product.partialValue
    }
    let bytes = try file.read(
      count, "\(sizes[0]) (\(shape.map(String.init).joined(separator: "×")))")
    try file.requireEnd(after: "the announced \(shape[0]) \(sizes[0])")
    return (shape, bytes)
  }

  private static func integer(_ bytes: ArraySlice<UInt8>) -> Int {
    bytes.reduce(0) { $0 << 8 | Int($1) }
  }

  private static func hexadecimal(_ number: Int) -> String {
    "0x" + String(repeating: "0", count: max(0, 8 - String(number, radix: 16).count))
      + String(number, radix: 16)
  }
}
