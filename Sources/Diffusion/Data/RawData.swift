#if canImport(Darwin)
  private import Darwin
#else
  private import Glibc
#endif

/// Images as they came out of a file, on their way to a ``DataSet``.
struct RawData {
  enum Values {
    case bytes([UInt8])
    case floats([Float])
  }

  var name: String
  var height: Int
  var width: Int
  var channels: Int
  /// (count, height, width, channels)
  var values: Values
  var labels: [Int32] = []
  var classes = 0
  var classNames: [String] = []
  var isImage = true
  /// Of the numbers that come with each image.
  var conditionNames: [String] = []
  /// (count, names)
  var conditions: [Float] = []
  /// As the files had them; nil: as they are here.
  var stored: StoredForm?
  /// Of the whole source; nil: as they are here.
  var storedValues: StoredValues?
  /// How many images there were before a limit; nil: as many as here.
  var available: Int?

  var valuesPerImage: Int { height * width * channels }

  var count: Int {
    switch values {
    case .bytes(let bytes): bytes.count / valuesPerImage
    case .floats(let floats): floats.count / valuesPerImage
    }
  }

  /// ``stored``, or what is here.
  var form: StoredForm {
    stored
      ?? StoredForm(
        heights: height...height, widths: width...width, channels: [channels: count],
        values: storedValues)
  }

  /// ``form``, to be kept where the values are about to change.
  var formBefore: StoredForm {
    var form = form
    if stored == nil, form.values == nil { form.values = StoredValues(values) }
    return form
  }

  /// Whether the values are the same; labels may differ.
  func hasSameImages(as other: RawData) -> Bool {
    guard (height, width, channels) == (other.height, other.width, other.channels) else {
      return false
    }
    return switch (values, other.values) {
    case (.bytes(let own), .bytes(let others)): own == others
    case (.floats(let own), .floats(let others)): own == others
    default: false
    }
  }

  /// The first N images, and in ``available`` how many there were.
  func first(_ limit: Int?) -> RawData {
    var first = part(0..<min(count, limit ?? count))
    first.available = available ?? count
    return first
  }

  /// The images at these places, in this order.
  func selected(_ places: [Int]) -> RawData {
    guard let start = places.first else { return part(0..<0) }
    if places == Array(start..<start + places.count) { return part(start..<start + places.count) }
    var result = self
    func gathered<Value>(_ all: [Value]) -> [Value] {
      var values: [Value] = []
      values.reserveCapacity(places.count * valuesPerImage)
      for place in places {
        values += all[place * valuesPerImage..<(place + 1) * valuesPerImage]
      }
      return values
    }
    switch values {
    case .bytes(let bytes): result.values = .bytes(gathered(bytes))
    case .floats(let floats): result.values = .floats(gathered(floats))
    }
    if !labels.isEmpty { result.labels = places.map { labels[$0] } }
    let width = conditionNames.count
    result.conditions = places.flatMap { conditions[$0 * width..<($0 + 1) * width] }
    return result
  }

  private func part(_ range: Range<Int>) -> RawData {
    guard range != 0..<count else { return self }
    var part = self
    let places = range.lowerBound * valuesPerImage..<range.upperBound * valuesPerImage
    switch values {
    case .bytes(let bytes): part.values = .bytes(Array(bytes[places]))
    case .floats(let floats): part.values = .floats(Array(floats[places]))
    }
    if !labels.isEmpty { part.labels = Array(labels[range]) }
    let width = conditionNames.count
    part.conditions = Array(conditions[range.lowerBound * width..<range.upperBound * width])
    return part
  }

  /// Every image brought to size×size; see ``ImageFit``.
  ///
  /// - Parameter file: for errors.
  func fitted(
    size: Int?, fit: DataSettings.Fit, filter: DataSettings.Filter, file: String
  ) throws(DiffusionError) -> RawData {
    guard let size else { return self }
    guard isImage else {
      guard size == channels else {
        throw DiffusionError(
          .badInput,
          "\(file): holds vectors of \(channels) dimensions, and data.size \(size) does not apply: "
            + (ImageNumbers.flattened(channels).map { "if they are \($0), or else " } ?? "")
            + "leave it out")
      }
      return self
    }
    if size == height, size == width { return self }
    let fit = try ImageFit(
      height: height, width: width, channels: channels, size: size, fit: fit, filter: filter,
      name: file)
    var result = self
    result.stored = formBefore
    (result.height, result.width) = (size, size)
    switch values {
    case .bytes(let bytes):
      try Self.requireMemory(result.valuesPerImage, count: count, name: file)
      result.values = .bytes(fit.apply(bytes, count: count))
    case .floats(let floats):
      try Self.requireMemory(result.valuesPerImage * 4, count: count, name: file)
      result.values = .floats(fit.apply(floats, count: count))
    }
    return result
  }

  func dataSet() -> DataSet {
    let storage: DataSet.Storage
    switch values {
    case .bytes(let bytes): storage = .bytes(bytes)
    case .floats(let floats): storage = .floats(floats)
    }
    return DataSet(
      name: name, count: count, height: height, width: width, channels: channels, storage: storage,
      labels: labels, classes: classes, classNames: classNames, isImage: isImage,
      conditionNames: conditionNames, conditions: conditions)
  }

  /// count·bytes must fit into this machine's memory: asked before it is allocated.
  static func requireMemory(_ bytes: Int, count: Int, name: String) throws(DiffusionError) {
    let memory = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
    let (total, overflow) = bytes.multipliedReportingOverflow(by: count)
    guard !overflow, total <= memory else {
      throw DiffusionError(
        .badInput,
        "\(name): \(count == 1 ? "" : "\(count) images of ")\(bytes) bytes do not fit into this "
          + "machine's memory of \(memory) bytes: set data.limit, or a smaller data.size")
    }
  }
}
