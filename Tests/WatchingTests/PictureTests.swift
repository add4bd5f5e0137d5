import Foundation
import Images
import TestSupport
import Testing
import Watching

/// Pictures as terminals take them.
@Suite struct PictureTests {
  private func noise(width: Int, height: Int) -> Image {
    var random = SplitMix(seed: 3)
    return Image(
      width: width, height: height, channels: 3,
      pixels: (0..<width * height * 3).map { _ in UInt8(truncatingIfNeeded: random.next()) })
  }

  /// Pieces of 4,096 letters at most, all but the last marked; together they are the picture.
  @Test func kittyGetsPieces() throws {
    let image = noise(width: 70, height: 50)
    let text = KittyPicture.shown(image, id: 9, columns: 7, rows: 5)
    let pieces = text.matches(of: /\x1B_G([^;]*);([A-Za-z0-9+\/=]*)\x1B\\/)
    #expect(pieces.map { $0.0.count }.reduce(0, +) == text.count)
    #expect(pieces.count == 4)
    #expect(pieces.allSatisfy { $0.2.count <= 4096 })
    #expect(pieces.first?.1 == "a=T,f=100,q=2,C=1,i=9,p=1,c=7,r=5,m=1")
    #expect(pieces.dropFirst().map { String($0.1) } == ["m=1", "m=1", "m=0"])
    let bytes = try #require(Data(base64Encoded: pieces.map { $0.2 }.joined()))
    #expect(try Image(png: [UInt8](bytes)) == image)
  }

  /// Read back by the rules of DEC STD 070.
  private func decoded(_ text: String) throws -> Image {
    let head = try #require(text.prefixMatch(of: /\x1BP0;1q"1;1;(\d+);(\d+)/))
    let (width, height) = (try #require(Int(head.1)), try #require(Int(head.2)))
    var pixels = [UInt8](repeating: 0, count: width * height * 3)
    var colors: [Int: [UInt8]] = [:]
    var (x, y, color) = (0, 0, 0)
    var rest = text[head.range.upperBound...]
    func number() -> Int {
      let digits = rest.prefix { $0.isNumber }
      rest = rest.dropFirst(digits.count)
      return Int(digits) ?? -1
    }
    func paint(_ letter: Character, _ count: Int) {
      let bits = Int(letter.asciiValue ?? 63) - 63
      for _ in 0..<count {
        for bit in 0..<6 where bits >> bit & 1 == 1 {
          for channel in 0..<3 {
            pixels[((y + bit) * width + x) * 3 + channel] = colors[color]?[channel] ?? 1
          }
        }
        x += 1
      }
    }
    while let letter = rest.popFirst(), letter != "\u{1B}" {
      switch letter {
      case "#":
        color = number()
        if rest.first == ";" {
          var parts: [Int] = []
          while rest.first == ";" {
            rest.removeFirst()
            parts.append(number())
          }
          colors[color] = parts.dropFirst().map { UInt8(($0 * 255 + 50) / 100) }
        }
      case "!":
        let count = number()
        paint(rest.removeFirst(), count)
      case "$": x = 0
      case "-": (x, y) = (0, y + 6)
      default: paint(letter, 1)
      }
    }
    return Image(width: width, height: height, channels: 3, pixels: pixels)
  }

  /// Sixel has levels of a percent: half of one is 1.3 of 255.
  @Test func sixelsAreThePicture() throws {
    let grey = Image(
      width: 23, height: 17, channels: 1, pixels: (0..<23 * 17).map { UInt8($0 * 7 % 97 * 2) })
    let back = try decoded(SixelPicture.shown(grey))
    for place in 0..<23 * 17 {
      for channel in 0..<3 {
        #expect(abs(Int(back.pixels[place * 3 + channel]) - Int(grey.pixels[place])) <= 2)
      }
    }
    // More than 256 colours: to the nearest of 6 and 7 levels, off by half a step at most.
    let many = noise(width: 40, height: 40)
    let reduced = try decoded(SixelPicture.shown(many))
    for place in many.pixels.indices {
      let most = place % 3 == 1 ? 21 + 3 : 26 + 3
      #expect(abs(Int(reduced.pixels[place]) - Int(many.pixels[place])) <= most)
    }
  }

  @Test func halfBlocksHaveTwoPixels() {
    let image = Image(width: 1, height: 2, channels: 3, pixels: [1, 2, 3, 4, 5, 6])
    var canvas = Canvas(width: 1, height: 1)
    HalfBlocks.draw(
      image, x: 0, y: 0, abilities: .init(pictures: .blocks, colors: .full, isUnicode: true),
      on: &canvas)
    #expect(canvas[0, 0] == .init("▀", CellStyle(.levels(1, 2, 3), paper: .levels(4, 5, 6))))
    HalfBlocks.draw(
      Image(width: 1, height: 2, channels: 1, level: 255), x: 0, y: 0,
      abilities: .init(pictures: .blocks, colors: .none, isUnicode: false), on: &canvas)
    #expect(canvas[0, 0] == .init("@"))
  }

  @Test func smallerOnesAreMeans() {
    let image = Image(width: 4, height: 2, channels: 1, pixels: [0, 10, 20, 30, 40, 50, 60, 70])
    #expect(image.resized(width: 2, height: 1).pixels == [25, 45])
    #expect(image.resized(width: 4, height: 4).pixels[0..<8] == [0, 10, 20, 30, 0, 10, 20, 30])
  }
}
