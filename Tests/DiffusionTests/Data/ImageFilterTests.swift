import Foundation
import Images
import TestSupport
import Testing

@testable import Diffusion

/// Pillow 13.0.0's and torchvision 0.29.2's pixels: `Goldens/resizing/make_resizing.py`.
@Suite struct ImageFilterTests {
  private static let folder =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().path
    + "/Goldens/resizing"

  private func golden(_ name: String) throws -> Image {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/\(name).pnm")))
    let head = bytes.prefix { $0 != UInt8(ascii: "\n") }
    let words = String(decoding: head, as: UTF8.self).split(separator: " ")
    try #require(words.count == 4 && words[0] == "P6" && words[3] == "255")
    return Image(
      width: try #require(Int(words[1])), height: try #require(Int(words[2])), channels: 3,
      pixels: Array(bytes[(head.count + 1)...]))
  }

  private func fit(
    _ image: Image, _ size: Int, _ fit: DataSettings.Fit, _ filter: DataSettings.Filter
  ) throws -> ImageFit {
    try ImageFit(
      height: image.height, width: image.width, channels: image.channels, size: size, fit: fit,
      filter: filter, name: "a")
  }

  private func worst(_ a: [UInt8], _ b: [UInt8]) -> Int {
    zip(a, b).reduce(a.count == b.count ? 0 : 256) { max($0, abs(Int($1.0) - Int($1.1))) }
  }

  @Test(arguments: [DataSettings.Filter.box, .bilinear, .bicubic, .lanczos], [5, 8, 17, 20, 40])
  func pixelsArePillows(filter: DataSettings.Filter, size: Int) throws {
    let source = try golden("source")
    let expected = try golden("\(filter.rawValue)-\(size)").pixels
    #expect(try fit(source, size, .resize, filter).apply(source.pixels, count: 1) == expected)
    // Floats go the same way without rounding: bytes are rounded twice, by ½ each, the first time under weights that may
    // swing.
    let floats = try fit(source, size, .resize, filter)
      .apply(source.pixels.map { Float($0) / 127.5 - 1 }, count: 1)
    #expect(worst(floats.map(Image.pixel), expected) <= 1)
  }

  @Test(arguments: [DataSettings.Filter.bilinear, .bicubic], [8, 17, 24])
  func croppingIsTorchvisions(filter: DataSettings.Filter, size: Int) throws {
    for (name, turned) in [("source", ""), ("tall", "tall-")] {
      let source = try golden(name)
      let expected = try golden("crop-\(turned)\(filter.rawValue)-\(size)").pixels
      #expect(try fit(source, size, .crop, filter).apply(source.pixels, count: 1) == expected)
    }
  }

  /// The top left corner of so many pixels.
  private func corner(_ image: Image, _ width: Int, _ height: Int) -> Image {
    Image(
      width: width, height: height, channels: 3,
      pixels: (0..<height).flatMap { row in
        image.pixels[row * image.width * 3..<(row * image.width + width) * 3]
      })
  }

  /// Widths and heights as the script has them: rows go first, or columns.
  @Test(arguments: [DataSettings.Filter.box, .bilinear, .bicubic, .lanczos])
  func theOrderOfRowsAndColumnsIsPillows(filter: DataSettings.Filter) throws {
    let noise = try golden("noise")
    let expected = try golden("passes-\(filter.rawValue)").pixels
    let sizes = [
      (21, 26), (21, 27), (15, 17), (12, 40), (40, 12), (40, 64), (40, 65), (17, 18), (17, 19),
      (12, 14), (72, 20),
    ]
    try #require(expected.count == sizes.count * 768)
    for (place, (width, height)) in sizes.enumerated() {
      let source = corner(noise, width, height)
      let own = Array(expected[place * 768..<(place + 1) * 768])
      let bytes = try fit(source, 16, .resize, filter).apply(source.pixels, count: 1)
      #expect(bytes == own, "\(width)×\(height)")
      // Two in one go, as arrays come.
      let twice = try fit(source, 16, .resize, filter).apply(
        source.pixels + source.pixels, count: 2)
      #expect(twice == own + own)
    }
  }

  @Test(arguments: [DataSettings.Filter.bilinear, .bicubic])
  func theOrderOfCroppingIsPillows(filter: DataSettings.Filter) throws {
    let noise = try golden("noise")
    let expected = try golden("crop-passes-\(filter.rawValue)").pixels
    let sizes = [(20, 40), (20, 42), (21, 60), (60, 21), (12, 40), (40, 72)]
    try #require(expected.count == sizes.count * 768)
    for (place, (width, height)) in sizes.enumerated() {
      let source = corner(noise, width, height)
      let own = Array(expected[place * 768..<(place + 1) * 768])
      let bytes = try fit(source, 16, .crop, filter).apply(source.pixels, count: 1)
      #expect(bytes == own, "\(width)×\(height)")
    }
  }

  /// Where both sides get larger `area` is Pillow's bilinear, but for the rounding between rows and columns. (Where they
  /// get smaller it weights the pixels at an edge by their part within; Pillow's box takes whole pixels.)
  @Test func areaEnlargesWithinALevelOfPillow() throws {
    let source = try golden("source")
    let expected = try golden("bilinear-40").pixels
    let area = try fit(source, 40, .resize, .area).apply(source.pixels, count: 1)
    #expect(worst(area, expected) <= 1)
  }

  @Test func anImageOfTheRightSizeStaysAsItIs() throws {
    let image = Image(
      width: 3, height: 3, channels: 1, pixels: [0, 255, 1, 254, 2, 253, 3, 252, 4])
    for filter in DataSettings.Filter.allCases {
      for way in [DataSettings.Fit.resize, .crop] {
        #expect(try fit(image, 3, way, filter).apply(image.pixels, count: 1) == image.pixels)
      }
    }
  }

  @Test func weightsSumToOneAndStayInside() {
    for filter in DataSettings.Filter.allCases {
      for from in 1...24 {
        for to in 1...24 {
          for tap in filter.taps(from: from, to: to) {
            #expect(abs(tap.weights.reduce(0, +) - 1) < 1e-14)
            #expect(tap.first >= 0 && tap.first + tap.weights.count <= from)
          }
        }
      }
    }
  }
}
