import Foundation
import TestSupport
import Testing

@testable import Images

/// Pixels as Pillow 13.0.0 reads them: `Goldens/make_pictures.py` says how each was made.
@Suite struct PictureGoldenTests {
  static let folder =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Goldens"

  /// Every picture that has a golden.
  static let names: [String] =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
    .filter { name in Image.fileExtensions.contains { name.hasSuffix("." + $0) } }.sorted()

  /// A binary `.pnm` of 8 bits.
  private func golden(_ name: String) throws -> Image {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/\(name).pnm")))
    let head = bytes.prefix { $0 != UInt8(ascii: "\n") }
    let words = String(decoding: head, as: UTF8.self).split(separator: " ")
    try #require(words.count == 4 && words[3] == "255")
    let (width, height) = (try #require(Int(words[1])), try #require(Int(words[2])))
    return Image(
      width: width, height: height, channels: words[0] == "P5" ? 1 : 3,
      pixels: Array(bytes[(head.count + 1)...]))
  }

  private func read(_ name: String, background: Background) throws -> Image {
    try Image(contentsOf: "\(Self.folder)/\(name)", background: background)
  }

  @Test func thereIsOneOfEveryKind() {
    #expect(Self.names.count == 48)
  }

  @Test(arguments: names) func pixelsArePillows(name: String) throws {
    #expect(try read(name, background: .ignored) == golden(name))
    guard name.contains("clear") else {
      #expect(try read(name, background: .black) == golden(name))
      return
    }
    #expect(try read(name, background: .black) == golden(name + ".black"))
    let orange = Background.colour(red: 255, green: 128, blue: 10)
    #expect(try read(name, background: orange) == golden(name + ".orange"))
  }

  @Test func samplesOfSixteenBitsAreThereToBeAskedFor() throws {
    let bytes = try Image.bytes(of: Self.folder + "/grey16.png")
    let stored = try StoredPicture(bytes, name: "a", isWide: true)
    guard case .words(let words) = stored.samples else {
      Issue.record("bytes")
      return
    }
    #expect(words.map { UInt8($0 >> 8) } == (try golden("grey16.png")).pixels)
    // What is below the high byte is noise in the file: not zeros, and not the high byte again.
    #expect(words.contains { $0 & 255 != 0 && $0 & 255 != $0 >> 8 })
    let handmade = HandmadePNG(
      width: 2, height: 1, bitDepth: 16, rows: [[0x01, 0x80, 0xfe, 0xdc]])
    #expect(
      try StoredPicture(handmade.bytes, name: "a", isWide: true).samples == .words([0x180, 0xfedc]))
  }

  // MARK: Bad files

  private func error(_ bytes: [UInt8]) -> ImageError? {
    do throws(ImageError) {
      _ = try Image(encoded: bytes, name: "a.jpg")
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: names) func anyFileCutShortIsRefused(name: String) throws {
    let bytes = try Image.bytes(of: "\(Self.folder)/\(name)")
    for count in 0..<bytes.count {
      let error = error(Array(bytes[..<count]))
      #expect(error?.kind == .badInput, "\(count) of \(bytes.count)")
      #expect(error?.description.hasPrefix("a.jpg: ") == true)
    }
  }

  /// JPEG and WebP have no checksums: a damaged file is a picture or an error, never a trap.
  @Test(arguments: names.filter { !$0.hasSuffix("png") }) func damageNeverTraps(name: String) throws
  {
    let bytes = try Image.bytes(of: "\(Self.folder)/\(name)")
    var random = SplitMix(seed: 5)
    var refused = 0
    for _ in 0..<300 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        damaged[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      if error(damaged) != nil { refused += 1 }
    }
    #expect(refused > 10)
  }

  @Test func aPictureOfAbsurdSizeIsRefused() throws {
    var bytes = try Image.bytes(of: Self.folder + "/420.jpg")
    let frame = try #require(bytes.indices.first { bytes[$0...].starts(with: [0xff, 0xc0]) })
    bytes.replaceSubrange(frame + 5..<frame + 9, with: [0xff, 0xdc, 0xff, 0xdc])
    #expect(
      error(bytes)?.description
        == "a.jpg: 65500×65500 pixels announced, expected at least 1 and at most 67108864")
  }

  @Test(
    arguments: [
      (Array("GIF89a and more of it".utf8), "a.jpg: a GIF, expected a PNG, JPEG or WebP"),
      (Array("BM and a bitmap".utf8), "a.jpg: a BMP, expected a PNG, JPEG or WebP"),
      ([], "a.jpg: empty, expected a PNG, JPEG or WebP"),
      ([0xff, 0xd8], "a.jpg: truncated after 2 bytes, within the JPEG header"),
      (
        Array("nothing at all".utf8),
        "a.jpg: not a PNG, JPEG or WebP: it begins with 6e 6f 74 68 69 6e 67 20"
      ),
    ] as [([UInt8], String)])
  func otherFilesAreToldApart(bytes: [UInt8], message: String) {
    #expect(error(bytes)?.description == message)
  }
}
