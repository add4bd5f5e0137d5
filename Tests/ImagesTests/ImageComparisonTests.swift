import Images
import Testing

@Suite struct ImageComparisonTests {
  private let a = Image(width: 2, height: 2, channels: 1, pixels: [10, 20, 30, 40])

  /// By hand: differences 0, 12, 5, 0; 20 · 12 = 240 is the largest round multiple within a byte.
  @Test func differences() throws {
    let b = Image(width: 2, height: 2, channels: 1, pixels: [10, 8, 35, 40])
    let comparison = ImageComparison(a, b)
    #expect(comparison.largest == 12)
    #expect(comparison.mean == 4.25)
    #expect(comparison.share == 0.5)
    #expect(comparison.gain == 20)
    #expect(try #require(comparison.map).pixels == [0, 240, 100, 0])
    #expect(ImageComparison(b, a).map == comparison.map)
  }

  @Test(arguments: [(255, 1), (127, 2), (51, 5), (25, 10), (12, 20), (5, 50), (2, 100), (1, 100)])
  func gains(difference: Int, gain: Int) throws {
    let b = Image(width: 2, height: 2, channels: 1, pixels: [0, 0, 0, UInt8(difference)])
    let comparison = ImageComparison(Image(width: 2, height: 2, channels: 1, level: 0), b)
    #expect(comparison.gain == gain)
    #expect(try #require(comparison.map).pixels[3] == UInt8(difference * gain))
  }

  /// Of three channels the one that is furthest apart shows; grey stands for all three.
  @Test func colourAgainstGrey() throws {
    let colour = Image(
      width: 2, height: 2, channels: 3, pixels: [10, 10, 10, 20, 26, 17, 30, 30, 30, 40, 40, 40])
    let comparison = ImageComparison(a, colour)
    #expect(comparison.largest == 6)
    #expect(comparison.mean == 0.75)
    #expect(try #require(comparison.map).pixels == [0, 120, 0, 0])
  }

  @Test func theSameAndTwoSizes() throws {
    let same = ImageComparison(a, a)
    #expect(same.largest == 0 && same.share == 0 && same.gain == 1)
    #expect(try #require(same.map).pixels.allSatisfy { $0 == 0 })

    let other = ImageComparison(a, Image(width: 1, height: 2, channels: 1, level: 3))
    #expect(other.map == nil && other.largest == nil && other.mean == nil)
    // Two pictures, not three: 64 pixels a cell, 8 between them, 16 around.
    let sheet = other.sheet(labels: ("", ""))
    #expect(sheet.width == 16 + 64 + 8 + 64 + 16)
  }

  /// Cells of the sheet hold A, B and the map, enlarged without mixing: each pixel 32 × 32.
  @Test func sheet() throws {
    let b = Image(width: 2, height: 2, channels: 1, pixels: [10, 8, 35, 40])
    let sheet = ImageComparison(a, b).sheet(labels: ("", ""))
    #expect(sheet.width == 16 + 3 * 64 + 2 * 8 + 16)
    let bottom = sheet.height - 16 - 1
    let middle = { (cell: Int, column: Int) in
      sheet.pixels[bottom * sheet.width + 16 + cell * 72 + column * 32]
    }
    #expect([middle(0, 0), middle(0, 1)] == [30, 40])
    #expect([middle(1, 0), middle(1, 1)] == [35, 40])
    #expect([middle(2, 0), middle(2, 1)] == [100, 0])
  }

  @Test func fromFiles() throws {
    let comparison = try ImageComparison(png: a.png(), a.png())
    #expect(comparison.largest == 0)
    #expect(throws: ImageError.self) { try ImageComparison(png: a.png(), [1, 2, 3]) }
  }
}
