/// Brings images of one size to a square of another.
///
/// `pad` centres the image on the background, value −1 (byte 0) unless said; of an odd margin the greater half is right
/// and below. `resize` treats each axis by itself, whatever that does to the proportions. `crop` brings the shorter side
/// to the size and takes the middle of the longer one, as torchvision's `Resize` and `CenterCrop` do.
///
/// How pixels are made is the filter's: `area` averages the area where an axis gets smaller and is bilinear (pixel
/// centres at ½, edges repeated) where it gets larger, each pixel rounded to nearest once; the others are those of
/// Pillow 13, to the bit: along rows and then along columns (or the other way, see ``isDownFirst(rows:columns:)``), weights
/// in 1/2²², bytes rounded to nearest after each.
struct ImageFit {
  private let channels: Int
  private let size: Int
  private let height: Int
  private let width: Int
  private let way: Way

  private enum Way {
    case pad(background: [UInt8])
    case area(rows: [Tap], columns: [Tap])
    case filter(rows: [FilterTap], columns: [FilterTap], isDownFirst: Bool)
  }

  struct Tap {
    var first: Int
    var weights: [Float]
  }

  /// - Parameters:
  ///   - background: a level a channel, for `pad`; nil: black.
  ///   - name: for the error.
  /// - Throws: `badInput` if the image is to be padded and is larger.
  init(
    height: Int, width: Int, channels: Int, size: Int, fit: DataSettings.Fit,
    filter: DataSettings.Filter = .area, background: [UInt8]? = nil, name: String
  ) throws(DiffusionError) {
    self.height = height
    self.width = width
    self.channels = channels
    self.size = size
    let rows: Side
    let columns: Side
    switch fit {
    case .pad:
      guard height <= size, width <= size else {
        throw DiffusionError(
          .badInput,
          "\(name): images of \(height)×\(width) cannot be padded to data.size \(size): set "
            + "data.fit to resize or crop, or a larger size")
      }
      way = .pad(background: background ?? [UInt8](repeating: 0, count: channels))
      return
    case .resize:
      rows = Side(from: height, to: size, kept: 0..<size)
      columns = Side(from: width, to: size, kept: 0..<size)
    case .crop:
      rows = Side(from: height, shorter: min(height, width), size: size)
      columns = Side(from: width, shorter: min(height, width), size: size)
    }
    way =
      filter == .area
      ? .area(
        rows: Array(Self.taps(from: rows.from, to: rows.to)[rows.kept]),
        columns: Array(Self.taps(from: columns.from, to: columns.to)[columns.kept]))
      : .filter(
        rows: Array(filter.taps(from: rows.from, to: rows.to)[rows.kept]),
        columns: Array(filter.taps(from: columns.from, to: columns.to)[columns.kept]),
        isDownFirst: Self.isDownFirst(rows: rows, columns: columns))
  }

  /// Pillow 13 goes down the columns first where the image gets lower by more than twice what it gets narrower by; before
  /// 13 it never did. The golden images have its pixels on both sides of that.
  private static func isDownFirst(rows: Side, columns: Side) -> Bool {
    rows.from - rows.to > max(0, 2 * (columns.from - columns.to))
  }

  /// One side of the image, and what of it is kept.
  private struct Side {
    var from: Int
    var to: Int
    var kept: Range<Int>

    init(from: Int, to: Int, kept: Range<Int>) {
      (self.from, self.to, self.kept) = (from, to, kept)
    }

    /// The shorter side becomes `size`; of the other, rounded down, the middle is kept, of an odd margin that with an
    /// even start.
    init(from: Int, shorter: Int, size: Int) {
      self.from = from
      to = max(size, size * from / shorter)
      let start = Int((Double(to - size) / 2).rounded(.toNearestOrEven))
      kept = start..<start + size
    }
  }

  func apply(_ bytes: [UInt8], count: Int) -> [UInt8] {
    switch way {
    case .pad(let background): padded(bytes, count: count, background: background)
    case .area(let rows, let columns):
      averaged(
        bytes, count: count, rows, columns, background: 0, number: { Float($0) },
        value: { UInt8(max(0, min(255, ($0 + 0.5).rounded(.down)))) })
    case .filter(let rows, let columns, let isDownFirst):
      filtered(bytes, count: count, rows, columns, isDownFirst)
    }
  }

  func apply(_ floats: [Float], count: Int) -> [Float] {
    switch way {
    case .pad(let background):
      padded(floats, count: count, background: background.map { Float($0) / 127.5 - 1 })
    case .area(let rows, let columns):
      averaged(
        floats, count: count, rows, columns, background: -1, number: { $0 }, value: { $0 })
    case .filter(let rows, let columns, let isDownFirst):
      filtered(floats, count: count, rows, columns, isDownFirst)
    }
  }

  // MARK: Ways

  private func padded<Value: Equatable>(
    _ values: [Value], count: Int, background: [Value]
  ) -> [Value] {
    let from = height * width * channels
    let to = size * size * channels
    var result = [Value](repeating: background[0], count: count * to)
    if background.contains(where: { $0 != background[0] }) {
      for place in result.indices { result[place] = background[place % channels] }
    }
    let corner = ((size - height) / 2 * size + (size - width) / 2) * channels
    for image in 0..<count {
      for row in 0..<height {
        let source = image * from + row * width * channels
        let target = image * to + corner + row * size * channels
        for i in 0..<width * channels {
          result[target + i] = values[source + i]
        }
      }
    }
    return result
  }

  private func averaged<Value>(
    _ values: [Value], count: Int, _ rows: [Tap], _ columns: [Tap], background: Value,
    number: (Value) -> Float, value: (Float) -> Value
  ) -> [Value] {
    let from = height * width * channels
    let to = size * size * channels
    var result = [Value](repeating: background, count: count * to)
    // (height, size, channels): columns first, then rows.
    var narrowed = [Float](repeating: 0, count: height * size * channels)
    for image in 0..<count {
      for row in 0..<height {
        for (column, tap) in columns.enumerated() {
          let source = image * from + (row * width + tap.first) * channels
          for channel in 0..<channels {
            var sum: Float = 0
            for (i, weight) in tap.weights.enumerated() {
              sum += weight * number(values[source + i * channels + channel])
            }
            narrowed[(row * size + column) * channels + channel] = sum
          }
        }
      }
      let line = size * channels
      for (row, tap) in rows.enumerated() {
        for i in 0..<line {
          var sum: Float = 0
          for (j, weight) in tap.weights.enumerated() {
            sum += weight * narrowed[(tap.first + j) * line + i]
          }
          result[image * to + row * line + i] = value(sum)
        }
      }
    }
    return result
  }

  private static let weightBits = 22

  private func filtered(
    _ bytes: [UInt8], count: Int, _ rows: [FilterTap], _ columns: [FilterTap],
    _ isDownFirst: Bool
  ) -> [UInt8] {
    func fixed(_ taps: [FilterTap]) -> [[Int]] {
      taps.map { tap in
        tap.weights.map {
          Int(($0 * Double(1 << Self.weightBits)).rounded(.toNearestOrAwayFromZero))
        }
      }
    }
    func byte(_ sum: Int) -> UInt8 { UInt8(max(0, min(255, sum >> Self.weightBits))) }
    let half = 1 << (Self.weightBits - 1)
    return filtered(
      bytes, count: count, rows, columns, isDownFirst, weights: (fixed(rows), fixed(columns))
    ) { values, place, step, weights in
      var sum = half
      for i in 0..<weights.count { sum += Int(values[place + i * step]) * weights[i] }
      return byte(sum)
    }
  }

  private func filtered(
    _ floats: [Float], count: Int, _ rows: [FilterTap], _ columns: [FilterTap],
    _ isDownFirst: Bool
  ) -> [Float] {
    filtered(
      floats, count: count, rows, columns, isDownFirst,
      weights: (rows.map(\.weights), columns.map(\.weights))
    ) { values, place, step, weights in
      var sum = 0.0
      for i in 0..<weights.count { sum += Double(values[place + i * step]) * weights[i] }
      // Bicubic and Lanczos weights swing below 0; what is brighter than white is white.
      return Float(max(-1, min(1, sum)))
    }
  }

  /// - Parameter value: a weighted sum of the values from a place on, the given number of places apart.
  private func filtered<Value, Weight>(
    _ values: [Value], count: Int, _ rows: [FilterTap], _ columns: [FilterTap],
    _ isDownFirst: Bool, weights: (rows: [[Weight]], columns: [[Weight]]),
    value: (_ values: UnsafeBufferPointer<Value>, _ place: Int, _ step: Int, [Weight]) -> Value
  ) -> [Value] {
    let from = height * width * channels
    let line = size * channels
    let to = size * line

    /// Lines of the image's width to lines of `line`.
    func goAcross(
      _ lines: Range<Int>, of source: UnsafeBufferPointer<Value>, at place: Int,
      into target: UnsafeMutableBufferPointer<Value>, at out: Int
    ) {
      for row in lines {
        let start = place + row * width * channels
        for (column, tap) in columns.enumerated() {
          for channel in 0..<channels {
            target[out + row * line + column * channels + channel] = value(
              source, start + tap.first * channels + channel, channels, weights.columns[column])
          }
        }
      }
    }
    /// Lines of `length` values to `size` of them, each made where it is needed.
    func goDown(
      _ needed: Range<Int>, length: Int, of source: UnsafeBufferPointer<Value>, at place: Int,
      into target: UnsafeMutableBufferPointer<Value>, at out: Int
    ) {
      for (row, tap) in rows.enumerated() {
        for i in needed {
          target[out + row * length + i] = value(
            source, place + tap.first * length + i, length, weights.rows[row])
        }
      }
    }
    return [Value](unsafeUninitializedCapacity: count * to) { result, filled in
      values.withUnsafeBufferPointer { values in
        let whole = width * channels
        let between = UnsafeMutableBufferPointer<Value>.allocate(
          capacity: isDownFirst ? size * whole : height * line)
        defer { between.deallocate() }
        let neededRows = Self.needed(rows)
        let neededColumns = Self.needed(columns)
        let needed = neededColumns.lowerBound * channels..<neededColumns.upperBound * channels
        for image in 0..<count {
          if isDownFirst {
            goDown(needed, length: whole, of: values, at: image * from, into: between, at: 0)
            goAcross(
              0..<size, of: UnsafeBufferPointer(between), at: 0, into: result, at: image * to)
          } else {
            goAcross(neededRows, of: values, at: image * from, into: between, at: 0)
            goDown(
              0..<line, length: line, of: UnsafeBufferPointer(between), at: 0, into: result,
              at: image * to)
          }
        }
      }
      filled = count * to
    }
  }

  /// The pixels that any tap reads.
  private static func needed(_ taps: [FilterTap]) -> Range<Int> {
    let first = taps.map(\.first).min() ?? 0
    return first..<(taps.map { $0.first + $0.weights.count }.max() ?? first)
  }

  /// Of `area`: the weights of each of `to` pixels along an axis of `from`; each tap's sum to 1.
  static func taps(from: Int, to: Int) -> [Tap] {
    let ratio = Double(from) / Double(to)
    return (0..<to).map { out in
      if to < from {
        let start = Double(out) * ratio
        let end = start + ratio
        let first = Int(start)
        let last = min(from, Int(end.rounded(.up)))
        let weights = (first..<last).map { pixel in
          max(0, min(end, Double(pixel + 1)) - max(start, Double(pixel))) / ratio
        }
        return Tap(first: first, weights: weights.map { Float($0) })
      }
      let centre = max(0, min(Double(from - 1), (Double(out) + 0.5) * ratio - 0.5))
      let first = min(Int(centre), max(0, from - 2))
      let share = Float(centre - Double(first))
      return Tap(first: first, weights: from == 1 ? [1] : [1 - share, share])
    }
  }
}
