import Testing

@testable import Images

@Suite struct GridTests {
  private func pixel(_ image: Image, _ x: Int, _ y: Int) -> [UInt8] {
    let place = (y * image.width + x) * image.channels
    return Array(image.pixels[place..<place + image.channels])
  }

  @Test func everyPixelHasItsPlace() {
    let images = (0..<3).map { i in
      Image(width: 2, height: 2, channels: 1, pixels: (0..<4).map { UInt8(10 * i + $0) })
    }
    let grid = Image.grid(images, columns: 2, padding: 1, background: 200, scale: 3)
    // A margin of 12, cells of 6, a pixel between them.
    #expect((grid.width, grid.height, grid.channels) == (37, 37, 1))
    for y in 0..<37 {
      for x in 0..<37 {
        var expected: UInt8 = 200
        for i in 0..<3 {
          let (dx, dy) = (x - 12 - i % 2 * 7, y - 12 - i / 2 * 7)
          if (0..<6).contains(dx), (0..<6).contains(dy) {
            expected = UInt8(10 * i + dy / 3 * 2 + dx / 3)
          }
        }
        #expect(pixel(grid, x, y) == [expected], "\(x), \(y)")
      }
    }
  }

  @Test func oneColouredPictureColoursTheSheetAndSmallOnesAreCentred() {
    let grey = Image(width: 2, height: 2, channels: 1, level: 7)
    let colour = Image(width: 4, height: 4, channels: 3, pixels: (0..<48).map(UInt8.init))
    let grid = Image.grid([grey, colour], columns: 2, scale: 1)
    #expect((grid.width, grid.height, grid.channels) == (36, 28, 3))
    #expect(pixel(grid, 12, 12) == [250, 250, 250])
    #expect(pixel(grid, 13, 13) == [7, 7, 7])
    #expect(pixel(grid, 14, 14) == [7, 7, 7])
    #expect(pixel(grid, 20, 12) == [0, 1, 2])
    #expect(pixel(grid, 23, 15) == [45, 46, 47])
  }

  @Test(arguments: [(16, 4), (28, 3), (32, 2), (64, 1), (100, 1), (1, 64)])
  func withoutAScaleCellsAreAtLeast64Pixels(side: Int, scale: Int) {
    let grid = Image.grid([Image(width: side, height: side, channels: 1, level: 0)], columns: 1)
    #expect(grid.width == side * scale + 24)
  }

  @Test func labelsStandBesideTheirRowsAndAboveTheirColumns() {
    let images = (0..<4).map { _ in Image(width: 32, height: 32, channels: 1, level: 250) }
    let plain = Image.grid(images, columns: 2)
    let grid = Image.grid(
      images, columns: 2, rowLabels: ["one", "two"], columnLabels: ["l", "I"])
    let (left, top) = (grid.width - plain.width, grid.height - plain.height)
    // Font scale 2: the widest row label, "two", is 3·5 + 2 pixels wide; a line is 9 high; a gap of 6.
    #expect(left == 2 * 17 + 6 && top == 2 * 9 + 6)
    // A one-pixel stem of scale 2 in the middle of each column, its foot 2·2 + 6 above the cells.
    for column in 0..<2 {
      let middle = left + 12 + column * 68 + 32
      #expect(pixel(grid, middle, 12 + 6) == [0x33])
      #expect(pixel(grid, middle, 12 + 14) == [250])
    }
    // All ink lies in the two strips, and each row's label is level with its row.
    var inked = Set<Int>()
    for y in 0..<grid.height {
      for x in 0..<grid.width where pixel(grid, x, y) == [0x33] {
        #expect(x < left + 12 || y < top + 12)
        if x < left + 12 { inked.insert((y - top - 12) / 68) }
      }
    }
    #expect(inked == [0, 1])
  }

  @Test func anyInputGivesAPicture() {
    #expect(Image.grid([], columns: 0).width > 0)
    let one = Image(width: 1, height: 1, channels: 1, level: 0)
    let long = String(repeating: "a very long label ", count: 30) + "ε̂ 😀"
    for columns in [-1, 1, 5] {
      let grid = Image.grid(
        [one, one], columns: columns, padding: -4, scale: 0, rowLabels: [long, "", "third"],
        columnLabels: [long, long])
      #expect(grid.pixels.count == grid.width * grid.height)
    }
  }

  @Test func longLabelsAreBrokenAndNoLineIsWiderThanItsColumn() {
    for text in [
      "schedule=cosine, precision=bf16", "Donaudampfschifffahrt", "a b c d e f g h i j k",
    ] {
      for width in [20, 40, 68, 130] {
        let block = TextBlock(text, width: width, scale: width > 60 ? 2 : 1)
        #expect(block.width <= width)
        #expect(block.height <= 3 * 10 * block.scale)
        #expect(block.width > 0)
      }
    }
    #expect(
      TextBlock("ab cd", width: 16, scale: 1).lines(top: 0) { $0 }.map(\.text) == ["ab", "cd"])
    #expect(
      TextBlock("schedule.kind=0.25", width: 50, scale: 1).lines(top: 0) { $0 }.map(\.text)
        == ["schedule.", "kind=0.25"])
  }
}
