/// The pictures on a sheet that ``Image/grid(_:columns:padding:background:scale:rowLabels:columnLabels:)``
/// has laid out, found again from its pixels: cells of one size, gaps of plain background.
package struct ImageSheet: Sendable {
  package let sheet: Image
  package let columns: Int
  package let rows: Int
  /// Pixels of the sheet a cell is wide and high.
  package let cellWidth: Int
  package let cellHeight: Int

  private let background: UInt8
  private let padding: Int
  private let left: Int
  private let top: Int

  /// Places in a row, at most.
  private static let mostColumns = 64
  private static let mostRows = 1024

  /// nil where the sheet is not laid out like that. Of several ways to read it, the one with the most
  /// cells: a coarser one has gaps within its pictures.
  ///
  /// - Parameters:
  ///   - padding: pixels between two cells.
  ///   - background: grey level of the sheet.
  package init?(_ sheet: Image, padding: Int = 2, background: UInt8 = 250) {
    let margin = max(12, 2 * padding)
    let plain = PlainLines(sheet, level: background)
    let across = Self.divisions(
      from: margin, length: sheet.width - 2 * margin, padding: padding, most: Self.mostColumns)
    // Labels stand above the cells: from the foot upwards nothing but rows and gaps.
    for (columns, width) in across {
      guard let rows = Self.rows(plain, width: width, columns: columns, margin, padding) else {
        continue
      }
      let top = sheet.height - margin - rows.count * (rows.height + padding) + padding
      let gaps = (1..<columns).allSatisfy { column in
        let x = margin + column * (width + padding) - padding
        return (0..<padding).allSatisfy { plain.isPlain(column: x + $0, from: top) }
      }
      guard gaps else { continue }
      (self.sheet, self.columns, self.rows) = (sheet, columns, rows.count)
      (cellWidth, cellHeight, self.padding) = (width, rows.height, padding)
      (left, self.top) = (margin, top)
      self.background = background
      return
    }
    return nil
  }

  /// Cells, empty ones of the last row among them.
  package var count: Int { rows * columns }

  /// A picture as it stands on the sheet, enlarged, counted row by row from the top left; nil beyond
  /// the last, and where a cell of the last row is empty.
  package func image(_ index: Int) -> Image? {
    guard (0..<count).contains(index) else { return nil }
    let x = left + index % columns * (cellWidth + padding)
    let y = top + index / columns * (cellHeight + padding)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(cellWidth * cellHeight * sheet.channels)
    for row in y..<y + cellHeight {
      let start = (row * sheet.width + x) * sheet.channels
      pixels += sheet.pixels[start..<start + cellWidth * sheet.channels]
    }
    if index / columns + 1 == rows, pixels.allSatisfy({ $0 == background }) { return nil }
    return Image(width: cellWidth, height: cellHeight, channels: sheet.channels, pixels: pixels)
  }

  // MARK: - Reading the layout

  /// Ways to divide a length into equal cells with gaps, most cells first.
  private static func divisions(
    from margin: Int, length: Int, padding: Int, most: Int
  ) -> [(count: Int, size: Int)] {
    guard length > 0 else { return [] }
    return (1...most).reversed().compactMap { count in
      let free = length + padding
      guard free % count == 0, free / count - padding >= 8 else { return nil }
      return (count, free / count - padding)
    }
  }

  /// Rows of cells from the foot up: as high as wide if that fits, else whatever does.
  private static func rows(
    _ plain: PlainLines, width: Int, columns: Int, _ margin: Int, _ padding: Int
  ) -> (count: Int, height: Int)? {
    let right = margin + columns * (width + padding) - padding
    let foot = plain.height - margin
    guard foot > margin,
      (foot..<plain.height).allSatisfy({ plain.isPlain(row: $0, 0, plain.width) })
    else { return nil }
    func count(_ height: Int) -> Int? {
      var found = 0
      var y = foot
      while y - height >= margin, found < mostRows {
        found += 1
        y -= height
        let gap = (max(0, y - padding)..<y).allSatisfy { plain.isPlain(row: $0, margin, right) }
        guard gap else { return nil }
        // Above the first row there is the margin or a label, which no cell is.
        if y - padding - height < margin { break }
        if plain.isPlain(row: y - padding - 1, margin, right) { break }
        y -= padding
      }
      return found > 0 ? found : nil
    }
    if let count = count(width) { return (count, width) }
    // From the foot to the first gap.
    var y = foot - 1
    while y > margin, !plain.isPlain(row: y, margin, right) { y -= 1 }
    let height = foot - 1 - y
    guard height >= 8, height != width, let count = count(height) else { return nil }
    return (count, height)
  }
}

/// Which rows and columns of a picture are background throughout.
private struct PlainLines {
  let width: Int
  let height: Int
  private let image: Image
  private let level: UInt8

  init(_ image: Image, level: UInt8) {
    (self.image, self.level) = (image, level)
    (width, height) = (image.width, image.height)
  }

  func isPlain(row: Int, _ from: Int, _ to: Int) -> Bool {
    guard (0..<height).contains(row) else { return true }
    let start = (row * width + from) * image.channels
    return image.pixels[start..<start + (to - from) * image.channels].allSatisfy { $0 == level }
  }

  func isPlain(column: Int, from top: Int) -> Bool {
    (top..<height).allSatisfy { row in
      let place = (row * width + column) * image.channels
      return (0..<image.channels).allSatisfy { image.pixels[place + $0] == level }
    }
  }
}
