/// Pixels as comma-separated values, a line an image, plain or gzip: Kaggle's form of MNIST and its kin.
///
/// A first line that is not all numbers names the columns. Which of them is the class, see ``Columns``. Images are
/// square: s² grey columns, row by row, or 3·s², of which `data.layout` says whether a pixel's (`nhwc`) or a plane's are
/// side by side.
enum CSV {
  /// - Parameters:
  ///   - label: the column of the class by its name in the heading, `first`, `last` or ``DataSettings/noLabels``; nil:
  ///     found, or asked for.
  ///   - conditions: columns that are no pixels but come with each image, by their heading.
  ///   - isFirst: without a heading the first column is the class, which needs no evidence.
  /// - Returns: and whether it was the first, in a file without a heading.
  /// - Throws: `notFound`, `inputOutput`, `badInput`; each names the file and the line.
  static func read(
    _ path: String, label: String? = nil, conditions: [String] = [], isFirst: Bool = false,
    numbers: ImageNumbers = ImageNumbers()
  ) throws(DiffusionError) -> (images: RawData, isFirst: Bool) {
    var rows = Rows(try DataFile(path).readToEnd())
    var values: [Float] = []
    var labels: [Double] = []
    var told: [Float] = []
    var columns: Columns?
    var areFloats = false
    while rows.next() {
      let known: Columns
      if let columns {
        known = columns
      } else {
        known = try Columns(rows, label: label, conditions: conditions, path: path)
        columns = known
        if known.hasHeading { continue }
      }
      try append(rows, known, path, &values, &labels, &told, &areFloats)
    }
    guard let columns, !values.isEmpty else {
      throw DiffusionError(.badInput, "\(path): holds no line of numbers")
    }
    if columns.isFirstUnlessLast, !isFirst {
      try requireClassFirst(labels, values, path: path)
    }
    let (side, planes) = (columns.side, columns.channels)
    let count = values.count / (side * side * planes)
    var layout = [count, side, side]
    if planes > 1 {
      guard numbers.layout == .nchw || numbers.layout == .nhwc else {
        throw DiffusionError(
          .badInput,
          "\(path): lines of \(side * side * planes) pixels are \(side)×\(side) in colour: plane by "
            + "plane, or pixel by pixel? Set data.layout: nchw, or data.layout: nhwc")
      }
      layout = numbers.layout == .nchw ? [count, planes, side, side] : [count, side, side, planes]
    }
    var own = numbers
    if planes == 1 { own.layout = .nhw }
    var data = try own.images(
      layout, values, type: areFloats ? .float64 : .int64, source: "csv", name: path)
    (data.conditionNames, data.conditions) = (conditions, told)
    guard columns.label != nil else { return (data, false) }
    data.labels = try classes(labels, path: path)
    data.classes = Int(data.labels.max() ?? 0) + 1
    return (data, columns.label == 0 && !columns.hasHeading)
  }

  private static func append(
    _ rows: Rows, _ columns: Columns, _ path: String, _ values: inout [Float],
    _ labels: inout [Double], _ told: inout [Float], _ areFloats: inout Bool
  ) throws(DiffusionError) {
    let row = rows.row
    guard row.fields.count == columns.count else {
      throw DiffusionError(
        .badInput,
        "\(path): line \(row.line) has \(row.fields.count) columns, expected \(columns.count) as the "
          + "first")
    }
    // In the order in which they are named.
    told += [Float](repeating: 0, count: columns.told.count)
    for (column, field) in row.fields.enumerated() {
      guard let value = rows.number(field) else {
        throw DiffusionError(
          .badInput,
          "\(path): line \(row.line), column \(column + 1): \(rows.shown(field)) is not a number")
      }
      if column == columns.label {
        labels.append(value)
      } else if let place = columns.told.firstIndex(of: column) {
        told[told.count - columns.told.count + place] = Float(value)
      } else {
        values.append(Float(value))
        areFloats = areFloats || rows.bytes[field].contains(UInt8(ascii: "."))
      }
    }
  }

  static func classes(_ labels: [Double], path: String) throws(DiffusionError) -> [Int32] {
    for (image, label) in labels.enumerated()
    where label < 0 || label >= Double(NumberArray.mostClasses) || label != label.rounded() {
      throw DiffusionError(
        .badInput,
        "\(path): the class of image \(image) is \(plain(label)), expected whole numbers from 0 to "
          + "\(NumberArray.mostClasses - 1)")
    }
    return labels.map { Int32($0) }
  }

  // MARK: Lines

  /// The fields of a line, without blanks and quotation marks around them.
  struct Row {
    var fields: [Range<Int>] = []
    /// From 1.
    var line = 0
  }

  struct Rows {
    let bytes: [UInt8]
    private var place = 0
    private(set) var row = Row()

    init(_ bytes: [UInt8]) {
      self.bytes = bytes
      if bytes.starts(with: [0xef, 0xbb, 0xbf]) { place = 3 }
    }

    /// Goes to the next line that is not empty.
    mutating func next() -> Bool {
      while place < bytes.count {
        row.line += 1
        row.fields.removeAll(keepingCapacity: true)
        var start = place
        while true {
          let isEnd = place == bytes.count || bytes[place] == UInt8(ascii: "\n")
          if isEnd || bytes[place] == UInt8(ascii: ",") {
            row.fields.append(trimmed(start..<place))
            start = place + 1
          }
          place += 1
          if isEnd { break }
        }
        if row.fields.count > 1 || !row.fields[0].isEmpty { return true }
      }
      return false
    }

    func text(_ field: Range<Int>) -> String { String(decoding: bytes[field], as: UTF8.self) }

    /// For errors, no more than its beginning.
    func shown(_ field: Range<Int>) -> String {
      let text = text(field)
      return text.count > 24 ? "\(text.prefix(20))…".debugDescription : text.debugDescription
    }

    /// nil: not a finite number.
    func number(_ field: Range<Int>) -> Double? {
      // Most are one to three digits.
      if (1...9).contains(field.count) {
        var number = 0
        var isWhole = true
        for byte in bytes[field] {
          guard (48...57).contains(byte) else {
            isWhole = false
            break
          }
          number = number * 10 + Int(byte - 48)
        }
        if isWhole { return Double(number) }
      }
      guard let number = Double(text(field)), number.isFinite else { return nil }
      return number
    }

    private func trimmed(_ field: Range<Int>) -> Range<Int> {
      var (first, last) = (field.lowerBound, field.upperBound)
      while first < last, Self.isAround(bytes[first]) { first += 1 }
      while first < last, Self.isAround(bytes[last - 1]) { last -= 1 }
      return first..<last
    }

    private static func isAround(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") || byte == UInt8(ascii: "\r")
        || byte == UInt8(ascii: "\"")
    }
  }
}
