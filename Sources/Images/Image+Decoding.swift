extension Image {
  /// Decodes a PNG, JPEG or WebP. Grey stays grey, all else becomes red-green-blue; of 16 bits the high byte is taken;
  /// samples are as stored, see ``StoredPicture``.
  ///
  /// - Parameters:
  ///   - name: of the file, for the errors.
  ///   - background: what transparency is laid over; black is the −1 that also surrounds padded images.
  /// - Throws: `badInput` if it is none of them, truncated, damaged or larger than 2²⁶ pixels.
  public init(
    encoded bytes: [UInt8], name: String, background: Background = .black
  ) throws(ImageError) {
    self.init(try StoredPicture(bytes, name: name), background: background)
  }

  /// Decodes a PNG, and nothing else; see ``init(encoded:name:background:)``.
  public init(
    png bytes: [UInt8], name: String = "PNG", background: Background = .black
  ) throws(ImageError) {
    if PictureFormat(bytes) != .png { _ = try PNGChunks(bytes, name: name) }
    try self.init(encoded: bytes, name: name, background: background)
  }

  /// Of 16 bits the high byte is taken.
  package init(_ stored: StoredPicture, background: Background) {
    let samples: [UInt8] =
      switch stored.samples {
      case .bytes(let bytes): bytes
      case .words(let words): words.map { UInt8($0 >> 8) }
      }
    let (width, height) = (stored.width, stored.height)
    guard stored.hasAlpha else {
      self.init(width: width, height: height, channels: stored.channels, pixels: samples)
      return
    }
    let own = stored.channels - 1
    let channels = background.isColoured ? 3 : own
    let pixels = [UInt8](unsafeUninitializedCapacity: width * height * channels) { out, count in
      let levels = background.levels
      let isIgnored = background == .ignored
      for pixel in 0..<width * height {
        let place = pixel * stored.channels
        let alpha = isIgnored ? 255 : Int(samples[place + own])
        for channel in 0..<channels {
          // a·v + (1 − a)·background, to nearest.
          let value = Int(samples[place + (own == 1 ? 0 : channel)])
          let sum = alpha * value + (255 - alpha) * Int(levels[channel])
          out[pixel * channels + channel] = UInt8((sum + 127) / 255)
        }
      }
      count = width * height * channels
    }
    self.init(width: width, height: height, channels: channels, pixels: pixels)
  }
}
