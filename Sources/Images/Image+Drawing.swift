extension Image {
  /// A plain sheet of one grey level.
  public init(width: Int, height: Int, channels: Int, level: UInt8) {
    self.init(
      width: width, height: height, channels: channels,
      pixels: [UInt8](repeating: level, count: width * height * channels))
  }

  /// Sets every channel of a rectangle to `level`; what lies outside the picture is left out.
  mutating func fill(x: Int, y: Int, width w: Int, height h: Int, level: UInt8) {
    for row in max(0, y)..<max(0, y, min(height, y + h)) {
      let first = max(0, x)
      for i in first * channels..<max(first, min(width, x + w)) * channels {
        pixels[row * width * channels + i] = level
      }
    }
  }

  /// Draws `image` with its top left corner at (x, y), each pixel a square of `scale`.
  /// Grey is spread over three channels where needed.
  /// - Precondition: it fits, and is grey where this picture is.
  mutating func paste(_ image: Image, x: Int, y: Int, scale: Int) {
    precondition(x >= 0 && y >= 0 && scale > 0 && image.channels <= channels)
    precondition(x + image.width * scale <= width && y + image.height * scale <= height)
    let last = image.channels - 1
    for row in 0..<image.height * scale {
      var out = ((y + row) * width + x) * channels
      let source = row / scale * image.width
      for column in 0..<image.width {
        let pixel = (source + column) * image.channels
        for _ in 0..<scale {
          for channel in 0..<channels {
            pixels[out] = image.pixels[pixel + min(channel, last)]
            out += 1
          }
        }
      }
    }
  }

  /// Writes one line of text, its top left corner at (x, y); what lies outside is left out.
  public mutating func draw(
    _ text: String, x: Int, y: Int, scale: Int = 1, level: UInt8 = 0x33
  ) {
    var left = x
    for glyph in BitmapFont.glyphs(of: text) {
      for (row, bits) in glyph.rows.enumerated() {
        for column in 0..<glyph.width where bits >> column & 1 == 1 {
          fill(
            x: left + column * scale, y: y + row * scale, width: scale, height: scale,
            level: level)
        }
      }
      left += (glyph.width + BitmapFont.spacing) * scale
    }
  }
}
