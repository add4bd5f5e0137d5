/// NumPy's array format, versions 1 to 3, with numbers of any type, byte order and order of axes.
enum NPY {
  /// Images, and their labels if a file of them is given.
  ///
  /// - Throws: `notFound`, `inputOutput`, `badInput`.
  static func read(
    _ path: String, labels: String? = nil, numbers: ImageNumbers = ImageNumbers()
  ) throws(DiffusionError) -> RawData {
    var data = try numbers.images(try array(path), source: "npy")
    if let labels { try data.label(array(labels)) }
    return data
  }

  static func array(_ path: String) throws(DiffusionError) -> NumberArray {
    try array(try DataFile(path))
  }

  static func array(_ file: some ByteSource) throws(DiffusionError) -> NumberArray {
    let header = try NPYHeader(file)
    guard let size = NumberArray.size(of: header.shape, header.type) else {
      throw DiffusionError(
        .badInput, "\(file.path): its shape \(header.shape) is absurdly large")
    }
    let content = try file.read(size, "the array of shape \(header.shape)")
    try file.requireEnd(after: "the array of shape \(header.shape)")
    return NumberArray(
      name: file.path, shape: header.shape, type: header.type, isBigEndian: header.isBigEndian,
      isFortran: header.isFortran, content: content)
  }
}

extension RawData {
  /// Gives each image the class that an array says.
  mutating func label(_ array: NumberArray) throws(DiffusionError) {
    labels = try array.labels(count: count)
    classes = Int(labels.max() ?? 0) + 1
  }
}
