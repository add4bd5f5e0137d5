import Foundation
import Images
import TestSupport
import Testing

@Suite struct BadPNGTests {
  /// Small, with every kind of chunk that libpng interprets.
  private static let small = HandmadePNG(
    width: 5, height: 4, colourType: 3, rows: (0..<4).map { [0, 1, 2, UInt8($0 % 3), 1] },
    palette: [1, 2, 3, 4, 5, 6, 7, 8, 9], transparency: [255, 10, 0]
  ).bytes

  private func error(_ bytes: [UInt8]) -> ImageError? {
    #expect(throws: ImageError.self) { try Image(png: bytes, name: "a.png") }
  }

  @Test func anyFileCutShortIsRefused() {
    for file in [Self.small, (try? Image(width: 3, height: 3, channels: 3, level: 7).png()) ?? []] {
      for count in 0..<file.count {
        let error = error(Array(file[..<count]))
        #expect(error?.kind == .badInput && error?.description.hasPrefix("a.png: ") == true)
      }
    }
  }

  /// Checksums cover every chunk, so that no flipped bit goes unseen.
  @Test func anyFlippedBitIsRefused() {
    for bit in 0..<Self.small.count * 8 {
      var file = Self.small
      file[bit / 8] ^= 1 << (bit % 8)
      #expect(error(file)?.kind == .badInput, "bit \(bit)")
    }
  }

  /// The same damage under right checksums reaches libpng: a picture or an error, never a trap.
  @Test func damageUnderRightChecksumsNeverTraps() {
    var random = SplitMix(seed: 3)
    var pictures = 0
    for _ in 0..<2000 {
      var file = Array(Self.small[..<8])
      var place = 8
      while place < Self.small.count {
        let length = Self.small[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
        let type = String(decoding: Self.small[place + 4..<place + 8], as: UTF8.self)
        var body = Array(Self.small[place + 8..<place + 8 + length])
        if !body.isEmpty, Int.random(in: 0..<2, using: &random) == 0 {
          body[Int.random(in: 0..<length, using: &random)] ^=
            1 << UInt8.random(in: 0..<8, using: &random)
        }
        file += HandmadePNG.chunk(type, body)
        place += length + 12
      }
      do throws(ImageError) {
        let image = try Image(png: file)
        #expect(image.pixels.count == image.width * image.height * image.channels)
        pictures += 1
      } catch {
        #expect(error.kind == .badInput)
      }
    }
    // A change of palette or transparency alone still gives a picture; one of the header seldom does.
    #expect(pictures > 100 && pictures < 1900)
  }

  @Test func absurdSizesAreRefusedBeforeAnythingIsAllocated() {
    for (width, height) in [(0x7fff_ffff, 0x7fff_ffff), (1 << 20, 1 << 20), (8000, 8000), (0, 3)] {
      let file = HandmadePNG(width: width, height: height, rows: [[0]]).bytes
      #expect(error(file)?.description.contains("\(width)×\(height) pixels announced") == true)
    }
  }

  @Test func otherFilesAreToldApart() {
    #expect(error([])?.description == "a.png: empty, expected a PNG")
    #expect(
      error(Array("GIF89a, and more".utf8))?.description
        == "a.png: not a PNG: it begins with 47 49 46 38 39 61 2c 20")
    #expect(error(Array(Self.small[..<5]))?.description.contains("truncated after 5 bytes") == true)
  }

  @Test func filesAreReadAndWritten() throws {
    let folder = try TemporaryFolder()
    let image = Image(width: 2, height: 1, channels: 1, pixels: [3, 250])
    try image.write(to: folder.path + "/a.png")
    #expect(try Image(contentsOf: folder.path + "/a.png") == image)
    try image.write(to: folder.path + "/a.png")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.png"])

    #expect(throws: ImageError(.notFound, "\(folder.path)/b.png: No such file or directory")) {
      try Image(contentsOf: folder.path + "/b.png")
    }
    #expect(throws: ImageError(.badInput, "\(folder.path): not a file")) {
      try Image(contentsOf: folder.path)
    }
    let error = #expect(throws: ImageError.self) {
      try image.write(to: folder.path + "/none/a.png")
    }
    #expect(error?.kind == .cannotCreate)
    let empty = #expect(throws: ImageError.self) {
      try Image(width: 0, height: 4, channels: 1, pixels: []).png()
    }
    #expect(empty?.kind == .badInput)
  }
}
