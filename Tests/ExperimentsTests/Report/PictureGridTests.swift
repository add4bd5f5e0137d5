import Testing

@testable import Plots

/// Where pictures and their names lie.
@Suite struct PictureGridTests {
  private func elements(
    _ grid: PictureGrid, _ page: PlotPage = PlotPage(), fills: Bool = false
  ) throws -> [XMLElementText] {
    try #require(xmlElements(grid.svg(page, fills: fills)))
  }

  private func grid(rows: [String], columns: [String], cell: Int = 64) -> PictureGrid {
    PictureGrid(title: "Samples", png: [1, 2], cell: (cell, cell), rows: rows, columns: columns)
  }

  /// Two rows of three cells of 64 pixels, 4 apart: 200 × 132.
  @Test func aCellIsAsLargeAsItsPixels() throws {
    let found = try elements(grid(rows: ["a", "b"], columns: ["x", "y", "z"]))
    let image = try #require(found.first { $0.name == "image" })
    #expect(image.number("width") == 200 && image.number("height") == 132)
    #expect(image.attributes["image-rendering"] == "pixelated")
    #expect(image.attributes["href"] == "data:image/png;base64,AQI=")
    let (left, top) = (try #require(image.number("x")), try #require(image.number("y")))
    // Names stand over the middles of their columns and beside those of their rows.
    let names = Dictionary(
      found.filter { $0.name == "text" }.map { ($0.text, $0) },
      uniquingKeysWith: { first, _ in first })
    for (column, name) in ["x", "y", "z"].enumerated() {
      #expect(names[name]?.number("x") == left + 68 * Double(column) + 32)
      #expect(try #require(names[name]?.number("y")) < top)
    }
    for (row, name) in ["a", "b"].enumerated() {
      #expect(names[name]?.number("y") == top + 68 * Double(row) + 32 + 4.3)
      #expect(try #require(names[name]?.number("x")) < left)
    }
    // The page's own colour between the cells.
    let gaps = found.filter {
      $0.name == "rect" && $0.classes == ["surface"] && $0.number("x") != nil
    }
    #expect(gaps.compactMap { $0.number("x") } == [left + 64, left + 132, left])
    #expect(gaps.compactMap { $0.number("y") } == [top, top, top + 64])
  }

  @Test func pagesThatAreNarrow() throws {
    let columns = (0..<10).map { "image \($0)" }
    // 676 px of cells do not fit beside a name of 100 and more.
    let wide = try elements(grid(rows: ["learning rate=0.01"], columns: columns))
    let root = try #require(wide.first)
    #expect(root.number("width") == 760)
    let image = try #require(wide.first { $0.name == "image" })
    #expect(try #require(image.number("width")) < 676)
    #expect(image.attributes["image-rendering"] == nil)
    // As wide as is asked for, larger or smaller.
    for width in [300.0, 900] {
      let found = try elements(
        grid(rows: [""], columns: ["a", "b"]), PlotPage(width: width), fills: true)
      #expect(found.first?.number("width") == width)
    }
    #expect(
      try #require(try elements(grid(rows: [""], columns: ["a"])).first?.number("width")) == 80)
  }

  @Test func longNames() throws {
    // In lines where the words fit, on a slant where they do not; all of it is on the page.
    let lines = try elements(grid(rows: [""], columns: ["ankle boot", "T-shirt"]))
    #expect(lines.filter { $0.name == "text" }.map(\.text) == ["ankle", "boot", "T-shirt"])
    let slanted = try elements(
      grid(rows: [""], columns: ["incomprehensibility", "b"], cell: 32))
    let names = slanted.filter { $0.name == "text" }
    #expect(names.map(\.text) == ["incomprehensibility", "b"])
    #expect(names.allSatisfy { $0.attributes["transform"]?.hasPrefix("rotate(-35 ") == true })
    let image = try #require(slanted.first { $0.name == "image" })
    let reach =
      try #require(names[0].number("x")) + 0.82 * TextWidth.estimate("incomprehensibility")
    #expect(try #require(slanted.first?.number("width")) >= reach)
    #expect(try #require(image.number("y")) > 0.57 * TextWidth.estimate("incomprehensibility"))
    // Beyond 160 px a name is cut.
    let cut = try elements(
      grid(rows: [""], columns: [String(repeating: "x", count: 80)], cell: 32))
    #expect(cut.first { $0.name == "text" }?.text.hasSuffix("…") == true)
  }

  /// As ten classes beside long names of settings: the pictures make room for the last name.
  @Test func aSlantedNameAtTheEdgeIsWhole() throws {
    let columns = (0..<9).map { "pullovers\($0)" } + ["some ankle boot"]
    let found = try elements(
      grid(rows: ["guidance=1.5 · guidance-guide · classifier_guidance=0"], columns: columns))
    let names = found.filter { $0.attributes["transform"]?.hasPrefix("rotate(-35 ") == true }
    #expect(names.count == 10)
    let width = try #require(found.first?.number("width"))
    for name in names {
      let reach = try #require(name.number("x")) + 0.82 * TextWidth.estimate(name.text)
      #expect(reach <= width, "\(name.text)")
    }
  }

  @Test func namesOfAnyScript() throws {
    let found = try elements(grid(rows: ["猫"], columns: ["<кот>"]))
    #expect(found.filter { $0.name == "text" }.map(\.text) == ["猫", "<кот>"])
  }
}
