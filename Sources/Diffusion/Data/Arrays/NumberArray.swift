/// An array of numbers as a file holds it, of any type, byte order and order of axes.
struct NumberArray {
  /// Of the file, and of the array in it where there are several: for errors.
  var name: String
  var shape: [Int]
  var type: NumberType
  var isBigEndian = false
  /// The first axis runs fastest.
  var isFortran = false
  /// The numbers, one after the other.
  var content: [UInt8]

  var count: Int { content.count / type.size }

  /// The bytes of `shape` numbers of `type`; nil: more than can be.
  static func size(of shape: [Int], _ type: NumberType) -> Int? {
    var size = type.size
    for side in shape {
      let product = size.multipliedReportingOverflow(by: side)
      if product.overflow { return nil }
      size = product.partialValue
    }
    return size
  }

  /// Calls `body(place, number)` with each number, its place being that in C order.
  func visit(_ body: (_ place: Int, _ number: Double) -> Void) {
    let size = type.size
    content.withUnsafeBytes { bytes in
      for i in 0..<count {
        var bits: UInt64 = 0
        for byte in 0..<size {
          let place = isBigEndian ? byte : size - 1 - byte
          bits = bits << 8 | UInt64(bytes[i * size + place])
        }
        body(i, type.number(bits: bits))
      }
    }
  }

  /// The same numbers with the last axis fastest.
  func inCOrder() -> NumberArray {
    guard isFortran, shape.count > 1 else { return self }
    var result = self
    result.isFortran = false
    let size = type.size
    // In elements of `content`.
    var strides: [Int] = []
    var stride = 1
    for side in shape {
      strides.append(stride)
      stride *= side
    }
    var index = [Int](repeating: 0, count: shape.count)
    var from = 0
    for to in 0..<count {
      for byte in 0..<size { result.content[to * size + byte] = content[from * size + byte] }
      var axis = shape.count - 1
      while axis >= 0 {
        index[axis] += 1
        from += strides[axis]
        if index[axis] < shape[axis] { break }
        from -= strides[axis] * shape[axis]
        index[axis] = 0
        axis -= 1
      }
    }
    return result
  }

  /// In C order.
  func floats() -> [Float] {
    let array = inCOrder()
    // What most files hold.
    if array.type == .float32, !array.isBigEndian {
      return array.content.withUnsafeBytes { bytes in
        (0..<array.count).map {
          Float(
            bitPattern: UInt32(
              littleEndian: bytes.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self)))
        }
      }
    }
    var floats = [Float](repeating: 0, count: array.count)
    array.visit { floats[$0] = Float($1) }
    return floats
  }

  /// One class an image: of (N), (N, 1), or (N, K) with a single 1 in each row.
  ///
  /// - Throws: `badInput` if they are of another shape, or no whole numbers from 0.
  func labels(count images: Int) throws(DiffusionError) -> [Int32] {
    guard shape.first == images, shape.count == 1 || shape.count == 2 else {
      throw DiffusionError(
        .badInput,
        "\(name): labels of shape \(shape), expected [\(images)], as many as there are images")
    }
    if shape.count == 2, shape[1] > 1 { return try oneHotLabels() }
    var labels = [Int32](repeating: 0, count: images)
    var wrong: (place: Int, value: Double)?
    visit { place, value in
      if value >= 0, value < Double(Self.mostClasses), value == value.rounded() {
        labels[place] = Int32(value)
      } else if wrong == nil {
        wrong = (place, value)
      }
    }
    if let wrong {
      throw DiffusionError(
        .badInput,
        "\(name): label \(wrong.place) is \(plain(wrong.value)), expected whole numbers from 0 to "
          + "\(Self.mostClasses - 1)")
    }
    return labels
  }

  static let mostClasses = 1 << 20

  private func oneHotLabels() throws(DiffusionError) -> [Int32] {
    let kinds = shape[1]
    var labels = [Int32](repeating: -1, count: shape[0])
    var wrong: Int?
    inCOrder().visit { place, value in
      let row = place / kinds
      if value == 1, labels[row] < 0 {
        labels[row] = Int32(place % kinds)
      } else if value != 0, wrong == nil {
        wrong = row
      }
    }
    if let row = wrong ?? labels.firstIndex(of: -1) {
      throw DiffusionError(
        .badInput,
        "\(name): labels of shape \(shape), and row \(row) does not have a single 1 and else zeros: "
          + "expected one class per image; images with several classes are not supported")
    }
    return labels
  }
}

/// `255`, `0.5`: without a point where there is nothing behind it.
func plain(_ number: Double) -> String {
  if number == number.rounded(), abs(number) < 1e15 { return String(Int(number)) }
  return "\(number)"
}
