import Images
import Testing

@Suite struct ImageSheetTests {
  /// Pictures whose every pixel tells which picture and which place it is of.
  private func pictures(_ count: Int, width: Int, height: Int, channels: Int) -> [Image] {
    (0..<count).map { index in
      Image(
        width: width, height: height, channels: channels,
        pixels: (0..<width * height * channels).map { UInt8((index * 31 + $0 * 7) % 247) })
    }
  }

  /// Enlarged as the sheet does it.
  private func enlarged(_ image: Image, by scale: Int) -> [UInt8] {
    (0..<image.height * scale).flatMap { y in
      (0..<image.width * scale).flatMap { x in
        let place = ((y / scale) * image.width + x / scale) * image.channels
        return Array(image.pixels[place..<place + image.channels])
      }
    }
  }

  @Test(arguments: [
    (80, 10, 32, 32, 1, true), (80, 10, 28, 28, 1, true), (7, 7, 32, 32, 3, false),
    (23, 10, 16, 16, 3, false), (1, 1, 8, 8, 1, false), (3, 2, 64, 64, 1, true),
    (12, 4, 24, 40, 1, false), (12, 4, 40, 24, 3, true), (160, 16, 96, 96, 1, true),
  ])
  func cutsWhatGridMade(
    count: Int, columns: Int, width: Int, height: Int, channels: Int, hasLabels: Bool
  ) throws {
    let images = pictures(count, width: width, height: height, channels: channels)
    let sheet = Image.grid(
      images, columns: columns, padding: 2,
      columnLabels: hasLabels ? (0..<columns).map { "class \($0), long" } : [])
    let found = try #require(ImageSheet(sheet))
    #expect(found.columns == columns)
    #expect(found.rows == (count + columns - 1) / columns)
    let scale = found.cellWidth / width
    for index in [0, 1, columns, count / 2, count - 1] where index < count {
      let image = try #require(found.image(index))
      let isSame = image.pixels == enlarged(images[index], by: scale)
      #expect(isSame)
    }
    #expect(found.image(count) == nil)
    #expect(found.image(-1) == nil && found.image(found.count) == nil)
  }

  /// Black pictures, and ones of another grey than the sheet's, are pictures.
  @Test func plainPictures() throws {
    let images = [0, 128, 255, 0, 0].map { Image(width: 32, height: 32, channels: 1, level: $0) }
    let found = try #require(ImageSheet(Image.grid(images, columns: 2, padding: 2)))
    #expect(found.columns == 2 && found.rows == 3)
    #expect((0..<5).map { found.image($0)?.pixels[0] ?? 1 } == [0, 128, 255, 0, 0])
    #expect(found.image(5) == nil)
  }

  @Test func noSheet() {
    let random = Image(
      width: 96, height: 64, channels: 1, pixels: (0..<96 * 64).map { UInt8($0 * 13 % 251) })
    #expect(ImageSheet(random) == nil)
    #expect(ImageSheet(Image(width: 5, height: 5, channels: 1, level: 250)) == nil)
    #expect(ImageSheet(Image(width: 1, height: 1, channels: 1, level: 0)) == nil)
  }
}
