extension Image {
  /// A picture of numbers around [−1, 1]: pixel = round(127.5·(v + 1)), clamped to 0 … 255.
  ///
  /// Where a number is not finite there is no picture: a crossed-out one stands in its place.
  ///
  /// One channel is drawn as grey, three as red-green-blue. Of two channels the first is drawn as
  /// grey, of four or more the first three as red-green-blue.
  ///
  /// - Parameter values: (height, width, channels), channels interleaved.
  /// - Precondition: `values` holds height·width·channels numbers.
  public init(values: some Collection<Float>, height: Int, width: Int, channels: Int) {
    precondition(values.count == height * width * channels)
    let shown = channels < 3 ? 1 : 3
    guard values.allSatisfy(\.isFinite) else {
      self.init(crossedOut: width, height: height, channels: shown)
      return
    }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(height * width * shown)
    var channel = 0
    for value in values {
      if channel < shown {
        pixels.append(Self.pixel(value))
      }
      channel = channel + 1 == channels ? 0 : channel + 1
    }
    self.init(width: width, height: height, channels: shown, pixels: pixels)
  }

  /// Pictures one after the other.
  /// - Parameter values: (count, height, width, channels).
  public static func pictures(
    _ values: [Float], count: Int, height: Int, width: Int, channels: Int
  ) -> [Image] {
    let size = height * width * channels
    return (0..<count).map { index in
      Image(
        values: values[(index * size)..<((index + 1) * size)], height: height, width: width,
        channels: channels)
    }
  }

  /// Light grey with both diagonals in dark grey.
  private init(crossedOut width: Int, height: Int, channels: Int) {
    self.init(width: width, height: height, channels: channels, level: 238)
    for x in 0..<width {
      let y = x * height / width
      fill(x: x, y: y, width: 1, height: 1, level: 102)
      fill(x: x, y: height - 1 - y, width: 1, height: 1, level: 102)
    }
  }

  /// The inverse of b/127.5 − 1, to the nearest byte.
  public static func pixel(_ value: Float) -> UInt8 {
    let scaled = ((value + 1) * 127.5).rounded()
    return scaled >= 255 ? 255 : scaled > 0 ? UInt8(scaled) : 0
  }
}
