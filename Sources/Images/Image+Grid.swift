extension Image {
  /// Names of classes as ``grid(_:columns:padding:background:scale:rowLabels:columnLabels:)`` can write them: Latin letters,
  /// without their accents. A class of which no name is left, or another's, goes by its number.
  package static func labels(ofClasses names: [String]) -> [String] {
    let texts = names.map(BitmapFont.legible)
    return texts.enumerated().map { label, text in
      guard let text, text == names[label] || texts.count(where: { $0 == text }) == 1 else {
        return String(label)
      }
      return text
    }
  }

  /// Pictures side by side on a light sheet, row by row, as a paper shows them.
  ///
  /// Each pixel becomes a square of `scale` (nearest neighbour, so that what is seen is what is
  /// there). A cell is as large as the largest picture; smaller ones are centred in it. The sheet is
  /// grey if every picture is. Labels are all set smaller where one is too wide for its column, then
  /// broken into lines, then cut.
  ///
  /// - Parameters:
  ///   - columns: pictures in a row; below 1 counts as 1.
  ///   - padding: pixels between two cells; the margin around is twice that, at least 12.
  ///   - background: grey level of the sheet.
  ///   - scale: nil: the smallest that makes a cell's longer side at least 64 pixels.
  ///   - rowLabels: one a row, to its left; fewer is fine.
  ///   - columnLabels: one a column, above it; fewer is fine.
  public static func grid(
    _ images: [Image], columns: Int, padding: Int = 4, background: UInt8 = 250, scale: Int? = nil,
    rowLabels: [String] = [], columnLabels: [String] = []
  ) -> Image {
    let layout = GridLayout(
      cellWidth: images.reduce(1) { max($0, $1.width) },
      cellHeight: images.reduce(1) { max($0, $1.height) }, count: images.count, columns: columns,
      padding: padding, scale: scale, rowLabels: rowLabels, columnLabels: columnLabels)
    var sheet = paste(images, layout, background: background)
    for line in layout.text {
      sheet.draw(line.text, x: line.x, y: line.y, scale: line.scale, level: layout.ink(background))
    }
    return sheet
  }

  /// Pictures side by side with nothing around them and nothing written, for a page that sets names beside them. They are
  /// enlarged and placed as by ``grid(_:columns:padding:background:scale:rowLabels:columnLabels:)``.
  ///
  /// - Parameters:
  ///   - columns: pictures in a row; below 1 counts as 1.
  ///   - gap: pixels between two cells.
  /// - Returns: also the size of a cell in pixels of the sheet.
  package static func sheet(
    _ images: [Image], columns: Int, gap: Int, background: UInt8 = 250
  ) -> (image: Image, cell: (width: Int, height: Int)) {
    let layout = GridLayout(
      cellWidth: images.reduce(1) { max($0, $1.width) },
      cellHeight: images.reduce(1) { max($0, $1.height) }, count: images.count, columns: columns,
      padding: gap, scale: nil, rowLabels: [], columnLabels: [], margin: 0)
    return (
      paste(images, layout, background: background), (layout.cellWidth, layout.cellHeight)
    )
  }

  private static func paste(_ images: [Image], _ layout: GridLayout, background: UInt8) -> Image {
    var sheet = Image(
      width: layout.width, height: layout.height,
      channels: images.reduce(1) { max($0, $1.channels) }, level: background)
    for (index, image) in images.enumerated() {
      let corner = layout.corner(of: index)
      sheet.paste(
        image, x: corner.x + (layout.cellWidth - image.width * layout.scale) / 2,
        y: corner.y + (layout.cellHeight - image.height * layout.scale) / 2, scale: layout.scale)
    }
    return sheet
  }
}
