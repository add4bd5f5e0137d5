/// Two pictures, pixel by pixel: how far they are apart, and where.
package struct ImageComparison: Sendable, Hashable {
  package let a: Image
  package let b: Image
  /// max |A − B| over pixels and channels, 0 … 255; nil where the sizes differ.
  package let largest: Int?
  /// Mean |A − B| over pixels and channels; nil where the sizes differ.
  package let mean: Double?
  /// Share of pixels that differ in any channel, 0 … 1; nil where the sizes differ.
  package let share: Double?
  /// What |A − B| is multiplied with in ``map``: 1, 2 or 5 times a power of ten, so that nothing
  /// is cut off.
  package let gain: Int
  /// (height, width): max over channels of |A − B|·gain as grey, black where the two are the same;
  /// nil where the sizes differ.
  package let map: Image?

  /// Grey is compared with colour channel by channel.
  package init(_ a: Image, _ b: Image) {
    (self.a, self.b) = (a, b)
    guard a.width == b.width, a.height == b.height, a.width * a.height > 0 else {
      (largest, mean, share, gain, map) = (nil, nil, nil, 1, nil)
      return
    }
    let channels = max(a.channels, b.channels)
    var differences = [UInt8](repeating: 0, count: a.width * a.height)
    var sum = 0
    for pixel in differences.indices {
      for channel in 0..<channels {
        let x = a.pixels[pixel * a.channels + min(channel, a.channels - 1)]
        let y = b.pixels[pixel * b.channels + min(channel, b.channels - 1)]
        let difference = x > y ? x - y : y - x
        sum += Int(difference)
        differences[pixel] = max(differences[pixel], difference)
      }
    }
    let most = Int(differences.max() ?? 0)
    let gain = Self.gain(most)
    largest = most
    mean = Double(sum) / Double(differences.count * channels)
    share = Double(differences.count { $0 > 0 }) / Double(differences.count)
    self.gain = gain
    map = Image(
      width: a.width, height: a.height, channels: 1,
      pixels: differences.map { UInt8(Int($0) * gain) })
  }

  /// - Parameter names: of the files, for the errors.
  /// - Throws: `badInput` as ``Image/init(png:name:background:)`` does.
  package init(
    png a: [UInt8], _ b: [UInt8], names: (String, String) = ("A", "B")
  ) throws(ImageError) {
    self.init(try Image(png: a, name: names.0), try Image(png: b, name: names.1))
  }

  /// A, B and the map side by side, each with its name above it; the map's says how much it is
  /// amplified and which difference is white. Without a map where the sizes differ.
  package func sheet(labels: (String, String) = ("A", "B")) -> Image {
    let titles = [labels.0, labels.1, mapTitle]
    let pictures = [a, b] + (map.map { [$0] } ?? [])
    return Image.grid(
      pictures, columns: pictures.count, padding: 8,
      columnLabels: Array(titles.prefix(pictures.count)))
  }

  /// "|A-B| x10: black is 0, white is 25.5 of 255".
  private var mapTitle: String {
    guard largest != 0 else { return "|A-B|: 0 everywhere" }
    let tenths = 2550 / gain
    let white = tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    return "|A-B| x\(gain): black is 0, white is \(white) of 255"
  }

  private static func gain(_ largest: Int) -> Int {
    guard largest > 0 else { return 1 }
    return [100, 50, 20, 10, 5, 2].first { $0 * largest <= 255 } ?? 1
  }
}
