public import Images
private import Kernels

/// Images or vectors to train on, held compactly and handed out as numbers in [−1, 1].
///
/// Pixels are kept as bytes where they were bytes; synthetic data are generated on the fly.
public struct DataSet: Sendable {
  /// How the values are kept.
  enum Storage: Sendable {
    /// (count, height, width, channels); byte b means b/127.5 − 1.
    case bytes([UInt8])
    /// (count, height, width, channels)
    case floats([Float])
    case shapes(Shapes)
    case gaussians(Gaussians)
    case points(Points)
  }

  /// As in the experiment file: `fashion-mnist`, `shapes` …
  public let name: String
  /// N, the number of images.
  public let count: Int
  /// H, in pixels.
  public let height: Int
  /// W, in pixels.
  public let width: Int
  /// C: 1 (grey) or 3; data that are no images have more.
  public let channels: Int
  /// Number of classes; 0: unlabelled.
  public let classes: Int
  /// Of each class, where they are known; else empty.
  public let classNames: [String]
  /// (count) classes from 0; empty: unlabelled.
  public let labels: [Int32]
  /// Of the numbers that come with each image; empty: there are none.
  public let conditionNames: [String]
  /// (count, names) in the data's own units.
  public let conditions: [Float]
  /// Whether the values are pixels. Else they are vectors: 1×1 with a channel a dimension.
  public let isImage: Bool
  /// SHA-256 of everything above but names, and of the content (of synthetic data: of what they are
  /// made from), as 64 hexadecimal digits.
  public let fingerprint: String

  private let storage: Storage

  /// Whether the values are 8-bit: b/127.5 − 1 of bytes b.
  var isOfBytes: Bool { if case .bytes = storage { true } else { false } }

  /// Numbers of one image or vector: height·width·channels.
  public var valuesPerImage: Int { height * width * channels }

  init(
    name: String, count: Int, height: Int, width: Int, channels: Int, storage: Storage,
    labels: [Int32] = [], classes: Int = 0, classNames: [String] = [], isImage: Bool = true,
    conditionNames: [String] = [], conditions: [Float] = []
  ) {
    precondition(conditions.count == count * conditionNames.count)
    self.conditionNames = conditionNames
    self.conditions = conditions
    self.name = name
    self.count = count
    self.height = height
    self.width = width
    self.channels = channels
    self.storage = storage
    self.labels = labels
    self.classes = classes
    self.classNames = classNames
    self.isImage = isImage

    var hash = SHA256()
    hash.update("data set 1: \(count) \(height) \(width) \(channels) \(classes) \(isImage)\n")
    switch storage {
    case .bytes(let bytes): bytes.withUnsafeBytes { hash.update($0) }
    case .floats(let floats): floats.withUnsafeBytes { hash.update($0) }
    case .shapes(let shapes): hash.update(shapes.identity)
    case .gaussians(let gaussians): hash.update(gaussians.identity)
    case .points(let points): hash.update(points.identity)
    }
    labels.withUnsafeBytes { hash.update($0) }
    if !conditionNames.isEmpty {
      hash.update("conditions \(conditionNames.count)\n")
      conditions.withUnsafeBytes { hash.update($0) }
    }
    fingerprint = hash.hexadecimal()
  }

  /// A data set of numbers at hand.
  ///
  /// - Parameters:
  ///   - values: (count, height, width, channels), count·height·width·channels of them.
  ///   - labels: one an image, 0 ..< classes; empty: unlabelled.
  /// - Throws: `badInput` if the counts do not fit or a label is out of range.
  public init(
    name: String, values: [Float], height: Int, width: Int, channels: Int, labels: [Int32] = [],
    classes: Int = 0, classNames: [String] = [], isImage: Bool = true
  ) throws(DiffusionError) {
    let size = height * width * channels
    guard size > 0, !values.isEmpty, values.count % size == 0 else {
      throw DiffusionError(
        .badInput,
        "\(name): \(values.count) values are not images of \(height)×\(width)×\(channels)"
      )
    }
    let count = values.count / size
    guard labels.isEmpty || labels.count == count else {
      throw DiffusionError(.badInput, "\(name): \(labels.count) labels for \(count) images")
    }
    if let wrong = labels.first(where: { $0 < 0 || $0 >= classes }) {
      throw DiffusionError(
        .badInput, "\(name): label \(wrong) is out of range: there are \(classes) classes")
    }
    self.init(
      name: name, count: count, height: height, width: width, channels: channels,
      storage: .floats(values), labels: labels, classes: classes, classNames: classNames,
      isImage: isImage)
  }

  /// Writes one image as (height, width, channels) in [−1, 1].
  ///
  /// - Parameters:
  ///   - mirrored: left and right exchanged.
  ///   - out: room for ``valuesPerImage`` numbers.
  /// - Precondition: `index` is in 0 ..< ``count``.
  public func copy(
    _ index: Int, mirrored: Bool = false, into out: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(index >= 0 && index < count && out.count >= valuesPerImage)
    let size = valuesPerImage
    switch storage {
    case .bytes(let bytes):
      bytes.withUnsafeBufferPointer { bytes in
        for i in 0..<size { out[i] = Float(bytes[index * size + i]) / 127.5 - 1 }
      }
    case .floats(let floats):
      floats.withUnsafeBufferPointer { floats in
        for i in 0..<size { out[i] = floats[index * size + i] }
      }
    case .shapes(let shapes): shapes.draw(index, into: out)
    case .gaussians(let gaussians): gaussians.draw(index, into: out)
    case .points(let points): points.draw(index, into: out)
    }
    guard mirrored else { return }
    for row in 0..<height {
      for column in 0..<width / 2 {
        let left = (row * width + column) * channels
        let right = (row * width + width - 1 - column) * channels
        for channel in 0..<channels {
          (out[left + channel], out[right + channel]) = (out[right + channel], out[left + channel])
        }
      }
    }
  }

  /// Least and greatest of all values, as ``copy(_:mirrored:into:)`` gives them; nil: they are drawn
  /// when asked for.
  var valueRange: DataSummary.Interval? {
    switch storage {
    case .bytes(let bytes):
      let (least, greatest) = bytes.reduce(into: (UInt8.max, UInt8.min)) {
        $0 = (min($0.0, $1), max($0.1, $1))
      }
      return .init(
        lower: Double(Float(least) / 127.5 - 1), upper: Double(Float(greatest) / 127.5 - 1))
    case .floats(let floats):
      let (least, greatest) = floats.reduce(into: (Float.infinity, -Float.infinity)) {
        $0 = (min($0.0, $1), max($0.1, $1))
      }
      return .init(lower: Double(least), upper: Double(greatest))
    case .shapes, .gaussians, .points: return nil
    }
  }

  /// Least and greatest of the bytes that the values are kept as; nil: they are not bytes.
  var byteRange: DataSummary.Interval? {
    guard case .bytes = storage, let range = valueRange else { return nil }
    return .init(
      lower: ((range.lower + 1) * 127.5).rounded(), upper: ((range.upper + 1) * 127.5).rounded())
  }

  /// A run of images, (indices.count, height, width, channels) in [−1, 1].
  /// - Precondition: `indices` lie in 0 ..< ``count``.
  public func values(_ indices: Range<Int>) -> [Float] {
    let size = valuesPerImage
    return [Float](unsafeUninitializedCapacity: indices.count * size) { buffer, initialized in
      for (place, index) in indices.enumerated() {
        copy(
          index,
          into: UnsafeMutableBufferPointer(rebasing: buffer[place * size..<(place + 1) * size]))
      }
      initialized = indices.count * size
    }
  }

  /// The class of an image; nil: unlabelled.
  public func label(_ index: Int) -> Int? {
    labels.isEmpty ? nil : Int(labels[index])
  }

  /// The numbers that come with an image, in the data's own units.
  public func condition(_ index: Int) -> ArraySlice<Float> {
    let width = conditionNames.count
    return conditions[index * width..<(index + 1) * width]
  }

  /// One image as a picture.
  public func image(_ index: Int) -> Image {
    Image(values: values(index..<index + 1), height: height, width: width, channels: channels)
  }
}

extension DataSet {
  /// So many images or vectors from all over the set, the same each time: (count, D).
  package func spread(_ count: Int) -> [Float] {
    let chosen = EvaluationImages(self, count: count)
    return chosen.values(0..<chosen.count)
  }
}
