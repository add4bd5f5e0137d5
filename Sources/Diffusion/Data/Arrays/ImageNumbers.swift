/// From an array of numbers to images: which axis is what, and which values are black and white.
struct ImageNumbers {
  var layout: DataSettings.Layout
  var range: DataSettings.ValueRange?
  var isTransposed: Bool

  init(_ settings: DataSettings) {
    layout = settings.layout
    range = settings.range
    isTransposed = settings.transpose
  }

  init() {
    layout = .auto
    range = nil
    isTransposed = false
  }

  /// Which sides are rows, columns and channels.
  struct Axes: Equatable {
    var height: Int
    var width: Int
    var channels: Int
    /// (C, H, W): one plane after the other.
    var isPlanar: Bool
    var isImage = true
  }

  /// - Throws: `badInput` if the shape is none of images, or can be read in two ways: the error asks for
  ///   `data.layout`.
  func axes(_ shape: [Int], name: String) throws(DiffusionError) -> Axes {
    guard (2...4).contains(shape.count), shape.allSatisfy({ $0 > 0 }) else {
      throw DiffusionError(
        .badInput,
        "\(name): its shape is \(shape), expected (N, H, W), (N, H, W, C), (N, C, H, W) or, for "
          + "vectors, (N, D), none of them 0")
    }
    switch (shape.count, layout) {
    case (2, .auto):
      return Axes(height: 1, width: 1, channels: shape[1], isPlanar: false, isImage: false)
    case (2, .nhw) where Self.side(shape[1]) != nil:
      let side = Self.side(shape[1]) ?? 0
      return Axes(height: side, width: side, channels: 1, isPlanar: false)
    case (2, .nhwc) where Self.colourSide(shape[1]) != nil,
      (2, .nchw) where Self.colourSide(shape[1]) != nil:
      let side = Self.colourSide(shape[1]) ?? 0
      return Axes(height: side, width: side, channels: 3, isPlanar: layout == .nchw)
    case (3, .nhw):
      return Axes(height: shape[1], width: shape[2], channels: 1, isPlanar: false)
    case (3, .auto):
      guard !Self.areChannels(shape[2]) || shape[1] <= 4 || shape[2] == 1 else {
        throw DiffusionError(
          .badInput,
          "\(name): its shape is \(shape): \(shape[0]) grey images of \(shape[1])×\(shape[2]), or a "
            + "single image in colour? Of grey images set data.layout: nhw; a single image is not a data set "
            + "to train on")
      }
      return Axes(height: shape[1], width: shape[2], channels: 1, isPlanar: false)
    case (4, .nchw): return Self.planar(shape)
    case (4, .nhwc): return Self.interleaved(shape)
    case (4, .auto):
      guard let isPlanar = Self.isPlanar(shape) else {
        throw DiffusionError(
          .badInput,
          "\(name): its shape is \(shape): channels first, \(shape[1]) of \(shape[2])×\(shape[3]), or "
            + "last, \(shape[3]) of \(shape[1])×\(shape[2])? Set data.layout: nchw, or data.layout: "
            + "nhwc")
      }
      return isPlanar ? Self.planar(shape) : Self.interleaved(shape)
    default:
      throw DiffusionError(
        .badInput,
        "\(name): its shape is \(shape), which does not fit data.layout \(layout.rawValue)")
    }
  }

  /// Of a square of `count` pixels; nil: there is none.
  static func side(_ count: Int) -> Int? {
    let side = Int(Double(count).squareRoot().rounded())
    return side > 0 && side * side == count ? side : nil
  }

  private static func colourSide(_ count: Int) -> Int? {
    count % 3 == 0 ? side(count / 3) : nil
  }

  /// What vectors of this many dimensions may be, and the key that says so: `flattened images of 28×28, set data.layout:
  /// nhw`; nil: no image of more than a pixel.
  static func flattened(_ dimensions: Int) -> String? {
    if let side = side(dimensions), side > 1 {
      return "flattened images of \(side)×\(side), set data.layout: nhw"
    }
    guard let side = colourSide(dimensions), side > 1 else { return nil }
    return
      "flattened images of \(side)×\(side) in colour, set data.layout: nhwc where a pixel's three "
      + "values are side by side, nchw where planes follow each other"
  }

  private static func planar(_ shape: [Int]) -> Axes {
    Axes(height: shape[2], width: shape[3], channels: shape[1], isPlanar: true)
  }

  private static func interleaved(_ shape: [Int]) -> Axes {
    Axes(height: shape[1], width: shape[2], channels: shape[3], isPlanar: false)
  }

  /// Grey, colour, or colour with alpha.
  private static func areChannels(_ count: Int) -> Bool { [1, 3, 4].contains(count) }

  /// nil: either way.
  private static func isPlanar(_ shape: [Int]) -> Bool? {
    let (first, last) = (areChannels(shape[1]), areChannels(shape[3]))
    if first != last { return first }
    guard !first else { return nil }
    // Of many channels: the two sides that are alike are the image's.
    let (isFirstSquare, isLastSquare) = (shape[1] == shape[2], shape[2] == shape[3])
    return isFirstSquare == isLastSquare ? nil : isLastSquare
  }

  /// - Throws: `badInput` if the shape or the values are not to be understood; the error asks for the key that says.
  func images(_ array: NumberArray, source: String) throws(DiffusionError) -> RawData {
    let axes = try axes(array.shape, name: array.name)
    return try images(array.shape[0], axes, values(array, isImage: axes.isImage), source: source)
  }

  /// Of numbers in C order.
  func images(
    _ shape: [Int], _ numbers: [Float], type: NumberType, source: String, name: String
  ) throws(DiffusionError) -> RawData {
    let axes = try axes(shape, name: name)
    let values = try values(numbers, type: type, isImage: axes.isImage, name: name)
    return try images(shape[0], axes, values, source: source)
  }

  private func images(
    _ count: Int, _ axes: Axes, _ read: Values, source: String
  ) throws(DiffusionError) -> RawData {
    var data = RawData(
      name: source, height: axes.height, width: axes.width, channels: axes.channels,
      values: .bytes([]), isImage: axes.isImage, storedValues: read.stored)
    let planes = axes.isPlanar ? axes.channels : 1
    switch read.values {
    case .bytes(let bytes):
      data.values = .bytes(Self.interleaved(bytes, count: count, planes: planes))
    case .floats(let floats):
      data.values = .floats(Self.interleaved(floats, count: count, planes: planes))
    }
    return isTransposed ? data.transposed() : data
  }

  // MARK: Values

  /// Bytes where they are 0 … 255, floats in [−1, 1] else; and what they were.
  typealias Values = (values: RawData.Values, stored: StoredValues)

  /// In C order.
  func values(_ array: NumberArray, isImage: Bool = true) throws(DiffusionError) -> Values {
    if array.type == .uint8, range == nil || range == .bytes {
      let bytes = RawData.Values.bytes(array.inCOrder().content)
      return (bytes, StoredValues(bytes, bits: range == nil ? 8 : nil))
    }
    return try values(array.floats(), type: array.type, isImage: isImage, name: array.name)
  }

  /// - Parameters:
  ///   - type: of the numbers in the file.
  ///   - isImage: whether they are pixels; vectors have any values, unless a range is given.
  func values(
    _ numbers: [Float], type: NumberType, isImage: Bool = true, name: String
  ) throws(DiffusionError) -> Values {
    var (least, greatest) = (Float.infinity, -Float.infinity)
    var areWhole = true
    for (place, value) in numbers.enumerated() {
      guard value.isFinite else {
        throw DiffusionError(
          .badInput, "\(name): value \(place) is \(value), expected finite numbers")
      }
      least = min(least, value)
      greatest = max(greatest, value)
      areWhole = areWhole && value == value.rounded()
    }
    let stored = StoredValues(range: .init(lower: Double(least), upper: Double(greatest)))
    if let range {
      return (try scaled(numbers, least...greatest, to: range, name: name), stored)
    }
    guard isImage else { return (.floats(numbers), stored) }
    if type == .bool { return (.bytes(numbers.map { $0 == 0 ? 0 : 255 }), stored) }
    // Room for what float arithmetic adds to an exact −1 or 1.
    let bound: Float = 1.001
    if type.isFloat, least < 0, least >= -bound, greatest <= bound {
      return (.floats(numbers), stored)
    }
    // Bytes, held as another type: something is brighter than half.
    if areWhole, least >= 0, greatest > 127, greatest <= 255 {
      return (.bytes(numbers.map { UInt8($0) }), stored)
    }
    throw Self.question(least: Double(least), greatest: Double(greatest), type: type, name: name)
  }

  private func scaled(
    _ numbers: [Float], _ found: ClosedRange<Float>, to range: DataSettings.ValueRange, name: String
  ) throws(DiffusionError) -> RawData.Values {
    let span = range.upper - range.lower
    let room = 0.001 * span
    guard Double(found.lowerBound) >= range.lower - room,
      Double(found.upperBound) <= range.upper + room
    else {
      throw DiffusionError(
        .badInput,
        "\(name): its values range from \(plain(Double(found.lowerBound))) to "
          + "\(plain(Double(found.upperBound))), outside data.range [\(plain(range.lower)), "
          + "\(plain(range.upper))]")
    }
    if range == .signed { return .floats(numbers) }
    return .floats(numbers.map { range.scaled($0) })
  }

  private static func question(
    least: Double, greatest: Double, type: NumberType, name: String
  ) -> DiffusionError {
    let found = "\(name): its values range from \(plain(least)) to \(plain(greatest))"
    if type.isFloat, least >= 0, greatest <= 1.001 {
      return DiffusionError(
        .badInput,
        "\(found), none below 0: if black is 0 and white is 1, as after PyTorch's ToTensor, set "
          + "data.range: [0, 1]; if they are in [−1, 1], set data.range: [-1, 1]")
    }
    return DiffusionError(
      .badInput,
      "\(found) (\(type.rawValue)): which value is black and which is white? Set the range, for instance "
        + "data.range: \(suggestion(least: least, greatest: greatest)); expected without it are bytes "
        + "from 0 to 255 or floats from −1 to 1")
  }

  /// The next range that people use.
  private static func suggestion(least: Double, greatest: Double) -> String {
    if least >= 0 {
      let tops: [Double] = [1, 255, 4095, 65535]
      return tops.first { greatest <= $0 }.map { "[0, \(plain($0))]" }
        ?? "[0, \(plain(greatest.rounded(.up)))]"
    }
    return "[\(plain(least.rounded(.down))), \(plain(greatest.rounded(.up)))]"
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

extension RawData {
  /// Rows and columns exchanged.
  func transposed() -> RawData {
    var data = self
    (data.height, data.width) = (width, height)
    func exchanged<Value>(_ values: [Value]) -> [Value] {
      var result = values
      for image in 0..<count {
        let start = image * valuesPerImage
        for row in 0..<height {
          for column in 0..<width {
            for channel in 0..<channels {
              result[start + (column * height + row) * channels + channel] =
                values[start + (row * width + column) * channels + channel]
            }
          }
        }
      }
      return result
    }
    switch values {
    case .bytes(let bytes): data.values = .bytes(exchanged(bytes))
    case .floats(let floats): data.values = .floats(exchanged(floats))
    }
    return data
  }
}
