/// Brings images of one size to a square of another.
///
/// `pad` centres the image on the background, value −1 (byte 0); of an odd margin the greater half is
/// right and below. `resize` treats each axis by itself: area average where it gets smaller, bilinear
/// (pixel centres at ½, edges repeated) where it gets larger; bytes are rounded to nearest.
struct ImageFit {
  private let channels: Int
  private let size: Int
  private let height: Int
  private let width: Int
  /// nil: pad.
  private let taps: (rows: [Tap], columns: [Tap])?

  /// What one output pixel is made of along one axis.
  struct Tap {
    var first: Int
    var weights: [Float]
  }

  /// - Throws: `badInput` if the image is to be padded and is larger.
  init(
    height: Int, width: Int, channels: Int, size: Int, fit: DataSettings.Fit, name: String
  ) throws(DiffusionError) {
    self.height = height
    self.width = width
    self.channels = channels
    self.size = size
    switch fit {
    case .resize:
      taps = (Self.taps(from: height, to: size), Self.taps(from: width, to: size))
    case .pad:
      guard height <= size, width <= size else {
        throw DiffusionError(
          .badInput,
          "\(name): images of \(height)×\(width) cannot be padded to data.size \(size): set "
            + "data.fit to resize, or a larger size")
      }
      taps = nil
    }
  }

  func apply(_ bytes: [UInt8], count: Int) -> [UInt8] {
    apply(
      bytes, count: count, background: 0, number: { Float($0) },
      value: { UInt8(max(0, min(255, ($0 + 0.5).rounded(.down)))) })
  }

  func apply(_ floats: [Float], count: Int) -> [Float] {
    apply(floats, count: count, background: -1, number: { $0 }, value: { $0 })
  }

  private func apply<Value>(
    _ values: [Value], count: Int, background: Value, number: (Value) -> Float,
    value: (Float) -> Value
  ) -> [Value] {
    let from = height * width * channels
    let to = size * size * channels
    var result = [Value](repeating: background, count: count * to)
    guard let taps else {
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
    // (height, size, channels): columns first, then rows.
    var narrowed = [Float](repeating: 0, count: height * size * channels)
    for image in 0..<count {
      for row in 0..<height {
        for (column, tap) in taps.columns.enumerated() {
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
      for (row, tap) in taps.rows.enumerated() {
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

  /// The weights of each of `to` pixels along an axis of `from`; each tap's sum to 1.
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
