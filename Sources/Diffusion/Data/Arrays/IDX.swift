/// The IDX format of the MNIST family: a big-endian magic number that says the type and how many sides there are, the
/// sides, then the numbers, all big-endian.
enum IDX {
  /// The third byte of the magic number.
  private static let types: [UInt8: NumberType] = [
    0x08: .uint8, 0x09: .int8, 0x0b: .int16, 0x0c: .int32, 0x0d: .float32, 0x0e: .float64,
  ]

  /// An image file and, if given, its labels; either may be gzip.
  ///
  /// - Parameter classes: how many there are; nil: the largest label and one.
  /// - Throws: `notFound`, `inputOutput`, `badInput`.
  static func read(
    images: String, labels: String?, name: String = "idx", classes: Int? = nil,
    numbers: ImageNumbers = ImageNumbers()
  ) throws(DiffusionError) -> RawData {
    let array = try array(images, of: "images", sides: ["images", "rows", "columns", "channels"])
    // Of three sides there is no question: two are an image's.
    var numbers = numbers
    if array.shape.count == 3, numbers.layout == .auto { numbers.layout = .nhw }
    var data = try numbers.images(array, source: name)
    guard let labels else { return data }

    let labelArray = try self.array(labels, of: "labels", sides: ["labels"])
    guard labelArray.shape[0] == array.shape[0] else {
      throw DiffusionError(
        .badInput,
        "\(labels): holds \(labelArray.shape[0]) labels, expected \(array.shape[0]), as many as "
          + "images in \(images)")
    }
    try data.label(labelArray)
    guard let classes else { return data }
    if let place = data.labels.firstIndex(where: { $0 >= classes }) {
      throw DiffusionError(
        .badInput,
        "\(labels): label \(place) is \(data.labels[place]), expected 0 to \(classes - 1)")
    }
    data.classes = classes
    return data
  }

  /// - Parameter sides: what they are; of more than two the last may be missing.
  private static func array(
    _ path: String, of what: String, sides: [String]
  ) throws(DiffusionError) -> NumberArray {
    let file = try DataFile(path)
    let magic = try file.read(4, "the magic number")
    let counts = sides.count > 1 ? sides.count - 1...sides.count : 1...1
    guard magic[0] == 0, magic[1] == 0, let type = types[magic[2]],
      counts.contains(Int(magic[3]))
    else {
      throw DiffusionError(
        .badInput,
        "\(path): not an IDX file of \(what): its magic number is 0x\(hexadecimal(magic)), "
          + "expected 0x00000\(sides.count > 1 ? "803" : "801") or that of another type of number")
    }
    let count = Int(magic[3])
    let header = try file.read(4 * count, "the header")
    let shape = (0..<count).map { side in
      header[4 * side..<4 * side + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    let text = shape.map(String.init).joined(separator: "×")
    for (side, name) in zip(shape, sides) where side == 0 {
      throw DiffusionError(
        .badInput, "\(path): announces \(text) numbers; expected a sensible number of \(name)")
    }
    guard let size = NumberArray.size(of: shape, type) else {
      throw DiffusionError(
        .badInput,
        "\(path): announces \(text) numbers; expected a sensible number of \(sides[0])")
    }
    let content = try file.read(size, "\(what) (\(text))")
    try file.requireEnd(after: "the announced \(shape[0]) \(what)")
    return NumberArray(name: path, shape: shape, type: type, isBigEndian: true, content: content)
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
