extension RawData {
  /// Grey images in three equal channels, or coloured ones by their luma: 0.299·R + 0.587·G + 0.114·B
  /// (ITU-R 601), bytes rounded as Pillow's mode L rounds them.
  ///
  /// - Parameters:
  ///   - wanted: 1 or 3; nil: as they are.
  ///   - file: for errors.
  /// - Throws: `badInput` if the images have neither 1 nor 3 channels.
  func with(channels wanted: Int?, file: String) throws(DiffusionError) -> RawData {
    guard let wanted, wanted != channels else { return self }
    guard isImage, [1, 3].contains(channels), [1, 3].contains(wanted) else {
      throw DiffusionError(
        .badInput,
        "\(file): data.channels is \(wanted), and the images have \(channels) channels: only 1 is "
          + "turned into 3, and 3 into 1")
    }
    var result = self
    result.stored = formBefore
    result.channels = wanted
    func converted<Value>(_ all: [Value], luma: (Value, Value, Value) -> Value) -> [Value] {
      if wanted == 3 {
        return [Value](unsafeUninitializedCapacity: all.count * 3) { out, count in
          for (place, value) in all.enumerated() {
            for channel in 0..<3 { out.initializeElement(at: 3 * place + channel, to: value) }
          }
          count = all.count * 3
        }
      }
      return stride(from: 0, to: all.count, by: 3).map { luma(all[$0], all[$0 + 1], all[$0 + 2]) }
    }
    switch values {
    case .bytes(let bytes):
      result.values = .bytes(
        converted(bytes, luma: Self.luma))
    case .floats(let floats):
      result.values = .floats(converted(floats, luma: Self.luma))
    }
    return result
  }

  private static func luma(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
    let sum: Int = 19595 * Int(red) + 38470 * Int(green) + 7471 * Int(blue)
    return UInt8((sum + 0x8000) >> 16)
  }

  private static func luma(_ red: Float, _ green: Float, _ blue: Float) -> Float {
    let warm: Float = 0.299 * red + 0.587 * green
    return warm + 0.114 * blue
  }
}
