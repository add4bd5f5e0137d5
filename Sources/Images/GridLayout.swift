/// Where everything of a grid lies, in pixels of the sheet.
struct GridLayout {
  struct Line {
    var text: String
    var x: Int
    var y: Int
    var scale: Int
  }

  let scale: Int
  let cellWidth: Int
  let cellHeight: Int
  let width: Int
  let height: Int
  let text: [Line]
  private let columns: Int
  private let padding: Int
  private let left: Int
  private let top: Int

  /// - Parameter margin: pixels around; nil: twice the padding, at least 12.
  init(
    cellWidth: Int, cellHeight: Int, count: Int, columns: Int, padding: Int, scale: Int?,
    rowLabels: [String], columnLabels: [String], margin: Int? = nil
  ) {
    let longer = max(cellWidth, cellHeight)
    let scale = max(1, scale ?? (64 + longer - 1) / longer)
    let (cellWidth, cellHeight) = (cellWidth * scale, cellHeight * scale)
    let (columns, padding) = (max(1, columns), max(0, padding))
    let rows = max(1, (count + columns - 1) / columns)
    let margin = margin ?? max(12, 2 * padding)
    let gap = 6

    // Twice the font's size where there is room for it; one size for the whole sheet.
    let headWidth = cellWidth + padding - 2
    let isLarge =
      min(cellWidth, cellHeight) >= 40
      && columnLabels.prefix(columns).allSatisfy { 2 * BitmapFont.width(of: $0) <= headWidth }
    let textScale = isLarge ? 2 : 1
    let heads = columnLabels.prefix(columns).map {
      TextBlock($0, width: headWidth, scale: textScale)
    }
    let sides = rowLabels.prefix(rows).map { TextBlock($0, width: 240, scale: textScale) }
    let headHeight = heads.map(\.height).max() ?? 0
    let sideWidth = sides.map(\.width).max() ?? 0
    let left = margin + (sideWidth > 0 ? sideWidth + gap : 0)
    let top = margin + (headHeight > 0 ? headHeight + gap : 0)

    var text: [Line] = []
    for (column, block) in heads.enumerated() {
      let middle = left + column * (cellWidth + padding) + cellWidth / 2
      text += block.lines(top: top - gap - block.height) { middle - $0 / 2 }
    }
    for (row, block) in sides.enumerated() {
      let middle = top + row * (cellHeight + padding) + cellHeight / 2
      let right = left - gap
      text += block.lines(top: middle - block.height / 2) { right - $0 }
    }
    self.text = text
    self.scale = scale
    (self.cellWidth, self.cellHeight) = (cellWidth, cellHeight)
    (self.columns, self.padding) = (columns, padding)
    (self.left, self.top) = (left, top)
    width = left + columns * (cellWidth + padding) - padding + margin
    height = top + rows * (cellHeight + padding) - padding + margin
  }

  func corner(of index: Int) -> (x: Int, y: Int) {
    (
      left + index % columns * (cellWidth + padding),
      top + index / columns * (cellHeight + padding)
    )
  }

  /// Dark on a light sheet, light on a dark one.
  func ink(_ background: UInt8) -> UInt8 {
    background >= 128 ? 0x33 : 0xdd
  }
}
