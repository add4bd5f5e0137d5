package import Images

extension Image {
  /// Red, green and blue of a pixel.
  func levels(_ x: Int, _ y: Int) -> (UInt8, UInt8, UInt8) {
    let place = (y * width + x) * channels
    let last = channels - 1
    return (pixels[place], pixels[place + min(1, last)], pixels[place + min(2, last)])
  }

  /// Made smaller by means over areas, or larger by repetition.
  /// - Precondition: at least one pixel in either.
  package func resized(width newWidth: Int, height newHeight: Int) -> Image {
    precondition(newWidth > 0 && newHeight > 0 && width > 0 && height > 0)
    if newWidth == width, newHeight == height { return self }
    var out = [UInt8](repeating: 0, count: newWidth * newHeight * channels)
    for y in 0..<newHeight {
      let top = y * height / newHeight
      let bottom = max(top + 1, (y + 1) * height / newHeight)
      for x in 0..<newWidth {
        let left = x * width / newWidth
        let right = max(left + 1, (x + 1) * width / newWidth)
        let count = (bottom - top) * (right - left)
        for channel in 0..<channels {
          var sum = count / 2
          for row in top..<bottom {
            for column in left..<right {
              sum += Int(pixels[(row * width + column) * channels + channel])
            }
          }
          out[(y * newWidth + x) * channels + channel] = UInt8(sum / count)
        }
      }
    }
    return Image(width: newWidth, height: newHeight, channels: channels, pixels: out)
  }

  /// Several of one size in rows, `gap` pixels of a grey level between them.
  /// - Precondition: at least one.
  package static func tiled(
    _ images: [Image], columns: Int, tileWidth: Int, tileHeight: Int, gap: Int, level: UInt8
  ) -> Image {
    let columns = max(1, min(columns, images.count))
    let rows = (images.count + columns - 1) / columns
    let channels = images.map(\.channels).max() ?? 1
    var sheet = Image(
      width: columns * (tileWidth + gap) - gap, height: rows * (tileHeight + gap) - gap,
      channels: channels, level: level)
    for (place, image) in images.enumerated() {
      let tile = image.resized(width: tileWidth, height: tileHeight)
      let (left, top) = (place % columns * (tileWidth + gap), place / columns * (tileHeight + gap))
      for y in 0..<tileHeight {
        for x in 0..<tileWidth {
          for channel in 0..<channels {
            let source = (y * tileWidth + x) * tile.channels + min(channel, tile.channels - 1)
            sheet.pixels[((top + y) * sheet.width + left + x) * channels + channel] =
              tile.pixels[source]
          }
        }
      }
    }
    return sheet
  }
}
