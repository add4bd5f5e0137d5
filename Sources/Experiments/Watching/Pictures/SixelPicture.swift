package import Images

/// Sixels (DEC STD 070): six rows of pixels at a time, colour by colour, of 256 at most.
package enum SixelPicture {
  /// The picture, drawn from the cursor on.
  package static func shown(_ image: Image) -> String {
    let palette = Palette(image)
    var out = "\u{1B}P0;1q\"1;1;\(image.width);\(image.height)"
    for (number, color) in palette.colors.enumerated() {
      func percent(_ level: Int) -> Int { (level * 100 + 127) / 255 }
      out += "#\(number);2;\(percent(color.0));\(percent(color.1));\(percent(color.2))"
    }
    for top in stride(from: 0, to: image.height, by: 6) {
      if top > 0 { out += "-" }
      out += band(palette.places, image.width, top, min(6, image.height - top))
    }
    return out + "\u{1B}\\"
  }

  private static func band(_ places: [UInt8], _ width: Int, _ top: Int, _ height: Int) -> String {
    var bits: [UInt8: [UInt8]] = [:]
    for row in 0..<height {
      for column in 0..<width {
        let color = places[(top + row) * width + column]
        bits[color, default: [UInt8](repeating: 0, count: width)][column] |= 1 << UInt8(row)
      }
    }
    return bits.sorted { $0.key < $1.key }.map { color, columns in
      "#\(color)" + runs(columns)
    }.joined(separator: "$")
  }

  /// Repetitions as `!N`.
  private static func runs(_ columns: [UInt8]) -> String {
    var out = ""
    var start = 0
    // Nothing need be said of what is empty to the right.
    let end = (columns.lastIndex { $0 != 0 } ?? -1) + 1
    while start < end {
      var next = start + 1
      while next < end, columns[next] == columns[start] { next += 1 }
      let letter = String(UnicodeScalar(columns[start] + 63))
      let count = next - start
      out += count > 3 ? "!\(count)\(letter)" : String(repeating: letter, count: count)
      start = next
    }
    return out
  }
}

/// Colours for a picture, and which of them each pixel has.
struct Palette {
  private(set) var colors: [(Int, Int, Int)] = []
  private(set) var places: [UInt8] = []

  /// Colours of their own where 256 suffice; else six levels of red, seven of green, six of blue.
  init(_ image: Image) {
    var known: [Int: UInt8] = [:]
    places.reserveCapacity(image.width * image.height)
    func color(_ code: Int) -> (Int, Int, Int) { (code >> 16, code >> 8 & 0xFF, code & 0xFF) }
    for isExact in [true, false] {
      known = [:]
      colors = []
      places = []
      var fits = true
      pixels: for y in 0..<image.height {
        for x in 0..<image.width {
          let (r, g, b) = image.levels(x, y)
          let code =
            isExact
            ? Int(r) << 16 | Int(g) << 8 | Int(b)
            : Self.nearest(r, 5) << 16 | Self.nearest(g, 6) << 8 | Self.nearest(b, 5)
          if let place = known[code] {
            places.append(place)
          } else if colors.count < 256 {
            let place = UInt8(colors.count)
            known[code] = place
            colors.append(color(code))
            places.append(place)
          } else {
            fits = false
            break pixels
          }
        }
      }
      if fits { return }
    }
  }

  /// The nearest of `steps` + 1 even levels.
  private static func nearest(_ level: UInt8, _ steps: Int) -> Int {
    (Int(level) * steps + 127) / 255 * 255 / steps
  }
}
