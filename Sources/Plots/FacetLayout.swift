/// Where the panels of small multiples lie: row by row, the last row may be short.
struct FacetLayout {
  let count: Int
  let columns: Int

  private static let gap = 26.0
  private static let titleHeight = 22.0
  /// Of a panel with its share of the axes.
  private static let leastWidth = 180.0

  /// - Parameter width: of all panels and their axes.
  init(count: Int, width: Double) {
    self.count = count
    let balanced = count <= 3 ? max(1, count) : count == 4 ? 2 : 3
    columns = min(balanced, max(1, Int(width / Self.leastWidth)))
  }

  /// Whether nothing lies below it, so that it has the labels of x.
  func isLowest(_ index: Int) -> Bool { index + columns >= count }

  func isLeftmost(_ index: Int) -> Bool { index % columns == 0 }

  /// - Parameter height: of a panel that has the width for itself.
  func frames(
    left: Double, right: Double, top: Double, height: Double, x: AxisScale, y: AxisScale
  ) -> [PlotFrame] {
    // Labels at the ends of two panels' axes meet in the gap.
    let ends = [x.ticks.first, x.ticks.last].map { TextWidth.estimate($0?.label ?? "") / 2 }
    let gap = x.isCategorical ? Self.gap : max(Self.gap, ends[0] + ends[1] + 8)
    let width = (right - left - gap * Double(columns - 1)) / Double(columns)
    let height = columns == 1 ? height : columns == 2 ? 190 : 160
    let title = count > 1 ? Self.titleHeight : 0
    // The last row may be short: then the row above it has labels that need room.
    let labels = count > columns && count % columns != 0 ? x.labelHeight(width: width) : 10
    return (0..<count).map { index in
      let row = Double(index / columns)
      let left = left + Double(index % columns) * (width + gap)
      let top = top + title + row * (height + title + labels)
      return PlotFrame(
        left: left, right: left + width, top: top, bottom: top + height, x: x, y: y)
    }
  }
}
