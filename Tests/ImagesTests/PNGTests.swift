import Images
import TestSupport
import Testing

@Suite struct PNGTests {
  @Test(arguments: [(1, 1), (7, 3), (300, 2), (1, 50)], [1, 3])
  func whatIsWrittenIsReadBack(size: (Int, Int), channels: Int) throws {
    var random = SplitMix(seed: 1)
    let image = Image(
      width: size.0, height: size.1, channels: channels,
      pixels: random.bytes(size.0 * size.1 * channels))
    #expect(try Image(png: image.png()) == image)
    #expect(try image.png() == image.png())
  }

  @Test func nothingOfTimeOrPlaceIsWritten() throws {
    let file = try Image(width: 2, height: 2, channels: 3, level: 9).png()
    var types: [String] = []
    var place = 8
    while place < file.count {
      let length = file[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
      types.append(String(decoding: file[place + 4..<place + 8], as: UTF8.self))
      place += length + 12
    }
    #expect(types.first == "IHDR" && types.last == "IEND")
    #expect(Set(types).isSubset(of: ["IHDR", "sRGB", "gAMA", "cHRM", "IDAT", "IEND"]))
  }

  @Test func greyOfOneTwoAndFourBitsIsSpreadOverAByte() throws {
    let one = HandmadePNG(width: 9, height: 1, bitDepth: 1, rows: [[0b1010_0110, 0b1000_0000]])
    #expect(try Image(png: one.bytes).pixels == [255, 0, 255, 0, 0, 255, 255, 0, 255])
    let two = HandmadePNG(width: 4, height: 1, bitDepth: 2, rows: [[0b0001_1011]])
    #expect(try Image(png: two.bytes).pixels == [0, 85, 170, 255])
    let four = HandmadePNG(width: 2, height: 2, bitDepth: 4, rows: [[0x0f], [0x71]])
    #expect(try Image(png: four.bytes).pixels == [0, 255, 119, 17])
  }

  @Test func ofSixteenBitsTheHighByteIsTaken() throws {
    // As Pillow reads colour of 16 bits, and libpng's `strip_16` all: 0x01ff is 1.
    let grey = HandmadePNG(
      width: 4, height: 1, bitDepth: 16, rows: [[0x80, 0x80, 0xff, 0xff, 0x01, 0x80, 0x01, 0xff]])
    #expect(try Image(png: grey.bytes).pixels == [128, 255, 1, 1])
    let colour = HandmadePNG(
      width: 1, height: 1, bitDepth: 16, colourType: 2,
      rows: [[0x11, 0x11, 0x22, 0x22, 0xff, 0xff]])
    let image = try Image(png: colour.bytes)
    #expect(image.channels == 3 && image.pixels == [0x11, 0x22, 0xff])
  }

  @Test func palettesBecomeColour() throws {
    let image = try Image(
      png: HandmadePNG(
        width: 3, height: 1, colourType: 3, rows: [[2, 0, 1]],
        palette: [1, 2, 3, 10, 20, 30, 100, 150, 200]
      ).bytes)
    #expect(image.channels == 3)
    #expect(image.pixels == [100, 150, 200, 1, 2, 3, 10, 20, 30])
  }

  @Test func transparencyIsLaidOverTheBackdrop() throws {
    let colour = HandmadePNG(
      width: 3, height: 1, colourType: 6,
      rows: [[200, 100, 50, 255, 200, 100, 50, 0, 200, 100, 50, 51]]
    ).bytes
    // 51/255 = 1/5 of the colour, and 4/5 of 0 or 255.
    #expect(try Image(png: colour).pixels == [200, 100, 50, 0, 0, 0, 40, 20, 10])
    #expect(
      try Image(png: colour, background: .grey(255)).pixels == [
        200, 100, 50, 255, 255, 255, 244, 224, 214,
      ])
    let grey = HandmadePNG(width: 2, height: 1, colourType: 4, rows: [[255, 51, 77, 255]]).bytes
    let image = try Image(png: grey)
    #expect(image.channels == 1 && image.pixels == [51, 77])
    let keyed = HandmadePNG(
      width: 2, height: 1, colourType: 0, rows: [[9, 8]], transparency: [0, 9]
    ).bytes
    #expect(try Image(png: keyed, background: .grey(100)).pixels == [100, 8])
  }

  @Test(arguments: [(1, 1), (8, 8), (13, 11), (3, 17)])
  func interlacedIsTheSamePicture(width: Int, height: Int) throws {
    var random = SplitMix(seed: 2)
    var png = HandmadePNG(
      width: width, height: height, colourType: 2,
      rows: (0..<height).map { _ in random.bytes(3 * width) })
    png.isInterlaced = true
    #expect(try Image(png: png.bytes).pixels == png.rows.flatMap { $0 })
  }

  @Test func valuesBecomeBytesAndBack() {
    let values = (0...255).map { Float($0) / 127.5 - 1 }
    #expect(Image(values: values, height: 16, width: 16, channels: 1).pixels == Array(0...255))
    #expect(
      Image(values: [-3, 3, 0], height: 1, width: 3, channels: 1).pixels == [0, 255, 128])
    let five: [Float] = [-1, 0.2, 1, 0.3, 0.4, 1, -1, -1, 0.5, 0.6]
    let shown = Image(values: five, height: 1, width: 2, channels: 5)
    #expect(shown.channels == 3 && shown.pixels == [0, 153, 255, 255, 0, 0])
    let two = Image(values: [-1, 1, 1, -1], height: 1, width: 2, channels: 2)
    #expect(two.channels == 1 && two.pixels == [0, 255])
  }

  /// Not black, as though it were a picture.
  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func whatIsNotFiniteIsCrossedOut(value: Float) {
    var values = [Float](repeating: -1, count: 9)
    values[4] = value
    #expect(
      Image(values: values, height: 3, width: 3, channels: 1).pixels
        == [102, 238, 102, 238, 102, 238, 102, 238, 102])
    let wide = Image(values: [0, 0, value, 0, 0, 0], height: 1, width: 2, channels: 3)
    #expect(wide.channels == 3 && wide.pixels == [102, 102, 102, 102, 102, 102])
  }
}
