import Text

/// Pictures in rows and columns, with their names beside them as text, which any size leaves sharp and a reader can search.
package struct PictureGrid {
  package var title: String
  /// Cells in their places, ``gap`` pixels of anything between two, without a margin.
  package var png: [UInt8]
  /// Of a cell, in pixels of the picture.
  package var cell: (width: Int, height: Int)
  /// From the top; empty texts where rows have no names.
  package var rows: [String]
  package var columns: [String]

  /// Pixels of the picture between two cells.
  package static let gap = 4

  package init(
    title: String, png: [UInt8], cell: (width: Int, height: Int), rows: [String], columns: [String]
  ) {
    self.title = title
    self.png = png
    self.cell = cell
    self.rows = rows
    self.columns = columns
  }

  private static let margin = 8.0
  private static let leading = 15.0
  /// Share of the width that names of rows may take.
  private static let widestRow = 0.3

  /// - Parameter fills: whether the picture is as wide as the page; otherwise only one that is too wide for it is made
  ///   smaller.
  package func svg(_ page: PlotPage = PlotPage(), fills: Bool = false) -> String {
    let (room, margin, gap) = (page.room, Self.margin, Double(Self.gap))
    let pixels = (
      width: Double(columns.count * (cell.width + Self.gap) - Self.gap),
      height: Double(rows.count * (cell.height + Self.gap) - Self.gap)
    )
    let most = max(1, min(3, Int(Double(cell.height) / Self.leading)))
    let names = rows.map { TextWidth.lines($0, width: Self.widestRow * room, most: most) }
    let widest = names.joined().map { TextWidth.estimate($0) }.max() ?? 0
    let left = margin + (widest > 0 ? widest + 8 : 0)
    let free = room - left - margin
    let step = Double(cell.width) + gap
    var scale = fills ? free / pixels.width : min(1, free / pixels.width)
    var heads = Self.heads(columns, width: scale * step)
    if heads.slants {
      // What the names of the last columns need beyond the pictures is taken off these.
      let beyond = columns.indices.map { column in
        heads.reach[column] - scale * step * (Double(columns.count - column) - 0.5)
      }
      let excess = (beyond.max() ?? 0) - margin
      if scale * pixels.width + excess > free, excess > 0 {
        scale = max(scale / 2, (free - excess) / pixels.width)
        heads = Self.heads(columns, width: scale * step)
      }
    }
    let (cellWidth, cellHeight) = (scale * Double(cell.width), scale * Double(cell.height))
    let (acrossStep, downStep) = (cellWidth + scale * gap, cellHeight + scale * gap)
    let top = margin + (heads.height > 0 ? heads.height + 6 : 0)
    let right = left + scale * pixels.width
    let width = max(right + margin, min(room, right - cellWidth / 2 + (heads.reach.max() ?? 0)))
    let bottom = top + scale * pixels.height
    var canvas = SVGCanvas(width: width, height: bottom + margin, page: page)
    canvas.image(
      png: png, x: left, y: top, width: right - left, height: bottom - top, isPixelated: scale >= 1)
    // What lies between the cells takes the page's colour, light or dark.
    for column in 1..<max(1, columns.count) {
      canvas.rectangle(
        x: left + Double(column) * acrossStep - scale * gap, y: top, width: scale * gap,
        height: bottom - top, class: "surface")
    }
    for row in 1..<max(1, rows.count) {
      canvas.rectangle(
        x: left, y: top + Double(row) * downStep - scale * gap, width: right - left,
        height: scale * gap, class: "surface")
    }
    for (row, lines) in names.enumerated() {
      let middle = top + Double(row) * downStep + cellHeight / 2
      let first = middle - Self.leading * Double(lines.count - 1) / 2 + 4.3
      for (index, line) in lines.enumerated() {
        canvas.text(line, x: left - 8, y: first + Self.leading * Double(index), anchor: .end)
      }
    }
    for (column, lines) in heads.lines.enumerated() {
      let x = left + Double(column) * acrossStep + cellWidth / 2
      let last = top - 9
      for (index, line) in lines.enumerated() {
        canvas.text(
          line, x: x, y: last - Self.leading * Double(lines.count - 1 - index),
          anchor: heads.slants ? .start : .middle, angle: heads.slants ? AxisScale.slant : 0)
      }
    }
    return canvas.document(title: title, summary: summary)
  }

  private var summary: String {
    "Pictures, rows: \(rows.joined(separator: ", ")); columns: \(columns.joined(separator: ", "))"
  }

  private struct Heads {
    var lines: [[String]] = []
    var height = 0.0
    /// How far each name on a slant reaches to the right of its column's middle, with a margin.
    var reach: [Double] = []
    var slants = false
  }

  /// Names of columns that are `width` apart: in lines, or on a slant where a column is too narrow for its words.
  private static func heads(_ columns: [String], width: Double) -> Heads {
    guard columns.contains(where: { !$0.isEmpty }) else { return Heads() }
    let lines = columns.map { TextWidth.lines($0, width: width - 4, most: 4) }
    let isWhole = columns.allSatisfy { column in
      BrokenLines.keepsWords(column) { TextWidth.estimate($0) <= width - 4 }
    }
    if isWhole, lines.allSatisfy({ $0.count <= 3 }) {
      return Heads(lines: lines, height: leading * Double(lines.map(\.count).max() ?? 0) - 3)
    }
    let fitted = columns.map { TextWidth.fitted($0, width: widestSlanted) }
    let widths = fitted.map { TextWidth.estimate($0) }
    return Heads(
      lines: fitted.map { [$0] }, height: 0.58 * (widths.max() ?? 0) + 12,
      reach: widths.map { 0.82 * $0 + margin }, slants: true)
  }

  private static let widestSlanted = 160.0
}
